namespace FeatureMap.Ops;

/// <summary>
/// What several ranks (processes, on one machine or on several) that train one network together need of whatever connects them: bytes that
/// are moved. Nothing is added on the way; sums are made here, in one fixed tree, so no bit of a training depends on the connection or on
/// how many ranks there are. All ranks call the same members in the same order with the same lengths, from one thread at a time.
/// <c>FeatureMap.Mpi</c> has one over MPI.
/// </summary>
/// <remarks>
/// What fails is thrown as <see cref="RankException"/>. A call must return or fail in bounded time, whatever became of the others, and it
/// allocates nothing when all is well.
/// </remarks>
public interface ICollective
{
    /// <summary>Which rank this one is, from 0. Rank 0 writes and tells.</summary>
    int Rank { get; }

    /// <summary>How many there are, at least 1.</summary>
    int Ranks { get; }

    /// <summary>Brings what each rank gives to all of them.</summary>
    /// <param name="own">The bytes of this rank: as many on each.</param>
    /// <param name="all">Those of all ranks, one after the other: <see cref="Ranks"/> times as many.</param>
    void AllGather(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Brings to each rank the part that every one has for it.</summary>
    /// <param name="own"><see cref="Ranks"/> parts of equal length, the first for rank 0.</param>
    /// <param name="all">As many: the parts that the ranks had for this one, in their order.</param>
    void AllToAll(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Brings the bytes of rank 0 to all others.</summary>
    /// <param name="bytes">Given by rank 0, received by the others; as many on each.</param>
    void Broadcast(Span<byte> bytes);
}

/// <summary>A rank that is alone: the usual case.</summary>
internal sealed class OneRank : ICollective
{
    public static OneRank Instance { get; } = new();

    public int Rank => 0;

    public int Ranks => 1;

    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all) => own.CopyTo(all);

    public void AllToAll(ReadOnlySpan<byte> own, Span<byte> all) => own.CopyTo(all);

    public void Broadcast(Span<byte> bytes)
    {
    }
}
