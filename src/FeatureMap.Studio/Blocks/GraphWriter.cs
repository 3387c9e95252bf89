using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Layers and what they read, from top to bottom, with the same as a table. A layer leads to the lesson of its op.</summary>
internal static class GraphWriter
{
    public static void Write(HtmlBuilder html, Graph graph)
    {
        var numbers = graph.Nodes.Index().ToDictionary(node => node.Item.Id, node => node.Index);
        var reads = graph.Nodes.Select(node => graph.Edges.Where(edge => edge.To == node.Id && numbers.ContainsKey(edge.From))
            .Select(edge => numbers[edge.From]).ToList()).ToList();
        var labels = graph.Edges.Where(edge => edge.Label.Length > 0).ToDictionary(edge => (edge.From, edge.To), edge => edge.Label);
        var diagram = new DiagramDrawing([.. graph.Nodes.Index().Select(node => new DiagramNode(
            node.Item.Id, node.Item.Detail, node.Item.Label, reads[node.Index])
        {
            IsAttached = node.Item.IsAttached,
            Kind = Kind(node.Item.Label, reads[node.Index].Count),
            Address = node.Item.Lesson is { } lesson ? $"/learn/{lesson}" : null,
        })]);
        html.Join($"""<figure class="graph card" id="b-{graph.Key}"><figcaption><h3>{graph.Caption}</h3></figcaption><div """);
        html.Join($"""class="scroll" tabindex="0" role="region" aria-label="{graph.Caption}">""");
        diagram.Write(html, $"graph-{graph.Key}", graph.Caption,
            $"{ReportText.Count(graph.Nodes.Count, "node")}, {ReportText.Count(graph.Edges.Count, "edge")}; the table below says the same.",
            (from, to) => labels.GetValueOrDefault((graph.Nodes[from].Id, graph.Nodes[to].Id), ""));
        html.Add($"</div>");
        ChartWriter.AsTable(html, graph.Caption, ["name", "what it is", "in detail", "reads"], graph.Nodes.Index().Select(node =>
            (IReadOnlyList<string>)[node.Item.Id, node.Item.Label, node.Item.Detail,
                string.Join(", ", reads[node.Index].Select(input => graph.Nodes[input].Id))]));
        html.Add($"</figure>");
    }

    /// <summary>What a layer does, by the name of its op.</summary>
    public static DiagramKind Kind(string label, int inputs) => label switch
    {
        _ when inputs == 0 => DiagramKind.Source,
        _ when inputs > 1 => DiagramKind.Join,
        _ when label.Contains("Conv", StringComparison.Ordinal) || label.Contains("Linear", StringComparison.Ordinal) => DiagramKind.Weighted,
        _ when label.Contains("Norm", StringComparison.Ordinal) => DiagramKind.Norm,
        _ when label.Contains("Pool", StringComparison.Ordinal) => DiagramKind.Sampling,
        _ => DiagramKind.Function,
    };
}
