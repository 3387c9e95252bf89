using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Networks;

/// <summary>
/// Draws networks of all the ops that belong into networks: chains, branches and joins, vectors and images, with the settings that the
/// rooms' own random cases have, so that a new op is drawn as soon
/// as it stands in the catalogue. Each layer is computed by its reference while it is drawn (<see cref="RoundedReference"/>); one whose
/// result is no number, or hangs on the last digits, is drawn again: what is left has a right answer that engines can be asked for. A pure
/// function of seed and index.
/// </summary>
internal sealed class RandomNetwork
{
    private const int MostNumbers = 1_500, MostWork = 200_000, MostWeights = 20_000, Attempts = 8;
    private const double LargestNumber = 1e4, LargestSpread = 2e-4, SmallestScale = 1e-2;

    /// <summary>What is drawn from: all but losses and targets.</summary>
    internal static IReadOnlyList<CatalogueEntry> Entries { get; } =
        [.. OpCatalogue.Entries.Where(entry => !entry.Type.IsSubclassOf(typeof(TargetOp)))];

    // Runtimes join such layers with their neighbours, and a fault of that needs the one behind the other.
    private static readonly Type[] OftenFused =
    [
        typeof(Pad2d), typeof(Conv2d), typeof(ConvTranspose2d), typeof(MaxPool2d), typeof(AveragePool2d), typeof(AdaptiveAveragePool2d), typeof(AdaptiveMaxPool2d),
        typeof(BatchNorm), typeof(Relu), typeof(Clip), typeof(Add), typeof(Multiply), typeof(Linear), typeof(Reshape), typeof(Transpose), typeof(Concat), typeof(Slice),
        typeof(Resize2d),
    ];

    private readonly NetworkBuilder builder;
    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, float[]> numbers = new(StringComparer.Ordinal);
    private readonly int batch;
    private RandomSequence random, rounding;
    private long weightCount;

    private RandomNetwork(ulong seed, uint index, Shape input, int batch, float[] samples)
    {
        this.batch = batch;
        random = new RandomSequence(seed, RandomPurpose.Testing, index, 1);
        rounding = new RandomSequence(seed, RandomPurpose.Testing, index, 2);
        builder = new NetworkBuilder(input);
        nodes.Add(new Node(builder.FeatureOf(0), RoundedReference.Input(samples, batch, input, ref rounding), ReadsInput: true));
    }

    /// <summary>A network with weights, for samples of a shape; the samples decide which layers are well conditioned.</summary>
    /// <param name="seed">Another seed, other networks.</param>
    /// <param name="index">Which of them.</param>
    /// <param name="input">Shape of one sample.</param>
    /// <param name="batch">How many samples there are.</param>
    /// <param name="samples">Their numbers, sample after sample.</param>
    public static Weights Draw(ulong seed, uint index, Shape input, int batch, float[] samples)
    {
        var drawn = new RandomNetwork(seed, index, input, batch, samples);
        var layers = 1 + drawn.random.NextInt(10);
        for (var i = 0; i < layers; i++)
            drawn.AddAny();
        var weights = Weights.Blank(drawn.builder.Finish(drawn.Output()));
        foreach (var parameter in weights.Parameters)
            drawn.numbers[parameter.Name].CopyTo(parameter.Values);
        return weights;
    }

    private void AddAny()
    {
        var fused = OftenFused[random.NextInt(OftenFused.Length)];
        var entry = random.NextInt(2) == 0 ? Entries[random.NextInt(Entries.Count)] : Entries.Single(entry => entry.Type == fused);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var given = entry.RandomCase(ref random);
            // Where settings and shapes happen to fit what is there; otherwise what is there is made to fit.
            var isDirect = random.NextInt(3) > 0;
            var inputs = new List<Node>();
            for (var i = 0; i < (given.Op.InputCount < 0 ? given.Inputs.Length : given.Op.InputCount); i++)
            {
                var values = i < given.InputValues.Count ? given.InputValues[i] : InputValues.Any;
                if ((isDirect ? Any() : Fitted(given.Inputs[i])) is { } node && Allowed(node, values) is { } allowed) inputs.Add(allowed);
            }
            if (inputs.Count < (given.Op.InputCount < 0 ? 2 : given.Op.InputCount) || Add(given.Op, [.. inputs]) is not { } added) continue;
            // Folding wants normalisations right behind what has weights.
            if (given.Op is WeightedOp && random.NextInt(3) == 0) Add(new BatchNorm { IsAffine = random.NextInt(3) > 0 }, added);
            return;
        }
    }

    /// <summary>What was made last, or several loose ends joined.</summary>
    private Feature Output()
    {
        var last = nodes[^1];
        if (last.ReadsInput && random.NextInt(3) > 0) return last.Feature;
        var loose = nodes.Where(node => !node.IsRead && node != last).Take(3).Append(last).ToList();
        if (!loose.Exists(node => node.ReadsInput)) loose.Insert(0, nodes[0]);
        var vectors = loose.Select(node => node.Feature.Shape.IsVector ? node : Add(new Flatten(), node)).OfType<Node>().ToArray();
        return (vectors.Length > 1 && Add(new Concat(), vectors) is { ReadsInput: true } joined ? joined : nodes.Last(node => node.ReadsInput)).Feature;
    }

    /// <summary>Any output so far, the last ones and those that nobody reads more often.</summary>
    private Node Any()
    {
        if (random.NextInt(2) == 0) return nodes[^1];
        var loose = nodes.Where(node => !node.IsRead).ToList();
        return loose.Count > 0 && random.NextInt(2) == 0 ? loose[random.NextInt(loose.Count)] : nodes[random.NextInt(nodes.Count)];
    }

    /// <summary>
    /// An output of this shape: one that is there, or one that is made of another by pooling, resizing, convolving or reshaping.
    /// </summary>
    private Node? Fitted(Shape shape)
    {
        var same = nodes.Where(node => node.Feature.Shape == shape).ToList();
        if (same.Count > 0 && random.NextInt(4) > 0) return same[random.NextInt(same.Count)];
        Node? node = Any();
        if (node.Feature.Shape.Count == shape.Count && node.Feature.Shape != shape && random.NextInt(2) == 0) return Add(new Reshape(shape), node);
        if (random.NextInt(4) == 0 && node.Feature.Shape.Count * shape.Count < MostWeights / 4)
        {
            if (!node.Feature.Shape.IsVector) node = Add(new Flatten(), node);
            if (node is not null) node = Add(new Linear(shape.Count), node);
            return node is null || shape.IsVector ? node : Add(new Reshape(shape), node);
        }
        if ((node.Feature.Shape.Height, node.Feature.Shape.Width) != (shape.Height, shape.Width))
            node = Add(
                random.NextInt(3) switch
                {
                    0 => new AdaptiveAveragePool2d(shape.Height, shape.Width),
                    1 => new AdaptiveMaxPool2d(shape.Height, shape.Width),
                    _ => new Resize2d(ResizeTarget.Size(shape.Height, shape.Width), random.NextInt(2) == 0 ? ResizeMode.Nearest : ResizeMode.Bilinear),
                },
                node);
        return node is null || node.Feature.Shape.Channels == shape.Channels ? node : Add(new Conv2d(shape.Channels, 1), node);
    }

    /// <summary>Numbers that an op may be given.</summary>
    private Node? Allowed(Node node, InputValues allowed)
    {
        switch (allowed.Kind)
        {
            case InputKind.Range:
                if (Array.TrueForAll(node.Copies[0].Values, value => value >= allowed.Low && value <= allowed.High)) return node;
                if (random.NextInt(2) == 0) return Add(new Clip((float)allowed.Low, (float)allowed.High), node);
                var share = Add(new Sigmoid(), node);
                return share is null ? null : Add(new ScaleShift((float)(allowed.High - allowed.Low), (float)allowed.Low), share);
            case InputKind.ClassIndex:
                return Add(new Constant(Shape.Vector(1), 0)) is { } zero ? Add(new Greater(), node, zero) : null;
            default:
                return node;
        }
    }

    /// <summary>Adds a layer where it fits, is small, and has a result that does not hang on the last digits; null elsewhere.</summary>
    private Node? Add(Op op, params Node[] inputs)
    {
        Shape[] shapes = [.. inputs.Select(input => input.Feature.Shape)];
        IReadOnlyList<ParameterDefinition> definitions;
        try
        {
            var output = op.OutputShape(shapes);
            definitions = op.Parameters(shapes);
            if (output.Count > MostNumbers || op.Cost(shapes).MultiplyAdds > MostWork) return null;
            if (weightCount + definitions.Sum(definition => (long)definition.Count) > MostWeights) return null;
        }
        catch (FeatureMapException)
        {
            return null;
        }
        var parameters = definitions.Select(Numbers).ToArray();
        double[][] exact = [.. parameters.Select(values => Array.ConvertAll(values, value => (double)value))];
        var copies = RoundedReference.Layer(op, [.. inputs.Select(input => input.Copies)], exact, batch, ref rounding);
        for (var image = 0; image < batch; image++)
        {
            var (largest, spread) = RoundedReference.Measure(copies, image);
            if (!(largest <= LargestNumber && spread <= LargestSpread * Math.Max(largest, SmallestScale))) return null;
        }
        var feature = builder.Add(op, null, [.. inputs.Select(input => input.Feature)]);
        for (var i = 0; i < parameters.Length; i++)
            numbers[$"{builder.NameOf(feature.Index)}.{definitions[i].Name}"] = parameters[i];
        weightCount += parameters.Sum(values => (long)values.Length);
        foreach (var input in inputs)
            input.IsRead = true;
        var node = new Node(feature, copies, inputs.Any(input => input.ReadsInput));
        nodes.Add(node);
        return node;
    }

    /// <summary>
    /// Numbers of about the size that keeps the layer's output as large as its input; now and then all the same, as those of fresh
    /// normalisations.
    /// </summary>
    private float[] Numbers(ParameterDefinition definition)
    {
        var values = new float[definition.Count];
        var scale = definition.FanIn > 1 ? MathF.Sqrt(2f / definition.FanIn) : 1;
        var isEven = random.NextInt(16) == 0;
        foreach (ref var value in values.AsSpan())
            value = definition.Name == "running_var" ? random.NextSingle(0.3f, 2) : isEven ? scale : random.NextSingle(-scale, scale);
        return values;
    }

    /// <summary>An output so far, with what the references say about it.</summary>
    private sealed record Node(Feature Feature, ReferenceTensor[] Copies, bool ReadsInput)
    {
        public bool IsRead { get; set; }
    }
}
