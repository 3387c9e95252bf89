using System.Globalization;
using System.Text;

namespace FeatureMap.Reports;

/// <summary>
/// Draws nodes and what they read as SVG, from top to bottom. What one node hands to the next alone, such as a convolution to its
/// normalisation, stands in one box. The picture has a title and a description; who shows it puts a table beside it.
/// </summary>
internal sealed class DiagramDrawing
{
    private const double BoxWidth = 256, LineHeight = 17, Pad = 5, Edge = 6;
    private const int MostLetters = 31, MostSmall = 33;

    private readonly IReadOnlyList<DiagramNode> nodes;
    private readonly List<List<int>> stacks = [];
    private readonly int[] stackOf;
    private readonly GraphLayout layout;

    public DiagramDrawing(IReadOnlyList<DiagramNode> nodes)
    {
        this.nodes = nodes;
        stackOf = new int[nodes.Count];
        var readers = new int[nodes.Count];
        foreach (var input in nodes.SelectMany(node => node.Inputs))
            readers[input]++;
        for (var i = 0; i < nodes.Count; i++)
        {
            // Only the foot of a box: what reads a node in its middle needs an edge from there.
            if (nodes[i] is { IsAttached: true, Inputs: [var above] } && readers[above] == 1 && stacks[stackOf[above]][^1] == above)
                stacks[stackOf[i] = stackOf[above]].Add(i);
            else
            {
                stackOf[i] = stacks.Count;
                stacks.Add([i]);
            }
        }
        layout = GraphLayout.Of([.. stacks.Select(stack => new LayoutBox(BoxWidth, stack.Sum(HeightOf),
            [.. nodes[stack[0]].Inputs.Select(input => stackOf[input])]))]);
    }

    /// <summary>How it is laid out: for tests.</summary>
    internal GraphLayout Layout => layout;

    /// <summary>Writes the picture.</summary>
    /// <param name="html">Receives it.</param>
    /// <param name="id">Unique on the page.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="description">What it says, in a sentence or two.</param>
    /// <param name="labels">What stands at an edge, by the numbers of its nodes; nothing where null.</param>
    public void Write(HtmlBuilder html, string id, string title, string description, Func<int, int, string>? labels = null)
    {
        // A picture has no parts; one whose boxes lead somewhere is a group of links.
        var role = nodes.Any(node => node.Address is not null) ? "group" : "img";
        html.Join($"""<svg class="diagram" viewBox="0 0 {layout.Width} {layout.Height}" width="{layout.Width}" """);
        html.Join($"""height="{layout.Height}" """);
        html.Join($"""role="{role}" aria-labelledby="{id}-title" aria-describedby="{id}-text"><title id="{id}-title">{title}</title>""");
        html.Join($"""<desc id="{id}-text">{description}</desc><g class="edges">""");
        var edge = 0;
        foreach (var stack in stacks)
            foreach (var input in nodes[stack[0]].Inputs)
                Line(html, layout.Edges[edge++], labels?.Invoke(input, stack[0]) ?? "");
        html.Join($"</g>");
        for (var stack = 0; stack < stacks.Count; stack++)
            Box(html, stacks[stack], layout.Boxes[stack]);
        html.Add($"</svg>");
    }

    private double HeightOf(int node) => (Lines(node) * LineHeight) + (2 * Pad);

    private int Lines(int node) => nodes[node].Detail.Length > 0 && !IsFoot(node) ? 2 : 1;

    private bool IsFoot(int node) => stacks[stackOf[node]][0] != node;

    private static void Line(HtmlBuilder html, PlacedEdge edge, string label)
    {
        html.Join($"""<path class="edge" d="{Path(edge.Points)}"/>""");
        var end = edge.Points[^1];
        html.Join($"""<path class="arrow" d="M{end.X - 4} {end.Y - 7}L{end.X} {end.Y}L{end.X + 4} {end.Y - 7}"/>""");
        if (label.Length == 0) return;
        var before = edge.Points[^2];
        html.Join($"""<text x="{((end.X + before.X) / 2) + 6}" y="{((end.Y + before.Y) / 2) + 4}">{label}</text>""");
    }

    private static string Path(IReadOnlyList<LayoutPoint> points)
    {
        var path = new StringBuilder();
        for (var i = 0; i < points.Count; i++)
        {
            var (point, before) = (points[i], i == 0 ? default : points[i - 1]);
            if (i == 0) path.Append(CultureInfo.InvariantCulture, $"M{point.X:0.#} {point.Y:0.#}");
            else if (point == before) continue;
            else if (Math.Abs(point.X - before.X) < 0.5) path.Append(CultureInfo.InvariantCulture, $"L{point.X:0.#} {point.Y:0.#}");
            else
            {
                var middle = (before.Y + point.Y) / 2;
                path.Append(CultureInfo.InvariantCulture,
                    $"C{before.X:0.#} {middle:0.#} {point.X:0.#} {middle:0.#} {point.X:0.#} {point.Y:0.#}");
            }
        }
        return path.ToString();
    }

    private void Box(HtmlBuilder html, List<int> stack, PlacedBox box)
    {
        html.Join($"""<g class="box"><rect class="node" x="{box.X}" y="{box.Y}" width="{box.Width}" height="{box.Height}" rx="6"/>""");
        var y = box.Y;
        foreach (var node in stack)
        {
            var height = HeightOf(node);
            Node(html, nodes[node], box.X, y, height, node != stack[0]);
            y += height;
        }
        html.Add($"</g>");
    }

    private static void Node(HtmlBuilder html, DiagramNode node, double x, double y, double height, bool isFoot)
    {
        var whole = $"{node.Name}: {node.Detail}{(node.Aside.Length > 0 ? $", {node.Aside}" : "")}";
        if (node.Address is not null)
            html.Join($"""<a href="{node.Address}"{(node.IsCurrent ? " aria-current=true" : "")}>""");
        var style = $"piece{(node.IsCurrent ? " current" : "")}";
        html.Join($"""<rect class="{style}" x="{x + 1}" y="{y + 1}" width="{BoxWidth - 2}" height="{height - 2}" """);
        html.Join($"""rx="5"><title>{whole}</title></rect>""");
        if (isFoot) html.Join($"""<path class="fold" d="M{x + Edge} {y}H{x + BoxWidth - Edge}"/>""");
        html.Join($"""<rect class="kind {Style(node.Kind)}" x="{x + 3}" y="{y + 4}" width="4" height="{height - 8}" rx="2"/>""");
        var right = x + BoxWidth - 10;
        var at = y + Pad + 12.5;
        if (isFoot)
        {
            // Below another, what it does is said on the one line that it has.
            var words = node.Detail.Length > 0 ? node.Detail : node.Name;
            html.Join($"""<text class="small" x="{x + 14}" y="{at}">{Short(words, MostSmall)}</text>""");
        }
        else
        {
            html.Join($"""<text class="name" x="{x + 14}" y="{at}">{Short(node.Name, MostLetters - node.Aside.Length - 2)}</text>""");
            html.Join($"""<text x="{right}" y="{at}" text-anchor="end">{node.Aside}</text>""");
            if (node.Detail.Length > 0)
                html.Join($"""<text class="small" x="{x + 14}" y="{at + LineHeight}">{Short(node.Detail, MostSmall)}</text>""");
        }
        if (node.Address is not null) html.Join($"</a>");
    }

    private static string Short(string text, int most) => text.Length <= Math.Max(6, most) ? text : text[..(Math.Max(6, most) - 1)] + "…";

    private static string Style(DiagramKind kind) => kind switch
    {
        DiagramKind.Source => "c8",
        DiagramKind.Weighted => "c0",
        DiagramKind.Norm => "c2",
        DiagramKind.Function => "c1",
        DiagramKind.Sampling => "c3",
        DiagramKind.Join => "c7",
        _ => "c4",
    };
}
