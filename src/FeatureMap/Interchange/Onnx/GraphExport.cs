using System.Runtime.InteropServices;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Collects the nodes of an ONNX graph while the layers of a network write themselves, one after the other.</summary>
internal sealed class GraphExport : OnnxExport
{
    public const string InputName = "input", OutputName = "output", Normalization = "normalization";

    private readonly List<OnnxNode> nodes = [];
    private readonly List<OnnxTensor> initializers = [];
    private readonly Dictionary<string, string> tensors = new(StringComparer.Ordinal);
    private readonly HashSet<string> names = new(StringComparer.Ordinal) { InputName, OutputName };
    private readonly OnnxValue[] outputs;
    private readonly ILookup<int, Parameter> parameters;
    private Layer layer;
    private readonly int firstTranspose;
    private int firstNode;
    private OnnxValue? result;

    private GraphExport(Weights weights, int opset)
    {
        Opset = opset;
        layer = weights.Network.Layers[0];
        outputs = new OnnxValue[weights.Network.Layers.Count];
        parameters = weights.Parameters.ToLookup(parameter => parameter.Layer);
        firstTranspose = weights.Network.Layers.FirstOrDefault(layer => layer.Op is Transpose)?.Index ?? -1;
    }

    public override int Opset { get; }

    public override IReadOnlyList<Shape> InputShapes => layer.InputShapes;

    public override Shape OutputShape => layer.Output;

    /// <summary>The graph of a network, its weights included.</summary>
    public static OnnxGraph Graph(Model model, OnnxExportOptions options)
    {
        var export = new GraphExport(model.Weights, options.Opset);
        export.WriteInput(model, options.Input);
        foreach (var layer in model.Network.Layers.Skip(1))
            export.Write(layer);
        export.NameOutput(model.Network);
        var batch = new OnnxDimension(null, "N");
        return new OnnxGraph(
            options.Name, export.nodes, export.initializers,
            [new OnnxPort(InputName, OnnxType.Float32, [batch, .. Sizes(model.Network.Input)])],
            [new OnnxPort(OutputName, OnnxType.Float32, model.Network.Output.IsVector ? [batch, new(model.Network.Output.Channels, null)] : [batch, .. Sizes(model.Network.Output)])]);
    }

    public override OnnxValue Input(int index = 0) => WithBatch(outputs[layer.Inputs[index]]);

    public override OnnxValue Stretching(int index) => outputs[layer.Inputs[index]];

    public override OnnxValue Parameter(int index)
    {
        var parameter = parameters[layer.Index].ElementAt(index);
        if (!tensors.TryGetValue(parameter.Name, out var tensor))
            tensors.Add(parameter.Name, tensor = Twin(parameter) ?? Added(parameter));
        return new OnnxValue(tensor, parameter.Dimensions.Count, HasBatch: false);
    }

    public override float[] ParameterValues(int index) => parameters[layer.Index].ElementAt(index).Values.ToArray();

    public override OnnxValue Constant(string name, IReadOnlyList<int> dimensions, float[] values) => Keep(new OnnxTensor(Unique($"{layer.Name}/{name}"), dimensions, values));

    public override OnnxValue Constant(string name, params long[] values) => Keep(new OnnxTensor(Unique($"{layer.Name}/{name}"), [values.Length], values));

    public override OnnxValue Node(string operatorName, IReadOnlyList<OnnxValue> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var name = Unique($"{layer.Name}/{operatorName}");
        nodes.Add(new OnnxNode(operatorName, name, [.. inputs.Select(input => input.Name)], [name], attributes.ToArray()));
        return inputs.Count > 0 ? new OnnxValue(name, inputs[0].Rank, inputs.Any(input => input.HasBatch)) : new OnnxValue(name, 4);
    }

    public override bool FollowsTranspose => firstTranspose >= 0 && firstTranspose < layer.Index;

    public override bool IsPadded(OnnxValue value)
    {
        var maker = nodes.Find(node => node.Outputs[0] == value.Name);
        while (maker is { Operator: "Identity" })
            maker = nodes.Find(node => node.Outputs[0] == maker.Inputs[0]);
        return maker is { Operator: "Pad" };
    }

    public override void Result(OnnxValue value) => result = value;

    public override UsageException Refuse(string reason) => new($"Layer '{layer.Name}' ({layer.Op}) cannot be exported to ONNX: {reason}.");

    private static IEnumerable<OnnxDimension> Sizes(Shape shape) => [new(shape.Channels, null), new(shape.Height, null), new(shape.Width, null)];

    private void WriteInput(Model model, OnnxInput input)
    {
        var value = new OnnxValue(InputName, 4);
        if (input == OnnxInput.Pixels)
        {
            var channels = model.Network.Input.Channels;
            var perChannel = (Func<int, float> number) => Enumerable.Range(0, channels).Select(number).ToArray();
            var scale = Keep(new OnnxTensor(Unique($"{Normalization}.scale"), [1, channels, 1, 1], perChannel(model.Normalization.Scale)));
            var offset = Keep(new OnnxTensor(Unique($"{Normalization}.offset"), [1, channels, 1, 1], perChannel(model.Normalization.Offset)));
            var scaled = new OnnxValue(Unique($"{Normalization}/Mul"), 4);
            nodes.Add(new OnnxNode("Mul", scaled.Name, [value.Name, scale.Name], [scaled.Name], []));
            value = new OnnxValue(Unique($"{Normalization}/Add"), 4);
            nodes.Add(new OnnxNode("Add", value.Name, [scaled.Name, offset.Name], [value.Name], []));
        }
        outputs[0] = value;
    }

    private void Write(Layer next)
    {
        layer = next;
        firstNode = nodes.Count;
        result = null;
        layer.Op!.ExportOnnx(this);
        var value = result ?? throw new InvalidOperationException($"The layer '{layer.Name}' ({layer.Op}) wrote no result into the ONNX graph.");
        // The node that ends a layer bears its name, so that the graph can be read like the network.
        outputs[layer.Index] = nodes.FindIndex(firstNode, node => node.Outputs[0] == value.Name) is var made and >= 0 ? Renamed(made, value, Unique(layer.Name)) : value;
    }

    /// <summary>A vector leaves as batch x numbers, and whatever leaves is called <c>output</c>.</summary>
    private void NameOutput(Network network)
    {
        layer = network.Layers[^1];
        var value = WithBatch(outputs[^1]);
        if (network.Output.IsVector && value.Rank == 4)
            value = Node("Flatten", [value], new OnnxAttribute("axis", 1)) with { Rank = 2 };
        var made = nodes.FindIndex(node => node.Outputs[0] == value.Name);
        if (made < 0)
        {
            Node("Identity", [value]);
            (made, value) = (nodes.Count - 1, value with { Name = nodes[^1].Outputs[0] });
        }
        nodes[made] = nodes[made] with { Outputs = [OutputName] };
    }

    /// <summary>Numbers that are the same for every image, once for each image of the batch.</summary>
    private OnnxValue WithBatch(OnnxValue value)
    {
        if (value.HasBatch) return value;
        // Of what the network reads: behind the normalisation, which a reader can then take off.
        var size = Node("Gather", [Node("Shape", [outputs[0]]), Constant("first", 0)], new OnnxAttribute("axis", 0));
        var sizes = Node("Concat", [size, Constant("ones", [.. Enumerable.Repeat(1L, value.Rank - 1)])], new OnnxAttribute("axis", 0));
        return Node("Expand", [value, sizes]) with { Rank = value.Rank, HasBatch = true };
    }

    private OnnxValue Renamed(int node, OnnxValue value, string name)
    {
        nodes[node] = nodes[node] with { Name = name, Outputs = [name] };
        for (var i = node + 1; i < nodes.Count; i++)
            nodes[i] = nodes[i] with { Inputs = [.. nodes[i].Inputs.Select(input => input == value.Name ? name : input)] };
        return value with { Name = name };
    }

    private string Added(Parameter parameter)
    {
        // A layer may be called as a weight is: "conv1.weight".
        var name = Unique(parameter.Name);
        initializers.Add(new OnnxTensor(name, parameter.Dimensions, parameter.Values.ToArray()));
        return name;
    }

    /// <summary>
    /// The tensor that holds the same bits already: views of an image (<see cref="TestTimeAugmentation"/>) have the same weights under several names, and one copy serves them all. Numbers
    /// without any difference, such as the scales of fresh normalisations, are alike by chance and stay apart.
    /// </summary>
    private string? Twin(Parameter parameter)
    {
        var values = parameter.Values;
        if (values.IndexOfAnyExcept(values[0]) < 0) return null;
        foreach (var tensor in initializers)
            if (tensor.Values is float[] held && tensor.Dimensions.SequenceEqual(parameter.Dimensions) && MemoryMarshal.AsBytes<float>(held).SequenceEqual(MemoryMarshal.AsBytes(values)))
                return tensor.Name;
        return null;
    }

    private OnnxValue Keep(OnnxTensor tensor)
    {
        initializers.Add(tensor);
        return new OnnxValue(tensor.Name, tensor.Dimensions.Count, HasBatch: false);
    }

    private string Unique(string name)
    {
        var unique = name;
        for (var number = 2; !names.Add(unique); number++)
            unique = $"{name}_{number}";
        return unique;
    }
}
