using FeatureMap.Lanes;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class ShardTreeTests
{
    // The definition, as it is written: [low, high) splits at the largest power of two below its length.
    private static string Shown(int low, int high)
    {
        if (high - low == 1) return $"{low}";
        var split = 1;
        while (split * 2 < high - low) split *= 2;
        return $"({Shown(low, low + split)} {Shown(low + split, high)})";
    }

    [Fact]
    public void The_joins_of_all_ranks_and_those_between_them_make_the_same_tree()
    {
        for (var total = 1; total <= 40; total++)
        {
            for (var ranks = 1; ranks <= 6; ranks++)
            {
                var rows = Enumerable.Range(0, total).Select(shard => $"{shard}").ToArray();
                for (var rank = 0; rank < ranks; rank++)
                {
                    var range = ShardRange.Of(total, rank, ranks);
                    Run(ShardTree.Joins(total, range.Low, range.High), _ => true);
                    var roots = 0;
                    for (int start = range.Low, end; start < range.High; start = end, roots++)
                    {
                        end = ShardTree.Root(total, start, range.High);
                        Assert.True(end <= range.High);
                        Assert.Equal(Shown(start, end), rows[start]);
                    }
                    Assert.True(roots <= ShardTree.MostRoots(40, ranks));
                }
                Run(ShardTree.Joins(total, 0, total), joins => !ShardRange.IsOfOne(joins.Left, joins.End, total, ranks));
                Assert.Equal(Shown(0, total), rows[0]);

                void Run(ShardJoins joins, Func<ShardJoins, bool> isWanted)
                {
                    while (joins.Next())
                        if (isWanted(joins))
                            rows[joins.Left] = $"({rows[joins.Left]} {rows[joins.Right]})";
                }
            }
        }
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    [InlineData(16, 8)]
    public void Powers_of_two_send_one_row_each(int shards, int ranks)
    {
        for (var rank = 0; rank < ranks; rank++)
        {
            var range = ShardRange.Of(shards, rank, ranks);
            Assert.Equal(range.High, ShardTree.Root(shards, range.Low, range.High));
        }
    }

    [Fact]
    public unsafe void A_sum_in_registers_has_the_bits_of_the_tree()
    {
        const int count = 37, step = 48;
        var random = new Random(5);
        for (var shards = 1; shards <= 35; shards++)
        {
            var rows = new AlignedBuffer(shards * step);
            foreach (ref var value in rows.Span)
                value = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-4, 5)));
            var copy = rows.Span.ToArray();
            var target = new AlignedBuffer(count);
            ShardTree.Sum(rows.Pointer, step, shards, target.Pointer, count);
            for (var i = 0; i < count; i++)
                Assert.Equal(Expected(0, shards, i), target.Span[i]);

            float Expected(int low, int high, int i)
            {
                if (high - low == 1) return copy[(low * step) + i];
                var split = 1;
                while (split * 2 < high - low) split *= 2;
                return Expected(low, low + split, i) + Expected(low + split, high, i);
            }
        }
    }
}
