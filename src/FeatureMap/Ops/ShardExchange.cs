using System.Runtime.InteropServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The partial sums of all parameters on their way to the other ranks, in one message: a row for each root of this rank's shards. The row
/// of a root stands, on every rank, where its first shard says.
/// </summary>
internal sealed unsafe class ShardExchange(ICollective collective, int totalShards)
{
    private readonly int mostRoots = ShardTree.MostRoots(totalShards, collective.Ranks);
    private AlignedBuffer? own, all;
    private long rowFloats;

    public int Ranks => collective.Ranks;

    /// <summary>Asks for room for one row of numbers; gives its place in each row.</summary>
    public int Reserve(nint floats)
    {
        var place = (int)rowFloats;
        rowFloats += floats;
        return place;
    }

    /// <summary>Takes the memory, when everybody has asked for room.</summary>
    public void Allocate()
    {
        own = new AlignedBuffer(rowFloats * mostRoots);
        all = new AlignedBuffer(rowFloats * mostRoots * Ranks);
    }

    /// <summary>The row of a root of this rank.</summary>
    public float* Own(int root) => own!.Pointer + (root * (nint)rowFloats);

    /// <summary>The row of the root, of whichever rank, that begins at a shard.</summary>
    public float* Of(int shard, int total)
    {
        for (var rank = 0; rank < Ranks; rank++)
        {
            var range = ShardRange.Of(total, rank, Ranks);
            var row = rank * mostRoots;
            for (var start = range.Low; start < range.High; start = ShardTree.Root(total, start, range.High), row++)
                if (start == shard)
                    return all!.Pointer + (row * (nint)rowFloats);
        }
        throw new InvalidOperationException($"No rank's part begins with shard {shard} of {total}.");
    }

    /// <summary>Brings the rows to all ranks.</summary>
    public void Run() => collective.AllGather(MemoryMarshal.AsBytes(own!.Span), MemoryMarshal.AsBytes(all!.Span));
}
