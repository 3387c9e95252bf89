using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Layers and what they read, from top to bottom. A layer leads to the lesson of its op.</summary>
internal static class GraphWriter
{
    private const double BoxWidth = 170, BoxHeight = 46, Across = 200, Down = 84;

    public static void Write(HtmlBuilder html, Graph graph)
    {
        var (places, rows, most) = GraphLayout.Of(graph);
        var (width, height) = (most * Across, (rows * Down) - (Down - BoxHeight) + 8);
        html.Join($"""<figure class="graph card" id="b-{graph.Key}"><figcaption><h3>{graph.Caption}</h3></figcaption><div """);
        html.Join($"""class="scroll" tabindex="0" role="region" aria-label="{graph.Caption}">""");
        html.Join($"""<svg viewBox="0 -4 {width} {height}" width="{width}" height="{height}">""");
        html.Join($"""<title>{graph.Caption}. {Description(graph)}</title>""");
        foreach (var edge in graph.Edges.Where(edge => places.ContainsKey(edge.From) && places.ContainsKey(edge.To)))
            Edge(html, edge, places[edge.From], places[edge.To]);
        foreach (var node in graph.Nodes)
            Node(html, node, places[node.Id]);
        html.Add($"</svg></div></figure>");
    }

    private static void Edge(HtmlBuilder html, GraphEdge edge, (int Row, double Place) from, (int Row, double Place) to)
    {
        var (x1, y1, x2, y2) = (Middle(from), (from.Row * Down) + BoxHeight, Middle(to), to.Row * Down);
        // What jumps over rows goes around the boxes between.
        var aside = to.Row - from.Row > 1 ? Math.Max(x1, x2) + (BoxWidth * 0.56) : 0;
        if (aside > 0) html.Join($"""<path class="edge" d="M{x1} {y1}C{aside} {y1 + 30} {aside} {y2 - 30} {x2} {y2}"/>""");
        else html.Join($"""<path class="edge" d="M{x1} {y1}C{x1} {y1 + 22} {x2} {y2 - 22} {x2} {y2}"/>""");
        html.Join($"""<path class="arrow" d="M{x2 - 4} {y2 - 7}L{x2} {y2}L{x2 + 4} {y2 - 7}"/>""");
        if (edge.Label.Length > 0)
            html.Join($"""<text x="{((x1 + x2) / 2) + (aside > 0 ? BoxWidth * 0.42 : 6)}" y="{((y1 + y2) / 2) + 4}">{edge.Label}</text>""");
    }

    private static void Node(HtmlBuilder html, GraphNode node, (int Row, double Place) place)
    {
        var (x, y) = (Middle(place) - (BoxWidth / 2), place.Row * Down);
        if (node.Lesson is not null) html.Join($"""<a href="/learn/{node.Lesson}">""");
        html.Join($"""<rect class="node" x="{x}" y="{y}" width="{BoxWidth}" height="{BoxHeight}" rx="6"/>""");
        html.Join($"""<text class="name" x="{x + (BoxWidth / 2)}" y="{y + (node.Detail.Length > 0 ? 20 : 28)}" """);
        html.Join($"""text-anchor="middle">{node.Label}</text>""");
        if (node.Detail.Length > 0) html.Join($"""<text x="{x + (BoxWidth / 2)}" y="{y + 37}" text-anchor="middle">{node.Detail}</text>""");
        if (node.Lesson is not null) html.Join($"</a>");
    }

    private static double Middle((int Row, double Place) place) => (place.Place * Across) + (Across / 2);

    private static string Description(Graph graph) => string.Join("; ", graph.Nodes.Select(node =>
        $"{node.Label} {node.Detail} reads {string.Join(" and ", graph.Edges.Where(edge => edge.To == node.Id).Select(edge => edge.From).DefaultIfEmpty("nothing"))}"));
}
