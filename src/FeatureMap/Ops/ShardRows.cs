using System.Runtime.InteropServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>Joins what two nodes of the tree hold: the result stands in the left row. The counts are those of their images.</summary>
internal delegate void RowJoin(Span<double> left, ReadOnlySpan<double> right, int leftImages, int rightImages);

/// <summary>
/// A few numbers in double precision of each shard of the whole batch (statistics, losses), and what they are together: joined in the <see
/// cref="ShardTree"/>, over all ranks.
/// </summary>
/// <param name="shards">Shards of the largest batch, over all ranks.</param>
/// <param name="width">Numbers of a row.</param>
/// <param name="collective">The ranks.</param>
internal sealed class ShardRows(int shards, int width, ICollective collective)
{
    private const int Lanes = LaneLayout.Lanes;
    private readonly double[] rows = new double[shards * width];

    // Of each rank: a row for each of its roots, and its word.
    private readonly double[] own = Message(shards, width, collective, 1), all = Message(shards, width, collective, collective.Ranks);

    /// <summary>
    /// A number that goes along with what each rank gives in <see cref="Join(StepState, RowJoin)"/>; afterwards the largest of all of them.
    /// </summary>
    public double Word { get; set; }

    /// <summary>Adds one row to the other: for rows that are sums.</summary>
    public static RowJoin Add { get; } = (left, right, _, _) =>
    {
        for (var i = 0; i < left.Length; i++)
            left[i] += right[i];
    };

    /// <summary>
    /// The row of a shard of the whole batch; after <see cref="Join(StepState, RowJoin)"/>, that of shard 0 is the result.
    /// </summary>
    public Span<double> Of(int shard) => rows.AsSpan(shard * width, width);

    /// <summary>Joins all rows of the batch. Every rank has the same result.</summary>
    public ReadOnlySpan<double> Join(StepState step, RowJoin join) => Join(step, join, new(0, width));

    /// <summary>
    /// Joins some numbers of all rows, and may be called for others at the same time; with several ranks, only for all.
    /// </summary>
    public ReadOnlySpan<double> Join(StepState step, RowJoin join, IndexRange numbers)
    {
        var (total, here) = (step.TotalShards, step.Shards);
        var joins = ShardTree.Joins(total, here.Low, here.High);
        while (joins.Next())
            JoinPair(joins, step.Total, join, numbers);
        if (collective.Ranks == 1) return Of(0);
        Exchange(total, here);
        joins = ShardTree.Joins(total, 0, total);
        while (joins.Next())
            if (!ShardRange.IsOfOne(joins.Left, joins.End, total, collective.Ranks))
                JoinPair(joins, step.Total, join, numbers);
        return Of(0);
    }

    private static double[] Message(int shards, int width, ICollective collective, int ranks) =>
        collective.Ranks == 1 ? [] : new double[((ShardTree.MostRoots(shards, collective.Ranks) * width) + 1) * ranks];

    private void JoinPair(ShardJoins joins, int images, RowJoin join, IndexRange numbers) => join(
        Of(joins.Left).Slice(numbers.First, numbers.Count), Of(joins.Right).Slice(numbers.First, numbers.Count),
        (joins.Right - joins.Left) * Lanes, Math.Min(images, joins.End * Lanes) - (joins.Right * Lanes));

    private void Exchange(int total, ShardRange here)
    {
        var place = 0;
        for (var start = here.Low; start < here.High; start = ShardTree.Root(total, start, here.High), place += width)
            Of(start).CopyTo(own.AsSpan(place));
        own[^1] = Word;
        collective.AllGather(MemoryMarshal.AsBytes(own.AsSpan()), MemoryMarshal.AsBytes(all.AsSpan()));
        for (var rank = 0; rank < collective.Ranks; rank++)
        {
            var range = ShardRange.Of(total, rank, collective.Ranks);
            place = rank * own.Length;
            for (var start = range.Low; start < range.High; start = ShardTree.Root(total, start, range.High), place += width)
                all.AsSpan(place, width).CopyTo(Of(start));
            Word = Math.Max(Word, all[((rank + 1) * own.Length) - 1]);
        }
    }
}
