using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>Collects layers while a network is being built.</summary>
internal sealed class NetworkBuilder
{
    private readonly List<Layer> layers = [];
    private readonly Dictionary<string, int> counts = [];

    public NetworkBuilder(Shape input)
    {
        layers.Add(new Layer(0, "input", null, [], [], input, []));
        Input = new Feature(this, 0);
    }

    public Feature Input { get; }

    public Shape ShapeOf(int layer) => layers[layer].Output;

    public Feature Add(Op op, string? name, params ReadOnlySpan<Feature> inputs)
    {
        var index = layers.Count;
        name ??= AutomaticName(op);
        var where = $"Layer '{name}' ({op}, layer {index}, after '{layers[inputs[0].Index].Name}')";
        CheckName(name, where);
        foreach (var input in inputs)
            if (input.Builder != this)
                throw new ShapeException($"{where} reads a layer of another network. All layers of a network come from the one input that Network.Build hands to its function.");
        var indices = new int[inputs.Length];
        var shapes = new Shape[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            (indices[i], shapes[i]) = (inputs[i].Index, layers[inputs[i].Index].Output);
        if (op.InputCount >= 0 ? inputs.Length != op.InputCount : inputs.Length < 2)
            throw new ShapeException($"{where} takes {(op.InputCount < 0 ? "two or more inputs" : op.InputCount == 1 ? "1 input" : $"{op.InputCount} inputs")}: received {inputs.Length}.");
        try
        {
            var output = op.OutputShape(shapes);
            layers.Add(new Layer(index, name, op, indices, shapes, output, op.Parameters(shapes)));
        }
        catch (ShapeException error)
        {
            throw new ShapeException($"{where} cannot take {string.Join(" and ", shapes)}: {error.Message}", error);
        }
        return new Feature(this, index);
    }

    /// <summary>Keeps what the output needs, in order, and closes the graph.</summary>
    public Network Finish(Feature output)
    {
        if (output.Builder != this)
            throw new ShapeException("The function given to Network.Build returned a layer of another network.");
        var needed = new bool[layers.Count];
        needed[0] = true;
        needed[output.Index] = true;
        for (var i = output.Index; i > 0; i--)
            if (needed[i])
                foreach (var input in layers[i].Inputs)
                    needed[input] = true;
        var places = new int[layers.Count];
        var kept = new List<Layer>();
        foreach (var layer in layers.Where(layer => needed[layer.Index]))
        {
            places[layer.Index] = kept.Count;
            kept.Add(new Layer(kept.Count, layer.Name, layer.Op, [.. layer.Inputs.Select(i => places[i])], layer.InputShapes, layer.Output, layer.Parameters));
        }
        return new Network(kept);
    }

    private void CheckName(string name, string where)
    {
        if (name.Length == 0 || name.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')))
            throw new UsageException($"{where}: a layer name has letters, digits, '_', '-', '.' and '/': received '{name}'.");
        if (layers.Exists(layer => layer.Name == name))
            throw new UsageException($"{where}: the name '{name}' is taken by layer {layers.First(layer => layer.Name == name).Index}. Names must be unique, because weights are stored under them.");
    }

    private string AutomaticName(Op op)
    {
        if (op is WeightNorm norm) op = norm.Inner; // it is still a convolution
        var stem = op.Name is "Conv2d" ? "conv" : char.ToLowerInvariant(op.Name[0]) + op.Name[1..].Replace("2d", "", StringComparison.Ordinal);
        string name;
        do
        {
            var number = counts[stem] = counts.GetValueOrDefault(stem) + 1;
            name = $"{stem}{number}";
        }
        while (layers.Exists(layer => layer.Name == name));
        return name;
    }
}
