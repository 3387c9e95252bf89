using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// Into how many pieces the work on a shard is cut. A thread that takes whole shards walks them through many layers while they are in its
/// cache and needs no meeting; but where there are fewer shards than would keep all threads busy, layers are cut into bands of rows, blocks
/// of outputs and channels, and the team meets between those that read more than their own piece. No sum is cut, so no bit depends on it.
/// </summary>
/// <param name="Parts">Pieces of a shard where the work is heavy enough; 1 for whole shards.</param>
/// <param name="LeastWork">Multiply-adds of a piece, all lanes counted.</param>
internal readonly record struct ShardCut(int Parts, long LeastWork = ShardCut.WorkOfMicroseconds)
{
    // Pieces per thread: those that end first take another, so the last ones are short.
    private const int PiecesPerThread = 4;

    // Whole shards stay whole while at most this share of the threads' time is idle.
    private const double MostIdle = 0.15;

    // About ten microseconds, where a meeting takes one or two.
    private const long WorkOfMicroseconds = 1_000_000;

    // Where each thread has a shard of its own at least, less time is idle than a light network would lose by its walk through the cache.
    private const long WorkPerShard = 8 * WorkOfMicroseconds;

    // A number that is read or written costs as much as some multiply-adds.
    private const long WorkPerFloat = 40;

    // Numbers of a piece on its way through several phases: those of the tensors that it meets should stay in the second-level cache.
    private const long CacheFloats = 64 * 1024;

    /// <summary>Whole shards.</summary>
    public static ShardCut None => new(1);

    /// <summary>The cut for some shards on some threads.</summary>
    public static ShardCut Of(int threads, int shards)
    {
        var rounds = (shards + threads - 1) / threads;
        var idle = 1 - ((double)shards / ((long)rounds * threads));
        if (idle <= MostIdle) return None;
        return new ShardCut(((PiecesPerThread * threads) + shards - 1) / shards, shards < threads ? WorkOfMicroseconds : WorkPerShard);
    }

    /// <summary>Pieces of a layer's work on one shard.</summary>
    public int Of(Op op, IReadOnlyList<Shape> inputs, Shape output)
    {
        var numbers = Math.Max(output.Count, inputs.Select(input => (long)input.Count).DefaultIfEmpty(0).Max());
        return Pieces(LaneLayout.Lanes * (op.Cost(inputs).MultiplyAdds + (WorkPerFloat * numbers)));
    }

    /// <summary>Pieces of phases that some channels can go through without the others.</summary>
    public int Of(IReadOnlyList<Phase> phases)
    {
        var floats = phases.Sum(phase => phase.Floats);
        var pieces = Pieces(WorkPerFloat * floats);
        if (pieces > 1 && phases.Count > 1) pieces = Math.Max(pieces, (int)(phases.Max(phase => phase.Floats) / CacheFloats));
        return Math.Min(pieces, phases[0].Channels);
    }

    private int Pieces(long work) => (int)Math.Clamp(work / LeastWork, 1, Parts);
}
