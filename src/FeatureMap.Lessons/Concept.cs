using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>
/// One concept of the course: what it is in a line, where its lesson stands, which numbers it takes, and its explanation with live numbers.
/// </summary>
/// <example><code>
/// foreach (var line in Concept.Get("stride").Explain().Lines)
///     Console.WriteLine(line);
/// </code></example>
public abstract class Concept
{
    private const string Repository = "src/FeatureMap/";

    /// <summary>A concept.</summary>
    /// <param name="name">What it is asked for by, in lower case.</param>
    /// <param name="title">What it is, in a line.</param>
    /// <param name="lesson">Its lesson, as a path below the library.</param>
    /// <param name="options">The numbers that it takes, with those that it is explained with where none are given.</param>
    protected Concept(string name, string title, string lesson, params (ConceptOption Option, int[] Default)[] options) =>
        (Name, Title, Lesson, Options) = (name, title, Repository + lesson, options);

    /// <summary>All concepts, in the order of the course.</summary>
    public static IReadOnlyList<Concept> All { get; } =
    [
        new ConvolutionConcept(), new PointwiseConcept(), new ChannelsConcept(), new ReceptiveFieldConcept(), new CheckerboardConcept(),
        new DilationConcept(), new TransposedConcept(), new PixelShuffleConcept(), new DepthwiseConcept(), new StrideConcept(),
        new MaxPoolConcept(), new PyramidConcept(),
        new SeparableConcept(), new GroupedConcept(), new DropoutConcept(), new ResidualConcept(),
    ];

    /// <summary>What it is asked for by, such as <c>receptive-field</c>.</summary>
    public string Name { get; }

    /// <summary>What it is, in a line.</summary>
    public string Title { get; }

    /// <summary>Path of the lesson in the repository.</summary>
    public string Lesson { get; }

    /// <summary>The numbers that it takes, each with its own where none is given.</summary>
    public IReadOnlyList<(ConceptOption Option, int[] Default)> Options { get; }

    /// <summary>The concept of this name.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <exception cref="UsageException">There is none of this name; the nearest is suggested.</exception>
    public static Concept Get(string name)
    {
        var names = All.Select(concept => concept.Name).ToList();
        return All.FirstOrDefault(concept => concept.Name == name)
            ?? throw new UsageException($"There is no concept '{name}'.{NearestName.Suggest(name, names)} There are "
                + $"{string.Join(", ", names)}.");
    }

    /// <summary>Explains the concept.</summary>
    /// <param name="given">Numbers as they were typed; those of <see cref="Options"/> where they are left out.</param>
    /// <exception cref="UsageException">
    /// The concept does not take an option that was given, its value cannot be read, or the numbers do not fit each other.
    /// </exception>
    public ConceptPage Explain(IReadOnlyDictionary<ConceptOption, string>? given = null)
    {
        var page = new ConceptPage();
        try
        {
            Explain(new ConceptValues(this, given ?? new Dictionary<ConceptOption, string>()), page);
        }
        catch (ShapeException error)
        {
            // Numbers that do not fit each other were given.
            throw new UsageException(error.InnerException?.Message ?? error.Message, error);
        }
        return page;
    }

    /// <summary>Says what there is to say.</summary>
    /// <param name="values">The numbers to explain it with.</param>
    /// <param name="page">Takes the sentences and numbers.</param>
    /// <exception cref="ShapeException">The numbers do not fit each other.</exception>
    public abstract void Explain(ConceptValues values, ConceptPage page);

    /// <summary>What the engine makes of one image of whole numbers, layer by layer; weights are 1 unless they are given by name.</summary>
    private protected static IReadOnlyList<float> Run(
        Network network, float[] image, params ReadOnlySpan<(string Parameter, float[] Numbers)> weights)
    {
        var filled = Weights.Initialize(network, 0, Initializer.Ones);
        foreach (var (parameter, numbers) in weights)
            numbers.CopyTo(filled[parameter].Values);
        // A deviation of one grey level: the network reads the pixels as they are.
        var plain = new Normalization(new double[network.Input.Channels], [.. Enumerable.Repeat(1.0 / 255, network.Input.Channels)]);
        var model = new Model(filled, plain, []);
        return model.FeatureMaps(Array.ConvertAll(image, number => (byte)number))[^1].Values;
    }

    /// <summary>Small whole numbers to compute with: 0, 1, 2, 3 in a fixed order that is not regular.</summary>
    private protected static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(((i * 7) + (i * i / 3)) % 4))];

    private protected static Conv2d Convolution(int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) => new(outputs, kernel)
    {
        Stride = stride,
        Padding = padding,
        Dilation = dilation,
        Groups = groups,
        HasBias = false,
    };
}
