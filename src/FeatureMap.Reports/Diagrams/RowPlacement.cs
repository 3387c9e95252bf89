namespace FeatureMap.Reports;

/// <summary>
/// Where the nodes of a layout stand from left to right. Wanted is the smallest sum of weight x (distance between the ends)² over all
/// edges,
/// with the rows in their order and nothing touching; edges between boxes and along a lane weigh much, so that they are straight, those
/// into and out of a lane that several share little. One row at a time is placed exactly, given the others, down and up.
/// </summary>
internal static class RowPlacement
{
    private const int Rounds = 24;
    private const double Straight = 1, Joined = 0.002;

    /// <summary>The middle of each node.</summary>
    /// <param name="graph">The rows in their order.</param>
    /// <param name="beside">Between two boxes.</param>
    /// <param name="lane">Between a lane and what stands beside it.</param>
    public static double[] Of(LayoutGraph graph, double beside, double lane)
    {
        var middles = new double[graph.Count];
        foreach (var row in graph.Rows)
        {
            double at = 0;
            for (var i = 0; i < row.Count; i++)
                middles[row[i]] = at = i == 0 ? 0 : at + Apart(graph, row[i - 1], row[i], beside, lane);
            foreach (var node in row)
                middles[node] -= at / 2;
        }
        for (var round = 0; round < Rounds; round++)
        {
            for (var row = 0; row < graph.Rows.Count; row++)
                Place(graph, graph.Rows[row], middles, beside, lane, round < Rounds / 3 ? graph.Above : null);
            for (var row = graph.Rows.Count - 1; row >= 0; row--)
                Place(graph, graph.Rows[row], middles, beside, lane, round < Rounds / 3 ? graph.Below : null);
        }
        Straighten(graph, middles, beside, lane);
        return middles;
    }

    /// <summary>
    /// What follows each other and nothing else stands on one vertical line, where there is room for it: what is left of the search for the
    /// smallest sum are slopes of a few pixels, which the eye sees.
    /// </summary>
    private static void Straighten(LayoutGraph graph, double[] middles, double beside, double lane)
    {
        var (places, seen) = (graph.Places(), new bool[graph.Count]);
        int Next(int node) => graph.Below(node).Where(other => graph.AreOneLine(node, other)).ToList() is [var below]
            && graph.Above(below).Count(other => graph.AreOneLine(below, other)) == 1 ? below : -1;
        foreach (var node in graph.Rows.SelectMany(row => row))
        {
            var chain = new List<int>();
            for (var at = node; at >= 0 && !seen[at]; at = Next(at))
            {
                seen[at] = true;
                chain.Add(at);
            }
            if (chain.Count < 2) continue;
            var middle = chain.Average(one => middles[one]);
            if (!chain.TrueForAll(one => Fits(one, middle))) continue;
            foreach (var one in chain)
                middles[one] = middle;
        }
        bool Fits(int node, double middle)
        {
            var (row, place) = (graph.Rows[graph.RowOf[node]], places[node]);
            return (place == 0 || middles[row[place - 1]] + Apart(graph, row[place - 1], node, beside, lane) <= middle + 1e-6)
                && (place == row.Count - 1 || middle + Apart(graph, node, row[place + 1], beside, lane) <= middles[row[place + 1]] + 1e-6);
        }
    }

    private static double Apart(LayoutGraph graph, int left, int right, double beside, double lane) =>
        ((graph.Widths[left] + graph.Widths[right]) / 2) + (graph.IsBox(left) && graph.IsBox(right) ? beside : lane);

    /// <summary>
    /// Places a row: without the others each node would stand at the mean of its neighbours; where two would touch, they and all that
    /// they push stand together at their common mean (pool adjacent violators).
    /// </summary>
    private static void Place(LayoutGraph graph, List<int> row, double[] middles, double beside, double lane,
        Func<int, IReadOnlyList<int>>? side)
    {
        var offsets = new double[row.Count];
        var blocks = new List<(double Sum, double Weight, int Count)>(row.Count);
        for (var i = 0; i < row.Count; i++)
        {
            if (i > 0) offsets[i] = offsets[i - 1] + Apart(graph, row[i - 1], row[i], beside, lane);
            var (sum, weight) = Wanted(graph, row[i], middles, side);
            var block = (Sum: sum - (offsets[i] * weight), Weight: weight, Count: 1);
            while (blocks.Count > 0 && blocks[^1].Sum / blocks[^1].Weight >= block.Sum / block.Weight)
            {
                var before = blocks[^1];
                block = (before.Sum + block.Sum, before.Weight + block.Weight, before.Count + block.Count);
                blocks.RemoveAt(blocks.Count - 1);
            }
            blocks.Add(block);
        }
        var at = 0;
        foreach (var (sum, weight, count) in blocks)
            for (var end = at + count; at < end; at++)
                middles[row[at]] = (sum / weight) + offsets[at];
    }

    private static (double Sum, double Weight) Wanted(LayoutGraph graph, int node, double[] middles, Func<int, IReadOnlyList<int>>? side)
    {
        // Who has no neighbour stays about where it is.
        var (sum, weight) = (middles[node] * 1e-6, 1e-6);
        foreach (var neighbours in side is null ? (IReadOnlyList<int>[])[graph.Above(node), graph.Below(node)] : [side(node)])
            foreach (var other in neighbours)
            {
                var own = graph.AreOneLine(node, other) ? Straight : Joined;
                (sum, weight) = (sum + (own * middles[other]), weight + own);
            }
        return (sum, weight);
    }
}
