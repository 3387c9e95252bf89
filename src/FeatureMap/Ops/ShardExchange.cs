using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The partial sums of all parameters on their way between ranks, and the sum of all. Each rank has a row for each root of its shards, and
/// answers for one part of the numbers: it receives that part of all rows, makes the joins of the tree that are left, and gives the
/// sums to all. So each number goes over the network twice, however many ranks there are.
/// </summary>
internal sealed unsafe class ShardExchange(ICollective collective, int totalShards)
{
    // Few enough numbers that the rows of all ranks stay in the second-level cache.
    private const int Chunk = 2 * 1024;
    private readonly int mostRoots = ShardTree.MostRoots(totalShards, collective.Ranks);
    private AlignedBuffer? own, met, sums;
    private nint rowFloats, partFloats;

    public int Ranks => collective.Ranks;

    /// <summary>Asks for room for one row of numbers, a multiple of 16; gives its place in each row.</summary>
    public int Reserve(nint floats)
    {
        var place = (int)rowFloats;
        rowFloats += floats;
        return place;
    }

    /// <summary>Takes the memory, when everybody has asked for room.</summary>
    public void Allocate()
    {
        var lines = ((rowFloats / LaneLayout.Lanes) + Ranks - 1) / Ranks;
        partFloats = lines * LaneLayout.Lanes;
        rowFloats = partFloats * Ranks;
        own = new AlignedBuffer(rowFloats * mostRoots);
        met = new AlignedBuffer(rowFloats * mostRoots);
        sums = new AlignedBuffer(rowFloats);
    }

    /// <summary>The phases between the sums of this rank and what everybody takes from those of all.</summary>
    public void Schedule(PhaseList finish, StepState step)
    {
        if (rowFloats == 0) return;
        finish.Together(1, (in _) => Scatter(step), ShardSums.ScatterRound);
        finish.Together((int)((partFloats + Chunk - 1) / Chunk), (in item) => Join(item.Index, step), ShardSums.RanksRound);
        finish.Together(1, (in _) => Gather(), ShardSums.GatherRound);
    }

    /// <summary>The row of a root of this rank.</summary>
    public float* Own(int root) => own!.Pointer + (root * rowFloats);

    /// <summary>The sums of all ranks, when they have come: from a place of a row on.</summary>
    public float* Sum(int place) => sums!.Pointer + place;

    // A message for the first roots of all ranks, one for the second, and so on: mostly there is one.
    private void Scatter(StepState step)
    {
        var roots = ShardTree.Roots(step.TotalShards, Ranks);
        for (var root = 0; root < roots; root++)
            collective.AllToAll(Bytes(Own(root), rowFloats), Bytes(met!.Pointer + (root * rowFloats), rowFloats));
    }

    private void Join(int item, StepState step)
    {
        var (first, total) = ((nint)item * Chunk, step.TotalShards);
        var count = Math.Min(Chunk, partFloats - first);
        var joins = ShardTree.Joins(total, 0, total);
        while (joins.Next())
        {
            if (ShardRange.IsOfOne(joins.Left, joins.End, total, Ranks)) continue;
            var left = Met(joins.Left, total) + first;
            ShardTree.Add(left, Met(joins.Right, total) + first, left, count);
        }
        var bytes = count * sizeof(float);
        Buffer.MemoryCopy(Met(0, total) + first, own!.Pointer + first, bytes, bytes);
    }

    private void Gather() => collective.AllGather(Bytes(own!.Pointer, partFloats), Bytes(sums!.Pointer, rowFloats));

    /// <summary>This rank's part of the row of the root, of whichever rank, that begins at a shard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Met(int shard, int total)
    {
        for (var rank = 0; rank < Ranks; rank++)
        {
            var range = ShardRange.Of(total, rank, Ranks);
            var root = 0;
            for (var start = range.Low; start < range.High; start = ShardTree.Root(total, start, range.High), root++)
                if (start == shard)
                    return met!.Pointer + (((root * Ranks) + rank) * partFloats);
        }
        throw new InvalidOperationException($"No rank's part begins with shard {shard} of {total}.");
    }

    private static Span<byte> Bytes(float* numbers, nint count) =>
        MemoryMarshal.AsBytes(new Span<float>(numbers, (int)count));
}
