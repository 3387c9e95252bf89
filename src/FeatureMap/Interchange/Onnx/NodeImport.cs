using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>One node of a graph while a room reads it.</summary>
internal sealed class NodeImport(GraphImport graph, OnnxNode node, string place) : OnnxImport
{
    public override string Operator => node.Operator;

    public override int Opset => graph.Opset;

    public override bool HasBatch => graph.HasBatch;

    public override int InputCount => node.Inputs.Count;

    public override int OutputCount => node.Outputs.Count;

    public override bool Has(int input) => input < node.Inputs.Count && node.Inputs[input].Length > 0;

    public override bool Gives(int output) => output < node.Outputs.Count && node.Outputs[output].Length > 0;

    public override bool IsConstant(int input) => Has(input) && graph.Find(node.Inputs[input]) is { Constant: not null };

    public override OnnxFeature Feature(int input = 0)
    {
        var value = Value(input, "input");
        if (value.Feature is { } feature) return feature;
        if (value.Port is not null) return graph.Bind(value);
        throw Wrong($"its input {value.Constant} is a constant, and the output of a layer was expected");
    }

    public override OnnxTensor Constant(int input, string role)
    {
        var value = Value(input, role);
        return value.Constant ?? value.Given ?? throw Wrong($"its {role} '{GraphImport.Shown(node.Inputs[input])}' is computed by the network, and a constant (a weight in the file) was expected");
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

    public override void Result(OnnxFeature feature, int output = 0) => Define(new GraphValue(feature), output);

    /// <summary>Says that an output of the node is known already.</summary>
    public void Result(OnnxTensor constant, int output = 0) => Define(new GraphValue(constant with { Name = output < node.Outputs.Count ? node.Outputs[output] : "" }), output);

    public override OnnxRefusal Wrong(string what) => new(place, what);

    public OnnxRefusal Wrong(string what, string hint, Exception? cause = null) => new(place, what, hint, cause);

    /// <summary>What the node names as outputs and nobody made has a reason from now on.</summary>
    public void Finish()
    {
        for (var output = 0; output < node.Outputs.Count; output++)
            if (node.Outputs[output] is { Length: > 0 } name && graph.Find(name) is null)
                graph.Define(name, new GraphValue($"output {output + 1} of {node.Operator} ('{GraphImport.Shown(name)}') is not computed here"), place);
    }

    private void Define(GraphValue value, int output)
    {
        if (output < node.Outputs.Count) graph.Define(node.Outputs[output], value, place);
    }

    private GraphValue Value(int input, string role)
    {
        if (!Has(input))
            throw Wrong($"its {role} (input {input + 1}) is missing");
        var name = node.Inputs[input];
        var value = graph.Find(name) ?? throw Wrong(graph.Missing(name));
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
