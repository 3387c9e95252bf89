using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>What a model makes of many images at a layer of one's choice.</summary>
public static class EmbeddingExtraction
{
    private const int Batch = 256;

    /// <summary>The output of a layer for every image of a set, in its order, with the images' classes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="layer">Name of the layer, such as <c>embedding</c>; the network's output where null. A map is taken as one long
    /// vector.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    /// <exception cref="UsageException">The network has no layer of this name.</exception>
    public static Embeddings Embed(this Model model, ImageSet set, string? layer = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        model.CheckSet(set);
        var network = layer is null ? model.Network : model.Network.CutAt(layer);
        using var predictor = new Predictor(model, model.Weights.ShareWith(network), Math.Min(Batch, set.Count), threads);
        predictor.Prepare();
        var dimensions = network.Output.Count;
        var values = new float[(long)set.Count * dimensions];
        for (var start = 0; start < set.Count; start += predictor.Capacity)
        {
            var count = Math.Min(predictor.Capacity, set.Count - start);
            for (var i = 0; i < count; i++)
                set.Pixels(start + i).CopyTo(predictor.Pixels(i));
            predictor.Run(count);
            for (var i = 0; i < count; i++)
                predictor.Scores(i).CopyTo(values.AsSpan((start + i) * dimensions));
        }
        return new Embeddings(values, dimensions, [.. Enumerable.Range(0, set.Count).Select(set.Label)]);
    }
}
