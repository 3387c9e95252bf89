using System.Runtime.InteropServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Numbers of every shard of the whole batch, brought to all ranks: for ops that compare images with each other. Of one rank, what it gives
/// is what there is.
/// </summary>
internal sealed unsafe class ShardGather
{
    private readonly KernelSite site;
    private readonly nint floats;
    private readonly AlignedBuffer own, all;

    /// <param name="site">The place in the plan.</param>
    /// <param name="floats">Numbers of a shard, a multiple of 16.</param>
    public ShardGather(KernelSite site, nint floats)
    {
        (this.site, this.floats) = (site, floats);
        own = new AlignedBuffer((long)site.Shards * floats);
        // Every rank gives as much, whether it has shards for it or not.
        all = site.Collective.Ranks == 1 ? own : new AlignedBuffer((long)site.Shards * floats * site.Collective.Ranks);
    }

    /// <summary>Where a shard of this rank gives its numbers.</summary>
    public float* Own(int shard) => own.Pointer + (shard * floats);

    /// <summary>The numbers of a shard of the whole batch, behind <see cref="Exchange"/>.</summary>
    public float* Of(int shard)
    {
        if (all == own) return Own(shard);
        var (total, ranks) = (site.Step.TotalShards, site.Collective.Ranks);
        var rank = ShardRange.RankOf(shard, total, ranks);
        return all.Pointer + (((rank * site.Shards) + shard - ShardRange.Of(total, rank, ranks).Low) * floats);
    }

    /// <summary>Brings them to all: when all shards of this rank have given theirs, on one thread.</summary>
    public void Exchange()
    {
        if (all != own) site.Collective.AllGather(MemoryMarshal.AsBytes(own.Span), MemoryMarshal.AsBytes(all.Span));
    }
}
