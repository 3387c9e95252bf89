using FeatureMap.Lanes;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>How many images to run at a time where the outputs of all layers stay in memory: one shard of a large network, several of a
/// small one, so that threads have something to share.</summary>
internal static class KeptBatch
{
    private const int Most = 64;
    private const long SmallNetwork = 1_000_000; // numbers per image: 4 MB, and 64 images of it 256 MB

    public static int For(Network network, int images) =>
        Math.Min(images, network.Layers.Sum(layer => (long)layer.Output.Count) <= SmallNetwork ? Most : LaneLayout.Lanes);
}
