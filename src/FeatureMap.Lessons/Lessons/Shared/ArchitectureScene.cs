using FeatureMap.Analysis;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>A network as a graph, a table of its layers, what the linter says: what lessons about architectures share. Nothing is computed with weights.</summary>
internal static class ArchitectureScene
{
    /// <summary>The graph: nodes are layers with their output shape.</summary>
    public static void Graph(LessonPage page, Network network, string key = "graph", string caption = "the layers and what they read") => page.Add(section => new Graph(
        section, key, caption,
        [.. network.Layers.Select(layer => new GraphNode(layer.Name, layer.Op?.Name ?? "input", $"{layer.Output}",
            layer.Op is null ? null : OpLessons.Of(layer.Op), layer.Op is Ops.BatchNorm or Ops.ImageNorm or Ops.UnaryOp))],
        [.. network.Layers.SelectMany(layer => layer.Inputs.Select(input => new GraphEdge(network.Layers[input].Name, layer.Name)))]));

    /// <summary>A row for each layer: shape, parameters, multiply-adds, field.</summary>
    public static void Layers(LessonPage page, Network network, string key = "layers", string caption = "layer by layer") => page.Table(
        key, caption, ["layer", "output", "parameters", "multiply-adds", "field"], network.Summary(1).Rows.Select(row => (IReadOnlyList<TableCell>)
        [
            row.Layer, $"{row.Output}", (double)(row.TrainableCount + row.FixedCount), (double)row.MultiplyAdds, row.Field.IsGlobal ? "all" : (TableCell)row.Field.Vertical.Size,
        ]));

    /// <summary>What the linter finds, and whether it finds anything that is more than a hint.</summary>
    public static LintReport Lint(LessonPage page, Network network, LintOptions? options = null, string key = "lint")
    {
        var report = network.Lint(options);
        page.Table(key, report.Findings.Count == 0 ? "the linter finds nothing" : "what the linter finds", ["rule", "severity", "where", "finding", "what to do"], report.Findings.Select(finding =>
            (IReadOnlyList<TableCell>)[finding.Rule.Id, finding.Severity.ToString(), finding.Layer?.Name ?? "", finding.Message, finding.Fix]));
        return report;
    }

    /// <summary>Parameters, multiply-adds, bytes of a network.</summary>
    public static void Cost(LessonPage page, Network network, string key = "cost", string caption = "the network on one image")
    {
        var summary = network.Summary(1);
        page.Cost(key, caption, new("parameters", summary.ParameterCount), new("of them trained", summary.TrainableCount), new("multiply-adds", summary.MultiplyAdds),
            new("bytes of all outputs", summary.ActivationBytes), new("bytes of the parameters", summary.ParameterBytes));
    }

    /// <summary>Weights of all kernels, without biases and normalisations.</summary>
    public static long KernelWeights(Network network) => network.Layers.Where(layer => layer.Op is Ops.Conv2d).Sum(layer => (long)layer.Parameters[0].Count);

    /// <summary>Parameters of a network that another has not, or has in other sizes: what weights cannot hand over. Nothing is drawn for it.</summary>
    public static IReadOnlyList<(string Name, long Count)> Missing(Network network, Network source)
    {
        var there = source.Layers.SelectMany(layer => layer.Parameters.Select(parameter => (Name: $"{layer.Name}.{parameter.Name}", parameter.Dimensions))).ToDictionary(one => one.Name, one => one.Dimensions);
        return [.. from layer in network.Layers from parameter in layer.Parameters
            let name = $"{layer.Name}.{parameter.Name}"
            where !there.TryGetValue(name, out var sizes) || !sizes.SequenceEqual(parameter.Dimensions)
            select (name, (long)parameter.Count)];
    }
}
