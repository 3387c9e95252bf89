using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Partial gradients of one parameter and their sum. Each shard writes a row of its own; after the backward pass the rows are added in the
/// <see cref="ShardTree"/>, whichever thread or rank computed them. A kernel may also write the sums of whole nodes itself, and keeps no
/// rows then.
/// </summary>
internal sealed unsafe class ShardSums
{
    /// <summary>
    /// The rounds of the phases at the end of a step: after the sums of this rank their way to the others, what is left of the tree, the
    /// way of the sums back (<see cref="ShardExchange"/>), the sums of all, and what is derived from them.
    /// </summary>
    public const int ScatterRound = 1, RanksRound = 2, GatherRound = 3, SumRound = 4, DeriveRound = 5;

    // Few enough numbers that the rows of a batch stay in the second-level cache.
    private const int Chunk = 2 * 1024;
    private readonly KernelSite site;
    private readonly int count;
    private readonly nint step;
    private readonly float* target;
    private readonly AlignedBuffer? rows;
    private readonly int place;

    /// <param name="site">The place in the plan.</param>
    /// <param name="count">Numbers of a row.</param>
    /// <param name="target">Where the sum goes; room up to the next multiple of 16 numbers.</param>
    /// <param name="hasRows">Whether shards write rows; otherwise the kernel writes the sum of each root.</param>
    public ShardSums(KernelSite site, int count, float* target, bool hasRows = true)
    {
        (this.site, this.count) = (site, count);
        this.target = target;
        step = (count + LaneLayout.Lanes - 1) / LaneLayout.Lanes * LaneLayout.Lanes;
        if (hasRows) rows = new AlignedBuffer((long)site.Shards * step);
        place = site.Exchange?.Reserve(step) ?? 0;
    }

    public ShardSums(KernelSite site, ParameterSlot parameter, bool hasRows = true)
        : this(site, parameter.Count, parameter.Gradient, hasRows)
    {
    }

    /// <summary>The row of one shard of this rank, which the shard must write completely.</summary>
    public float* Of(int shard) => rows!.Pointer + (shard * step);

    /// <summary>Sets the row of one shard to 0, for kernels that add to it.</summary>
    public void Clear(int shard) => new Span<float>(Of(shard), count).Clear();

    /// <summary>Where the sum of a root of this rank's shards goes: the whole batch is one root.</summary>
    public float* Root(int number) => site.Exchange is { } exchange ? exchange.Own(number) + place : target;

    public void Schedule(PhaseList finish)
    {
        var items = (count + Chunk - 1) / Chunk;
        if (rows is not null) finish.Together(items, SumRoots, site.Exchange is null ? SumRound : 0);
        if (site.Exchange is not null) finish.Together(items, TakeSums, SumRound);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumRoots(in WorkItem item)
    {
        var (total, own) = (site.Step.TotalShards, site.Step.Shards);
        var (first, length) = Part(item);
        var number = 0;
        for (int start = own.Low, end; start < own.High; start = end)
        {
            end = ShardTree.Root(total, start, own.High);
            ShardTree.Sum(Of(start - own.Low) + first, step, end - start, Root(number++) + first, length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeSums(in WorkItem item)
    {
        var (first, length) = Part(item);
        Buffer.MemoryCopy(site.Exchange!.Sum(place) + first, target + first, length * sizeof(float), length * sizeof(float));
    }

    private (nint First, int Length) Part(in WorkItem item) => (item.Index * Chunk, Math.Min(Chunk, count - (item.Index * Chunk)));
}
