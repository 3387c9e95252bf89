using FeatureMap.Lessons;

namespace FeatureMap.Studio;

/// <summary>
/// A layered layout: a node stands one row below the lowest that it reads; nodes of a row are ordered by the middle of what they read, so
/// that few edges cross.
/// </summary>
internal static class GraphLayout
{
    /// <summary>Row and place of each node, in their order, and how many rows and places there are.</summary>
    public static (IReadOnlyDictionary<string, (int Row, double Place)> Places, int Rows, int Most) Of(Graph graph)
    {
        var rows = new Dictionary<string, int>();
        foreach (var node in graph.Nodes) // in the order of computation: what a node reads has its row
            rows[node.Id] = graph.Edges.Where(edge => edge.To == node.Id).Select(edge => rows.GetValueOrDefault(edge.From, -1) + 1)
                .DefaultIfEmpty(0).Max();
        var places = new Dictionary<string, (int Row, double Place)>();
        var most = rows.Values.GroupBy(row => row).Select(row => row.Count()).DefaultIfEmpty(0).Max();
        foreach (var row in graph.Nodes.GroupBy(node => rows[node.Id]).OrderBy(row => row.Key))
        {
            var ordered = row.OrderBy(node => graph.Edges.Where(edge => edge.To == node.Id && places.ContainsKey(edge.From))
                .Select(edge => places[edge.From].Place).DefaultIfEmpty(most / 2.0).Average()).ToList();
            for (var i = 0; i < ordered.Count; i++)
                places[ordered[i].Id] = (row.Key, i + ((most - ordered.Count) / 2.0));
        }
        return (places, rows.Count == 0 ? 0 : rows.Values.Max() + 1, most);
    }
}
