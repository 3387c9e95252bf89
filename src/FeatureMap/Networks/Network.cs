using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A convolutional network as data: an immutable graph of layers with all shapes known. It has no weights; the same network can be initialised, trained,
/// printed, analysed and exported any number of times. Build it once with <see cref="Build"/>.
/// </summary>
/// <example><code>
/// var network = Network.Build(Shape.Image(1, 28, 28), x => x
///     .Conv(16, kernel: 3).BatchNorm().Relu().MaxPool(2)
///     .Conv(32, kernel: 3).BatchNorm().Relu()
///     .GlobalAveragePool().Linear(10));
/// </code></example>
public sealed partial class Network
{
    internal Network(IReadOnlyList<Layer> layers)
    {
        Layers = layers;
        Input = layers[0].Output;
        Output = layers[^1].Output;
        TrainableCount = layers.Sum(layer => layer.TrainableCount);
        FixedCount = layers.Sum(layer => layer.FixedCount);
        MultiplyAdds = layers.Sum(layer => layer.Op?.Cost(layer.InputShapes).MultiplyAdds ?? 0);
        OutputValues = OutputEnd.ValuesOf(this);
    }

    /// <summary>All layers in the order of computation; the first is the input, the last the output.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Shape of one input sample.</summary>
    public Shape Input { get; }

    /// <summary>Shape of one output sample.</summary>
    public Shape Output { get; }

    /// <summary>
    /// What the numbers of the output are: scores, or probabilities already because the network ends in a softmax or a sigmoid.
    /// </summary>
    public OutputValues OutputValues { get; }

    /// <summary>Numbers that the optimiser changes.</summary>
    public long TrainableCount { get; }

    /// <summary>Numbers that belong to the network but are not changed by the optimiser: running statistics.</summary>
    public long FixedCount { get; }

    /// <summary>Multiply-accumulates of one sample's forward pass, bias additions not counted.</summary>
    public long MultiplyAdds { get; }

    /// <summary>Name and dimensions of every parameter, in the order of the layers.</summary>
    internal IReadOnlyList<(string Name, IReadOnlyList<int> Dimensions)> ParameterShapes =>
        [.. Layers.SelectMany(layer => layer.Parameters.Select(parameter => ($"{layer.Name}.{parameter.Name}", parameter.Dimensions)))];

    /// <summary>A network of several inputs, each filled by whoever runs it; their order is that of the shapes. Files know networks of one input only.</summary>
    internal static Network BuildWithInputs(IReadOnlyList<Shape> inputs, Func<IReadOnlyList<Feature>, Feature> body)
    {
        var builder = new NetworkBuilder(inputs[0]);
        List<Feature> features = [builder.FeatureOf(0)];
        for (var i = 1; i < inputs.Count; i++)
            features.Add(builder.AddInput($"input{i + 1}", inputs[i]));
        return builder.Finish(body(features));
    }

    /// <summary>Builds a network: the function receives the input and returns the output, calling the layers in between. Branches are ordinary variables.</summary>
    /// <param name="input">Shape of one sample.</param>
    /// <param name="body">Calls such as <c>x => x.Conv(16, kernel: 3).Relu()</c>; what it returns is the network's output. Layers that the output does not need are left out.</param>
    /// <exception cref="ShapeException">A layer does not fit; the message names it and has the arithmetic.</exception>
    public static Network Build(Shape input, Func<Feature, Feature> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (input.Count == 0) throw new ShapeException("A network needs an input shape, such as Shape.Image(1, 28, 28).");
        var builder = new NetworkBuilder(input);
        var output = body(builder.FeatureOf(0)) ?? throw new ShapeException("The function given to Network.Build returned null. Return the last layer, as in x => x.Conv(16, kernel: 3).Relu().");
        return builder.Finish(output);
    }

    /// <summary>
    /// The network whose output are the scores behind the probabilities: without the softmax or sigmoid at its end, under the same names,
    /// so that <see cref="Weights.TakeFrom"/> fits. Where the output is a mean of probabilities, with their logarithms behind it instead.
    /// The network itself where it gives scores. Losses and training want scores.
    /// </summary>
    public Network ToScores() => OutputEnd.ToScores(this);

    /// <summary>The layer of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is suggested.</exception>
    public Layer this[string name] =>
        Layers.FirstOrDefault(layer => layer.Name == name)
        ?? throw new UsageException($"The network has no layer '{name}'.{NearestName.Suggest(name, Layers.Select(layer => layer.Name))}");

    /// <summary>For each layer, how many inputs of layers read its output.</summary>
    internal int[] CountReaders()
    {
        var readers = new int[Layers.Count];
        foreach (var input in Layers.SelectMany(layer => layer.Inputs))
            readers[input]++;
        return readers;
    }

    /// <summary>One line: input, output and the totals.</summary>
    public override string ToString() => $"{Input} -> {Output}, {Layers.Count - 1} layers, {TrainableCount:N0} trainable parameters, "
        + $"{MultiplyAdds:N0} multiply-adds";
}
