using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Cli;

/// <summary>One concept of the course: what it is in a line, where its lesson stands, which numbers it takes, and its explanation with live numbers.</summary>
internal abstract class Concept(string name, string title, string lesson, params (ConceptOption Option, int[] Default)[] options)
{
    private const string Repository = "src/FeatureMap/";

    public static IReadOnlyList<Concept> All { get; } =
    [
        new ConvolutionConcept(), new PointwiseConcept(), new ChannelsConcept(), new ReceptiveFieldConcept(), new CheckerboardConcept(), new DilationConcept(),
        new TransposedConcept(), new PixelShuffleConcept(), new DepthwiseConcept(), new StrideConcept(), new MaxPoolConcept(), new PyramidConcept(),
        new SeparableConcept(), new GroupedConcept(), new DropoutConcept(), new ResidualConcept(),
    ];

    public string Name { get; } = name;

    public string Title { get; } = title;

    /// <summary>Path of the lesson in the repository.</summary>
    public string Lesson { get; } = Repository + lesson;

    public IReadOnlyList<(ConceptOption Option, int[] Default)> Options { get; } = options;

    /// <exception cref="UsageException">There is none of this name.</exception>
    public static Concept Get(string name) => All.FirstOrDefault(concept => concept.Name == name)
        ?? throw new UsageException($"There is no concept '{name}'.{NearestName.Suggest(name, All.Select(concept => concept.Name))} See them all: featuremap explain");

    public abstract void Explain(ConceptValues values, ConceptPage page);

    /// <summary>What the engine makes of one image of whole numbers, layer by layer; weights are 1 unless they are given by name.</summary>
    protected static IReadOnlyList<float> Run(Network network, float[] image, params ReadOnlySpan<(string Parameter, float[] Numbers)> weights)
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
    protected static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(((i * 7) + (i * i / 3)) % 4))];

    protected static Conv2d Convolution(int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) => new(outputs, kernel)
    {
        Stride = stride,
        Padding = padding,
        Dilation = dilation,
        Groups = groups,
        HasBias = false,
    };
}
