using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Finds the nodes that exporters write for a GELU where the operator set has no operator for it (below 20), and puts one node in their place:
/// x (1 + erf(x / sqrt 2)) / 2, its three factors in any order. An error function elsewhere is a layer of its own.
/// </summary>
internal sealed class GeluPattern
{
    private readonly Dictionary<string, OnnxNode> makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float> numbers = new(StringComparer.Ordinal);

    private GeluPattern(OnnxGraph graph)
    {
        foreach (var node in graph.Nodes)
        {
            if (node.Outputs is [{ Length: > 0 } output]) makers.TryAdd(output, node);
            if (node is { Operator: "Constant", Outputs: [{ Length: > 0 } name] } && node.Attributes.FirstOrDefault(attribute => attribute.Name == "value").Value is OnnxTensor { Values: float[] and [var value] })
                numbers.TryAdd(name, value);
        }
        foreach (var tensor in graph.Initializers)
            if (tensor.Values is float[] and [var value])
                numbers.TryAdd(tensor.Name, value);
    }

    /// <summary>The graph with each such product as a node Gelu; the nodes behind it stay, and nobody reads them any more.</summary>
    public static OnnxGraph Fused(OnnxGraph graph)
    {
        if (!graph.Nodes.Any(node => node.Operator == "Erf")) return graph;
        var pattern = new GeluPattern(graph);
        return graph with { Nodes = [.. graph.Nodes.Select(node => pattern.Argument(node) is { } x ? node with { Operator = "Gelu", Inputs = [x], Attributes = [] } : node)] };
    }

    /// <summary>The x of a product of x, 1 + erf(x / sqrt 2) and one half; null where the node is none.</summary>
    private string? Argument(OnnxNode node)
    {
        if (node is not { Operator: "Mul", Inputs: [var first, var second] }) return null;
        return Argument([.. Factors(first), second]) ?? Argument([first, .. Factors(second)]);
    }

    private string? Argument(string[] factors)
    {
        if (factors.Length != 3) return null;
        foreach (var sum in factors)
        {
            var others = factors.Where(factor => factor != sum).ToList();
            if (others.Count == 2 && SumArgument(sum) is { } x && others.Contains(x) && IsNumber(others.Find(other => other != x), 0.5))
                return x;
        }
        return null;
    }

    private string[] Factors(string name) => makers.GetValueOrDefault(name) is { Operator: "Mul", Inputs: [var first, var second] } ? [first, second] : [name];

    /// <summary>The x of 1 + erf(x / sqrt 2).</summary>
    private string? SumArgument(string name)
    {
        if (makers.GetValueOrDefault(name) is not { Operator: "Add", Inputs: [var first, var second] }) return null;
        var erf = IsNumber(second, 1) ? first : IsNumber(first, 1) ? second : "";
        if (makers.GetValueOrDefault(erf) is not { Operator: "Erf", Inputs: [var scaled] } || !makers.TryGetValue(scaled, out var scale)) return null;
        return scale switch
        {
            { Operator: "Div", Inputs: [var x, var root] } when IsNumber(root, Math.Sqrt(2)) => x,
            { Operator: "Mul", Inputs: [var x, var factor] } when IsNumber(factor, Math.Sqrt(0.5)) => x,
            { Operator: "Mul", Inputs: [var factor, var x] } when IsNumber(factor, Math.Sqrt(0.5)) => x,
            _ => null,
        };
    }

    private bool IsNumber(string? name, double expected) => name is not null && numbers.TryGetValue(name, out var value) && Math.Abs(value - expected) < 1e-5;
}
