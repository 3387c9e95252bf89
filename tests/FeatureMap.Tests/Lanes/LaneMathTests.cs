using FeatureMap.Lanes;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lanes;

public sealed unsafe class LaneMathTests
{
    private const int Count = 1 << 16;

    [Fact]
    public void The_exponential_is_within_its_error_bound_with_the_same_bits_at_every_width()
    {
        var numbers = new float[Count];
        for (var i = 0; i < Count; i++)
            numbers[i] = -87.3f + (175.6f * i / (Count - 1));
        var result = AtEveryWidth(numbers, isLog: false);
        for (var i = 0; i < Count; i++)
            Assert.True(Math.Abs((result[i] / Math.Exp(numbers[i])) - 1) < Math.Pow(2, -22), $"exp({numbers[i]:R}) = {result[i]:R}");
    }

    [Fact]
    public void The_exponential_is_clamped_and_lets_not_a_number_through()
    {
        float[] numbers = [0, -0f, -1000, float.NegativeInfinity, 1000, float.PositiveInfinity, float.NaN, 1, float.Epsilon, -1, 2, 3, 4, 5, 6, 7];
        var result = AtEveryWidth(numbers, isLog: false);
        Assert.Equal([1, 1], result[..2]);
        Assert.Equal(result[2], result[3]);
        Assert.InRange(result[2], 1.17549435e-38f, 1.3e-38f); // a normal number, not 0
        Assert.Equal(result[4], result[5]);
        Assert.InRange(result[4], 2e38f, float.MaxValue);
        Assert.True(float.IsNaN(result[6]));
        Assert.Equal(1, result[8]);
    }

    [Fact]
    public void The_logarithm_is_within_its_error_bound_with_the_same_bits_at_every_width()
    {
        var random = new RandomSequence(3, RandomPurpose.Testing);
        var numbers = new float[Count];
        for (var i = 0; i < Count; i++)
            numbers[i] = i % 2 == 0
                ? BitConverter.UInt32BitsToSingle(0x0080_0000 + (random.NextUInt32() % 0x7F00_0000)) // any positive normal number
                : random.NextSingle(0.5f, 2);
        (numbers[0], numbers[1]) = (1, float.MaxValue);
        var result = AtEveryWidth(numbers, isLog: true);
        Assert.Equal(0, result[0]);
        for (var i = 0; i < Count; i++)
        {
            var exact = Math.Log(numbers[i]);
            Assert.True(Math.Abs(result[i] - exact) <= 1.5 * Math.Pow(2, -23) * Math.Max(0.5, Math.Abs(exact)), $"log({numbers[i]:R}) = {result[i]:R}, exactly {exact:R}");
        }
        Assert.All(AtEveryWidth(Enumerable.Repeat(float.NaN, 16).ToArray(), isLog: true), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void A_sum_follows_its_tree()
    {
        var random = new RandomSequence(4, RandomPurpose.Testing);
        var differs = 0;
        for (var trial = 0; trial < 200; trial++)
        {
            var x = new float[16];
            foreach (ref var value in x.AsSpan())
                value = random.NextSingle(-1, 1) * MathF.ScaleB(1, random.NextInt(20));
            var tree = x.ToArray();
            for (var half = 8; half > 0; half /= 2)
                for (var i = 0; i < half; i++)
                    tree[i] += tree[i + half];
            fixed (float* lanes = x)
            {
                Assert.Equal(tree[0], LaneMath.Sum(lanes));
                Assert.Equal(x.Aggregate(0.0, (sum, value) => sum + value), LaneMath.SumDouble(lanes));
            }
            if (tree[0] != x.Aggregate(0f, (sum, value) => sum + value)) differs++;
        }
        Assert.NotEqual(0, differs); // or else these numbers would not tell one order from another
    }

    private static float[] AtEveryWidth(float[] numbers, bool isLog)
    {
        var result = Run<Lanes512>(numbers, isLog);
        foreach (var other in (float[][])[Run<Lanes256>(numbers, isLog), Run<Lanes128>(numbers, isLog), Run<LanesScalar>(numbers, isLog)])
            for (var i = 0; i < numbers.Length; i++)
                Assert.True(LaneTests.Bits(result[i]) == LaneTests.Bits(other[i]) || (float.IsNaN(result[i]) && float.IsNaN(other[i])), $"{numbers[i]:R}: {result[i]:R} and {other[i]:R}");
        return result;
    }

    private static float[] Run<TLanes>(float[] numbers, bool isLog) where TLanes : unmanaged, ILanes<TLanes>
    {
        var result = new float[numbers.Length];
        fixed (float* source = numbers, target = result)
            for (var i = 0; i < numbers.Length; i += TLanes.Width)
                TLanes.Store(target + i, isLog ? LaneMath.Log(TLanes.Load(source + i)) : LaneMath.Exp(TLanes.Load(source + i)));
        return result;
    }
}
