namespace FeatureMap.Reports;

/// <summary>Orders the rows of a layout so that few edges cross: nodes go where the middle of their neighbours is, down and up again, as
/// long as it helps.</summary>
internal static class RowOrder
{
    private const int MostRounds = 12;

    /// <summary>Orders the rows; gives how often edges cross then.</summary>
    public static long Improve(LayoutGraph graph)
    {
        var places = graph.Places();
        var (best, fewest) = (Copy(graph), Crossings(graph, places));
        for (var round = 0; round < MostRounds && fewest > 0; round++)
        {
            if (round % 2 == 0)
                for (var row = 1; row < graph.Rows.Count; row++)
                    Sort(graph.Rows[row], places, graph.Above);
            else
                for (var row = graph.Rows.Count - 2; row >= 0; row--)
                    Sort(graph.Rows[row], places, graph.Below);
            Swap(graph, places);
            var crossings = Crossings(graph, places);
            if (crossings >= fewest) continue;
            (best, fewest) = (Copy(graph), crossings);
        }
        for (var row = 0; row < best.Count; row++)
            best[row].CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(graph.Rows[row]));
        return fewest;
    }

    /// <summary>How often edges cross, between all rows.</summary>
    public static long Crossings(LayoutGraph graph) => Crossings(graph, graph.Places());

    private static long Crossings(LayoutGraph graph, int[] places) =>
        Enumerable.Range(0, graph.Rows.Count - 1).Sum(row => Between(graph, row, places));

    // Two edges cross where one begins left of the other and ends right of it: the inversions of the ends in the order of the beginnings.
    private static long Between(LayoutGraph graph, int row, int[] places)
    {
        var size = graph.Rows[row + 1].Count;
        var (seen, count, crossings) = (new int[size + 1], 0, 0L);
        foreach (var node in graph.Rows[row])
        {
            var ends = graph.Below(node);
            foreach (var end in ends)
            {
                var notRight = 0;
                for (var i = places[end] + 1; i > 0; i -= i & -i)
                    notRight += seen[i];
                crossings += count - notRight;
            }
            foreach (var end in ends)
                for (var i = places[end] + 1; i <= size; i += i & -i)
                    seen[i]++;
            count += ends.Count;
        }
        return crossings;
    }

    // Who has no neighbour there keeps its place.
    private static void Sort(List<int> row, int[] places, Func<int, IReadOnlyList<int>> neighbours)
    {
        var wanted = row.ToDictionary(node => node, node => neighbours(node) is { Count: > 0 } all
            ? Middle([.. all.Select(other => places[other]).Order()]) : -1.0);
        var moved = new Queue<int>(row.Where(node => wanted[node] >= 0).OrderBy(node => wanted[node]).ToList());
        for (var i = 0; i < row.Count; i++)
            if (wanted[row[i]] >= 0) row[i] = moved.Dequeue();
        for (var i = 0; i < row.Count; i++)
            places[row[i]] = i;
    }

    private static double Middle(int[] sorted) => sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
        : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2.0;

    // Two that stand side by side change places where that takes crossings away.
    private static void Swap(LayoutGraph graph, int[] places)
    {
        foreach (var row in graph.Rows)
            for (var i = 0; i + 1 < row.Count; i++)
            {
                var (left, right) = (row[i], row[i + 1]);
                var now = Crossings(graph.Above(left), graph.Above(right), places)
                    + Crossings(graph.Below(left), graph.Below(right), places);
                if (now == 0) continue;
                var swapped = Crossings(graph.Above(right), graph.Above(left), places)
                    + Crossings(graph.Below(right), graph.Below(left), places);
                if (swapped >= now) continue;
                (row[i], row[i + 1]) = (right, left);
                (places[left], places[right]) = (i + 1, i);
            }
    }

    private static int Crossings(IReadOnlyList<int> left, IReadOnlyList<int> right, int[] places) =>
        left.Sum(one => right.Count(other => places[one] > places[other]));

    private static List<List<int>> Copy(LayoutGraph graph) => [.. graph.Rows.Select(row => row.ToList())];
}
