using System.Runtime.CompilerServices;
using System.Numerics;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The fixed binary tree in which every sum over the shards of a batch is made: [low, high) splits at the largest power of two below its
/// length. It depends on the number of shards of the whole batch alone, so a sum has the same bits for any number of threads, and for any
/// number of ranks that hold consecutive shards: each rank makes the joins that lie inside of its range, one partial sum per <see
/// cref="Root(int, int, int)">root</see> goes to the others, and everybody makes the joins that are left.
/// </summary>
internal static class ShardTree
{
    /// <summary>
    /// All joins of the tree over <paramref name="total"/> shards that lie inside [<paramref name="low"/>, <paramref name="high"/>),
    /// children before parents.
    /// </summary>
    public static ShardJoins Joins(int total, int low, int high) => new(total, low, high);

    /// <summary>
    /// The end of the largest node that begins at <paramref name="start"/> and ends by <paramref name="high"/>; the next root of a range
    /// begins there.
    /// </summary>
    public static int Root(int total, int start, int high)
    {
        var width = 1;
        while (start % (2 * width) == 0 && start + width < total && Math.Min(start + (2 * width), total) <= high) width *= 2;
        return Math.Min(start + width, total);
    }

    /// <summary>The most roots that one of several ranks can hold, for any batch of up to <paramref name="total"/> shards.</summary>
    public static int MostRoots(int total, int ranks)
    {
        var most = 1;
        for (var shards = 1; shards <= total; shards++)
            most = Math.Max(most, Roots(shards, ranks));
        return most;
    }

    /// <summary>The most roots that one of several ranks holds for a batch of <paramref name="total"/> shards.</summary>
    public static int Roots(int total, int ranks)
    {
        var most = 0;
        for (var rank = 0; rank < ranks; rank++)
            most = Math.Max(most, CountRoots(total, ShardRange.Of(total, rank, ranks)));
        return most;
    }

    /// <summary>
    /// The sum of a node, in place: <paramref name="rows"/> is the row of its first shard, and the rows are used up. Eight rows at a time
    /// meet in registers, their sums in memory. Rows may be read and written up to the next multiple of 16 numbers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Sum(float* rows, nint step, int shards, float* target, nint count)
    {
        for (var first = 0; first < shards; first += 8)
            SumEight(rows + (first * step), step, Math.Min(8, shards - first), shards <= 8 ? target : rows + (first * step), count);
        for (var width = 8; width < shards; width *= 2)
        {
            for (var left = 0; left + width < shards; left += 2 * width)
            {
                var sum = rows + (left * step);
                Add(sum, rows + ((left + width) * step), 2 * width >= shards ? target : sum, count);
            }
        }
    }

    /// <summary>The sum of two rows, up to the next multiple of 16 numbers.</summary>
    public static unsafe void Add(float* a, float* b, float* target, nint count)
    {
        for (nint i = 0; i < count; i += Vector<float>.Count)
            Vector.Store(Vector.Load(a + i) + Vector.Load(b + i), target + i);
    }

    private static int CountRoots(int total, ShardRange range)
    {
        var count = 0;
        for (var start = range.Low; start < range.High; start = Root(total, start, range.High))
            count++;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SumEight(float* rows, nint step, int shards, float* target, nint count)
    {
        for (nint i = 0; i < count; i += Vector<float>.Count)
        {
            var row = rows + i;
            var sum = Vector.Load(row);
            if (shards > 1) sum += Vector.Load(row + step);
            if (shards > 2)
            {
                var second = Vector.Load(row + (2 * step));
                if (shards > 3) second += Vector.Load(row + (3 * step));
                sum += second;
            }
            if (shards > 4)
            {
                var third = Vector.Load(row + (4 * step));
                if (shards > 5) third += Vector.Load(row + (5 * step));
                if (shards > 6)
                {
                    var fourth = Vector.Load(row + (6 * step));
                    if (shards > 7) fourth += Vector.Load(row + (7 * step));
                    third += fourth;
                }
                sum += third;
            }
            Vector.Store(sum, target + i);
        }
    }
}

/// <summary>Consecutive shards of a batch: those of one rank.</summary>
/// <param name="Low">The first.</param>
/// <param name="High">The one behind the last.</param>
internal readonly record struct ShardRange(int Low, int High)
{
    /// <summary>The part of one rank: as even as whole shards allow, and whole subtrees where shards and ranks are powers of two.</summary>
    public static ShardRange Of(int total, int rank, int ranks) => new((int)((long)total * rank / ranks), (int)((long)total * (rank + 1) / ranks));

    /// <summary>The rank that has a shard.</summary>
    public static int RankOf(int shard, int total, int ranks) => (int)(((((long)shard + 1) * ranks) - 1) / total);

    /// <summary>Whether the node [low, high) of a tree lies inside of the part of one of the ranks.</summary>
    public static bool IsOfOne(int low, int high, int total, int ranks) => high <= Of(total, RankOf(low, total, ranks), ranks).High;
}

/// <summary>Walks over the joins of a tree without allocating: <c>while (joins.Next()) ...</c></summary>
internal struct ShardJoins(int total, int low, int high)
{
    private int width = 1, done;

    /// <summary>First shard of the left child, whose row takes the sum.</summary>
    public int Left { get; private set; }

    /// <summary>First shard of the right child.</summary>
    public int Right { get; private set; }

    /// <summary>The shard behind the last one of the right child.</summary>
    public int End { get; private set; }

    public bool Next()
    {
        for (; width < total; width *= 2, done = 0)
        {
            var left = ((low + (2 * width) - 1) / (2 * width) + done) * 2 * width;
            var end = Math.Min(left + (2 * width), total);
            if (left + width >= total || end > high) continue;
            (Left, Right, End) = (left, left + width, end);
            done++;
            return true;
        }
        return false;
    }
}
