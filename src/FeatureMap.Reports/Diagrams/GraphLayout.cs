namespace FeatureMap.Reports;

/// <summary>A box to be placed.</summary>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
/// <param name="Inputs">Numbers of the boxes that it reads, all lower than its own.</param>
internal sealed record LayoutBox(double Width, double Height, IReadOnlyList<int> Inputs);

/// <summary>Where a box stands: its upper left corner, and the row of boxes that it is in.</summary>
internal readonly record struct PlacedBox(double X, double Y, double Width, double Height, int Row)
{
    /// <summary>The middle of it from left to right.</summary>
    public double Middle => X + (Width / 2);

    /// <summary>Its lower edge.</summary>
    public double Bottom => Y + Height;
}

/// <summary>A point of an edge.</summary>
internal readonly record struct LayoutPoint(double X, double Y);

/// <summary>
/// An edge from the lower side of one box to the upper side of another. Between its points it is straight where they stand above each
/// other, inside a row, and may bend elsewhere, between two rows.
/// </summary>
internal sealed record PlacedEdge(int From, int To, IReadOnlyList<LayoutPoint> Points);

/// <summary>
/// A layered layout of a directed graph without cycles, from top to bottom, as Sugiyama, Tagawa and Toda lay out: a box stands one row
/// below the lowest that it reads;
/// an edge that jumps over rows passes them in a lane of its own, shared by all edges from the same box; rows are ordered so that few edges
/// cross; and each row is placed as near to its neighbours as the boxes beside let it, those that follow each other first. Nothing depends
/// on chance.
/// Source: "Methods for visual understanding of hierarchical system structures", IEEE Transactions on Systems, Man and Cybernetics, 1981.
/// </summary>
internal sealed class GraphLayout
{
    /// <summary>Between two rows, room for the edges to bend.</summary>
    public const double Gap = 34;

    private const double Beside = 24, Lane = 12, Border = 4, Port = 14;

    private GraphLayout(IReadOnlyList<PlacedBox> boxes, IReadOnlyList<PlacedEdge> edges, double width, double height, long crossings) =>
        (Boxes, Edges, Width, Height, Crossings) = (boxes, edges, width, height, crossings);

    /// <summary>The boxes, in the order in which they were given.</summary>
    public IReadOnlyList<PlacedBox> Boxes { get; }

    /// <summary>The edges: those to the first box first, in the order of its inputs.</summary>
    public IReadOnlyList<PlacedEdge> Edges { get; }

    /// <summary>Width of the whole.</summary>
    public double Width { get; }

    /// <summary>Height of the whole.</summary>
    public double Height { get; }

    /// <summary>How often edges cross between two rows.</summary>
    public long Crossings { get; }

    /// <summary>Lays out.</summary>
    /// <param name="boxes">The boxes, each behind those that it reads.</param>
    public static GraphLayout Of(IReadOnlyList<LayoutBox> boxes)
    {
        if (boxes.Count == 0) return new GraphLayout([], [], 2 * Border, 2 * Border, 0);
        var rows = Rows(boxes);
        var graph = new LayoutGraph(boxes, rows, Lane);
        var crossings = RowOrder.Improve(graph);
        var middles = RowPlacement.Of(graph, Beside, Lane);
        return Placed(graph, boxes, middles, crossings);
    }

    /// <summary>One row below the lowest that is read; what reads nothing, but for the first box, right above its first reader.</summary>
    private static int[] Rows(IReadOnlyList<LayoutBox> boxes)
    {
        var rows = new int[boxes.Count];
        var first = Enumerable.Repeat(int.MaxValue, boxes.Count).ToArray();
        for (var box = 0; box < boxes.Count; box++)
            rows[box] = boxes[box].Inputs.Count == 0 ? 0 : boxes[box].Inputs.Max(input => rows[input]) + 1;
        for (var box = 0; box < boxes.Count; box++)
            foreach (var input in boxes[box].Inputs)
                first[input] = Math.Min(first[input], rows[box]);
        for (var box = 1; box < boxes.Count; box++)
            if (boxes[box].Inputs.Count == 0 && first[box] < int.MaxValue) rows[box] = first[box] - 1;
        return rows;
    }

    private static GraphLayout Placed(LayoutGraph graph, IReadOnlyList<LayoutBox> boxes, double[] middles, long crossings)
    {
        var left = Enumerable.Range(0, graph.Count).Min(node => middles[node] - (graph.Widths[node] / 2)) - Border;
        for (var node = 0; node < middles.Length; node++)
            middles[node] = Math.Round(middles[node] - left, 1);
        var (tops, bottoms) = (new double[graph.Rows.Count], new double[graph.Rows.Count]);
        var y = Border;
        for (var row = 0; row < graph.Rows.Count; row++)
        {
            tops[row] = y;
            bottoms[row] = y + graph.Rows[row].Where(node => node < boxes.Count).Select(node => boxes[node].Height).DefaultIfEmpty(0).Max();
            y = bottoms[row] + Gap;
        }
        var placed = boxes.Select((box, i) => new PlacedBox(
            middles[i] - (box.Width / 2), tops[graph.RowOf[i]], box.Width, box.Height, graph.RowOf[i])).ToList();
        var edges = new List<PlacedEdge>();
        for (var to = 0; to < boxes.Count; to++)
            edges.AddRange(Into(to, graph, boxes, placed, middles, tops, bottoms));
        var width = Enumerable.Range(0, graph.Count).Max(node => middles[node] + (graph.Widths[node] / 2)) + Border;
        return new GraphLayout(placed, edges, Math.Ceiling(width), Math.Ceiling(bottoms[^1] + Border), crossings);
    }

    // What comes in spreads over the upper side, from left to right as it comes.
    private static IEnumerable<PlacedEdge> Into(int to, LayoutGraph graph, IReadOnlyList<LayoutBox> boxes, List<PlacedBox> placed,
        double[] middles, double[] tops, double[] bottoms)
    {
        var inputs = boxes[to].Inputs;
        var lanes = inputs.Select(input => graph.Lane(input, graph.RowOf[to])).ToList();
        var order = Enumerable.Range(0, inputs.Count).OrderBy(i => middles[lanes[i].Count > 0 ? lanes[i][^1] : inputs[i]]).ThenBy(i => i)
            .ToList();
        var step = inputs.Count < 2 ? 0 : Math.Min(Port, (boxes[to].Width - 24) / (inputs.Count - 1));
        for (var i = 0; i < inputs.Count; i++)
        {
            var from = placed[inputs[i]];
            List<LayoutPoint> points = [new(from.Middle, from.Bottom), new(from.Middle, bottoms[from.Row])];
            foreach (var node in lanes[i])
            {
                points.Add(new(middles[node], tops[graph.RowOf[node]]));
                points.Add(new(middles[node], bottoms[graph.RowOf[node]]));
            }
            points.Add(new(placed[to].Middle + ((order.IndexOf(i) - ((inputs.Count - 1) / 2.0)) * step), placed[to].Y));
            yield return new PlacedEdge(inputs[i], to, points);
        }
    }
}
