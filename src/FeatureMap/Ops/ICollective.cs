namespace FeatureMap.Ops;

/// <summary>
/// What several ranks that train one network together need of whatever connects them: bytes that go to all. Nothing is added on the way;
/// sums are made by <see cref="ShardTree"/>, so they do not depend on the connection. All ranks call it in the same order.
/// </summary>
internal interface ICollective
{
    /// <summary>Which one this is, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Ranks { get; }

    /// <summary>Brings what each rank gives to all of them.</summary>
    /// <param name="own">The bytes of this rank: as many on each.</param>
    /// <param name="all">Those of all ranks, one after the other.</param>
    void AllGather(ReadOnlySpan<byte> own, Span<byte> all);
}

/// <summary>A rank that is alone: the usual case.</summary>
internal sealed class OneRank : ICollective
{
    public static OneRank Instance { get; } = new();

    public int Rank => 0;

    public int Ranks => 1;

    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all) => own.CopyTo(all);
}
