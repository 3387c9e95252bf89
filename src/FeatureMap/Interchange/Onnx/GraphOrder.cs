using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>The order in which the nodes of a graph can be computed. The standard asks for it, and many files do not keep to it.</summary>
internal static class GraphOrder
{
    /// <summary>
    /// The places of the nodes that the outputs need, each behind those that it reads; where there is a choice, the first in the file comes
    /// first.
    /// </summary>
    /// <exception cref="DataException">Some nodes form a circle.</exception>
    public static IReadOnlyList<int> Of(OnnxGraph graph, string source)
    {
        var makers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, node) in graph.Nodes.Index())
            foreach (var output in node.Outputs.Where(output => output.Length > 0))
                makers.TryAdd(output, index);
        // What the file knows already is made by nobody.
        foreach (var name in graph.Initializers.Select(tensor => tensor.Name).Concat(graph.Inputs.Select(port => port.Name)))
            makers.Remove(name);
        int[] Sources(int node) => [.. graph.Nodes[node].Inputs.Where(makers.ContainsKey).Select(name => makers[name]).Distinct()];

        // Back from the outputs: what nobody needs is not read.
        var waits = new Dictionary<int, int>();
        var readers = new Dictionary<int, List<int>>();
        var open = new Stack<int>(graph.Outputs.Where(output => makers.ContainsKey(output.Name)).Select(output => makers[output.Name]));
        while (open.TryPop(out var node))
        {
            if (waits.ContainsKey(node)) continue;
            var before = Sources(node);
            waits.Add(node, before.Length);
            foreach (var other in before)
            {
                if (!readers.TryGetValue(other, out var list)) readers.Add(other, list = []);
                list.Add(node);
                open.Push(other);
            }
        }

        var order = new List<int>(waits.Count);
        var ready = new PriorityQueue<int, int>(waits.Where(node => node.Value == 0).Select(node => (node.Key, node.Key)));
        while (ready.TryDequeue(out var node, out _))
        {
            order.Add(node);
            foreach (var reader in readers.GetValueOrDefault(node) ?? [])
                if (--waits[reader] == 0)
                    ready.Enqueue(reader, reader);
        }
        return order.Count == waits.Count ? order : throw Circle(graph, source, waits.Where(node => node.Value > 0).Select(node => node.Key).ToHashSet(), Sources);
    }

    // Whoever waits in vain waits for another one that does; so the way back ends in a circle.
    private static DataException Circle(OnnxGraph graph, string source, HashSet<int> waiting, Func<int, int[]> sources)
    {
        var way = new List<int> { waiting.Min() };
        while (sources(way[^1]).First(waiting.Contains) is var next && way.IndexOf(next) is var start)
        {
            if (start >= 0)
            {
                way = way[start..];
                break;
            }
            way.Add(next);
        }
        var names = Enumerable.Reverse(way).Take(6).Select(index => $"{(graph.Nodes[index].Name is { Length: > 0 } name ? $"'{GraphImport.Shown(name)}'" : $"{index}")} ({GraphImport.Shown(graph.Nodes[index].Operator)})");
        return new DataException(
            $"{source}: the node{(way.Count == 1 ? "" : "s")} {string.Join(", ", names)}{(way.Count > 6 ? " and more" : "")} "
                + $"{(way.Count == 1 ? "reads what it makes itself" : "form a circle, each reads what another of them makes")}, and "
                + "cannot be computed. The file is damaged; export it again.");
    }
}
