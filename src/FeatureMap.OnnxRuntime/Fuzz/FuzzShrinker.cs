namespace FeatureMap.OnnxRuntime;

/// <summary>
/// Makes a graph that fails smaller for as long as it still fails in the same way: fewer images, fewer layers at the end, at the beginning
/// and in between.
/// </summary>
internal static class FuzzShrinker
{
    /// <summary>The smallest graph that was found.</summary>
    public static FuzzGraph Shrink(FuzzGraph graph, FuzzOutcome outcome)
    {
        bool Fails(FuzzGraph? part) => part is not null && FuzzJudge.Judge(part).Outcome == outcome;

        if (graph.Batch > 1)
            for (var image = 0; image < graph.Batch; image++)
                if (Fails(graph.Image(image)))
                {
                    graph = graph.Image(image);
                    break;
                }
        for (var isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (var part in Parts(graph))
                if (part is not null && part.Network.Layers.Count < graph.Network.Layers.Count && Fails(part))
                {
                    (graph, isSmaller) = (part, true);
                    break;
                }
        }
        return graph;
    }

    private static IEnumerable<FuzzGraph?> Parts(FuzzGraph graph)
    {
        var last = graph.Network.Layers.Count - 1;
        for (var end = 1; end < last; end++)
            yield return graph.Part(0, end);
        for (var first = last - 1; first > 0; first--)
            yield return graph.Part(first, last);
        for (var left = last; left > 0; left--)
            if (graph.Network.Layers[left].Inputs.Count > 0)
                yield return graph.Part(0, last, left);
    }
}
