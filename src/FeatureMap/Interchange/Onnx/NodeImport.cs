using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// One node of a graph while a room reads it. What it gives is kept until the whole node is read, so that a reading that does not fit
/// leaves nothing behind.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="node">The node, in the form that it has since operator set 7.</param>
/// <param name="alignment">The axis of the first input at which the second begins, in operator sets before 7; null where they end
/// together.</param>
/// <param name="place">What messages call it.</param>
internal sealed class NodeImport(GraphImport graph, OnnxNode node, int? alignment, string place) : OnnxImport
{
    private static readonly HashSet<string> MakeWhole = new(StringComparer.Ordinal)
    {
        "ArgMax", "ArgMin", "Floor", "Ceil", "Round", "Sign", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "And", "Or", "Xor",
    };

    private static readonly HashSet<string> KeepWhole = new(StringComparer.Ordinal)
    {
        "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Gather", "Split", "Expand", "Tile", "Concat",
    };

    private readonly Dictionary<int, GraphValue> results = [];
    private bool isChannelsLast;

    /// <summary>Whether axis 0 of all features is the batch: true unless a reading without is tried.</summary>
    public bool ReadsBatch { get; set; } = true;

    public override string Operator => node.Operator;

    public override int Opset => graph.Opset;

    public override bool HasBatch => ReadsBatch;

    public override int? BatchSize => graph.BatchSize;

    public override int InputCount => node.Inputs.Count;

    public override int OutputCount => node.Outputs.Count;

    public override bool Has(int input) => input < node.Inputs.Count && node.Inputs[input].Length > 0;

    public override bool Gives(int output) => output < node.Outputs.Count && node.Outputs[output].Length > 0;

    public override bool IsConstant(int input) => Has(input) && graph.Find(node.Inputs[input]) is { Constant: not null };

    public override OnnxFeature Feature(int input = 0)
    {
        var value = Value(input, "input");
        if (value.Constant is { } constant)
            throw Wrong($"its input {constant} is a constant, and the output of a layer was expected");
        var feature = graph.FeatureOf(value);
        if (value.IsChannelsLast && !isChannelsLast) feature = graph.InOrder(value);
        if (ReadsBatch && !value.HasBatch)
            throw Wrong($"its input {OnnxTensor.Written(feature.Dimensions)} has no batch");
        if (!ReadsBatch && value.HasBatch)
            feature = feature with { Dimensions = [1, .. feature.Dimensions] };
        return input == 1 && alignment is { } axis ? feature with { Dimensions = [.. feature.Dimensions, .. Trailing(axis, feature.Dimensions.Count + (ReadsBatch ? 1 : 0))] } : feature;
    }

    public override OnnxTensor Constant(int input, string role)
    {
        var value = Value(input, role);
        var tensor = value.Constant ?? value.Given ?? throw Wrong($"its {role} '{GraphImport.Shown(node.Inputs[input])}' is computed by "
            + "the network, and a constant (a weight in the file) was expected");
        if (isChannelsLast && tensor.Count > 1)
            return ConstantLayout.Ordered(this, tensor with { Dimensions = [.. Enumerable.Repeat(1, 4 - tensor.Dimensions.Count), .. tensor.Dimensions] }, ChannelsLast.ToFirst);
        return input == 1 && alignment is { } axis ? tensor with { Dimensions = [.. tensor.Dimensions, .. Trailing(axis, tensor.Dimensions.Count)] } : tensor;
    }

    public override object? Attribute(string name)
    {
        foreach (var attribute in node.Attributes)
            if (attribute.Name == name)
                return attribute.Value;
        return null;
    }

    public override OnnxFeature Layer(Op op, IReadOnlyList<OnnxFeature> inputs, IReadOnlyList<int>? dimensions = null, params IReadOnlyList<float[]> parameters) =>
        graph.Add(op, LayerName(parameters.Count > 0), inputs, dimensions, parameters);

    public override OnnxFeature View(OnnxFeature feature, Shape shape, IReadOnlyList<int> dimensions)
    {
        if (feature.Shape == shape) return feature with { Dimensions = dimensions };
        return graph.Add(shape.IsVector ? new Flatten() : new Reshape(shape), LayerName(false), [feature], dimensions, []);
    }

    // With a single sample an axis 0 of size 1 is as good as the batch.
    public override void Result(OnnxFeature feature, int output = 0)
    {
        var startsWithOne = !ReadsBatch && feature.Dimensions is [1, ..];
        results[output] = new GraphValue(startsWithOne ? feature with { Dimensions = [.. feature.Dimensions.Skip(1)] } : feature)
        {
            HasBatch = ReadsBatch || startsWithOne,
            IsChannelsLast = isChannelsLast,
            IsWhole = MakeWhole.Contains(Operator) || (KeepWhole.Contains(Operator) && IsWhole(0) && (Operator != "Concat" || Enumerable.Range(1, InputCount - 1).All(IsWhole))),
        };
    }

    /// <summary>Says that an output of the node is known already.</summary>
    public void Result(OnnxTensor constant, int output = 0) => results[output] = new GraphValue(constant with { Name = output < node.Outputs.Count ? node.Outputs[output] : "" });

    public override OnnxRefusal Wrong(string what) => new(place, what);

    public OnnxRefusal Wrong(string what, string hint, Exception? cause = null) => new(place, what, hint, cause);

    /// <summary>A refusal that does not hold where a batch is a single image.</summary>
    public OnnxRefusal OneSample(string what) => new(place, what) { NeedsOneSample = true };

    /// <summary>How many numbers some sizes are, after asking whether so many may be made.</summary>
    public int Allow(IReadOnlyList<int> sizes) => graph.Allow(sizes, place);

    /// <summary>Asks whether so many multiply-adds may be spent on constants.</summary>
    public void AllowWork(Int128 multiplyAdds) => graph.AllowWork(multiplyAdds, place);

    /// <summary>Whether an input holds whole numbers only, so that a cast to 32 or 64 bits changes nothing.</summary>
    public bool IsWhole(int input) => Value(input, "input") is { IsWhole: true } or { Constant.IsReal: false };

    /// <summary>Whether the node divides whole numbers by a constant, which its kind tells: both are of one.</summary>
    public bool DividesWholeNumbers() => Operator == "Div" && Enumerable.Range(0, InputCount).Any(input => IsConstant(input) && !Constant(input, "operand").IsReal);

    /// <summary>Makes features of the inputs that nobody has read yet, and says whether all of them have the batch at axis 0.</summary>
    public bool HasBatchThroughout()
    {
        var features = node.Inputs.Where(name => name.Length > 0).Select(graph.Find).OfType<GraphValue>().Where(value => value.Constant is null && value.Reason is null).ToList();
        var hasBatch = features.TrueForAll(graph.HasBatchOf);
        foreach (var value in features.Where(value => value.IsChannelsLast && !isChannelsLast))
            graph.InOrder(value);
        return hasBatch;
    }

    /// <summary>
    /// Reads a node that meets an image as rows x columns x channels and looks at each number by itself, as if the image were channels x
    /// rows x columns; and takes the transposition off that ends it. False where the node is another one: the image is transposed then.
    /// </summary>
    public bool StaysChannelsLast()
    {
        var values = node.Inputs.Where(name => name.Length > 0).Select(graph.Find).OfType<GraphValue>().Where(value => value.Constant is null).ToList();
        if (values.Count == 0 || !values.TrueForAll(value => value is { Reason: null, Given: null } && graph.FeatureOf(value) is not null && value.IsChannelsLast)) return false;
        if (ChannelsLast.IsEnd(node))
        {
            results[0] = new GraphValue(graph.FeatureOf(values[0])) { HasBatch = true };
            return true;
        }
        isChannelsLast = ChannelsLast.Passes(node) && node.Inputs.Select(graph.Find).All(value => value?.Constant is not { } constant || constant.Count == 1 || constant.Dimensions.Count <= 4);
        return false;
    }

    /// <summary>Forgets what a reading gave.</summary>
    public void Clear() => results.Clear();

    /// <summary>Hands the results over. What the node names as outputs and nobody made has a reason from now on.</summary>
    public void Finish()
    {
        for (var output = 0; output < node.Outputs.Count; output++)
            if (node.Outputs[output] is { Length: > 0 } name)
                graph.Define(name, results.GetValueOrDefault(output) ?? new GraphValue($"output {output + 1} of {node.Operator} "
                    + $"('{GraphImport.Shown(name)}') is not computed here"), place);
    }

    private IEnumerable<int> Trailing(int axis, int rank)
    {
        var first = graph.Find(node.Inputs[0]);
        var wanted = first?.Constant?.Dimensions.Count ?? (first is null ? 0 : graph.FeatureOf(first).Dimensions.Count + (first.HasBatch ? 1 : 0));
        return Enumerable.Repeat(1, Math.Max(0, wanted - (axis < 0 ? axis + wanted : axis) - rank));
    }

    private GraphValue Value(int input, string role)
    {
        if (!Has(input))
            throw Wrong($"its {role} (input {input + 1}) is missing");
        var name = node.Inputs[input];
        var value = graph.Find(name) ?? throw Wrong($"it reads {GraphImport.Missing(name)}");
        return value.Reason is null ? value : throw Wrong(value.Reason);
    }

    // PyTorch names weights after modules, conv1.weight, which says more than the name of the node, /conv1/Conv.
    private string? LayerName(bool hasWeights)
    {
        const string Ending = ".weight";
        return hasWeights && node.Inputs.Count > 1 && node.Inputs[1].EndsWith(Ending, StringComparison.Ordinal) && node.Inputs[1].Length > Ending.Length
            ? node.Inputs[1][..^Ending.Length]
            : node.Name;
    }
}
