using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Partial gradients of one parameter, one row per shard, and their sum. Each shard writes its own row; after the backward pass the rows are added in
/// the order of the shards, whichever thread computed them, so the sum has the same bits for any number of threads.
/// </summary>
internal sealed unsafe class ShardSums(KernelSite site, ParameterSlot parameter)
{
    private const int Chunk = 8 * 1024;
    private readonly AlignedBuffer rows = new((long)site.Shards * parameter.Count);

    /// <summary>The row of one shard, which the shard must write completely.</summary>
    public float* Of(int shard) => rows.Pointer + ((nint)shard * parameter.Count);

    /// <summary>Sets the row of one shard to 0, for kernels that add to it.</summary>
    public void Clear(int shard) => new Span<float>(Of(shard), parameter.Count).Clear();

    public void Schedule(PhaseList finish) => finish.Together((parameter.Count + Chunk - 1) / Chunk, Sum);

    private void Sum(in WorkItem item)
    {
        var shards = LaneLayout.Shards(site.Step.Count);
        var end = Math.Min(parameter.Count, (item.Index + 1) * Chunk);
        var target = parameter.Gradient;
        for (var i = item.Index * Chunk; i < end; i++)
        {
            var sum = rows.Pointer[i];
            for (nint shard = 1; shard < shards; shard++)
                sum += rows.Pointer[(shard * parameter.Count) + i];
            target[i] = sum;
        }
    }
}
