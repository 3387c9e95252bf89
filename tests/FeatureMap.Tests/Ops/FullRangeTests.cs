using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>Exponential, logarithm and power over the whole range of floats, against double precision.</summary>
public sealed unsafe class FullRangeTests
{
    private const int Count = 1 << 14;

    [Fact]
    public void The_exponential_reaches_to_both_ends()
    {
        for (var i = 0; i < Count; i++)
        {
            var x = -110f + (200f * i / (Count - 1));
            var exact = Math.Exp(x);
            var received = Run(FullRange.Exp, x);
            if ((float)exact >= 1.2e-38 && exact <= float.MaxValue)
                Assert.True(Math.Abs((received / exact) - 1) < Math.Pow(2, -20), $"exp({x:R}) = {received:R}, exactly {exact:R}");
            else
                Assert.True(exact > float.MaxValue ? float.IsPositiveInfinity(received) : Math.Abs(received - exact) <= 3 * float.Epsilon, $"exp({x:R}) = {received:R}, exactly {exact:R}");
        }
    }

    [Fact]
    public void The_logarithm_is_right_down_to_the_smallest_number()
    {
        var random = new RandomSequence(6, RandomPurpose.Testing);
        for (var i = 0; i < Count; i++)
        {
            var x = BitConverter.UInt32BitsToSingle(1 + (random.NextUInt32() % (i % 2 == 0 ? 0x0080_0000u : 0x7F7F_FFFFu)));
            var exact = Math.Log(x);
            var received = Run(FullRange.Log, x);
            Assert.True(Math.Abs(received - exact) <= 2 * Math.Pow(2, -23) * Math.Max(0.5, Math.Abs(exact)), $"log({x:R}) = {received:R}, exactly {exact:R}");
        }
    }

    [Fact]
    public void A_power_is_as_exact_as_its_exponent_is_small()
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        for (var i = 0; i < Count; i++)
        {
            var (x, y) = (random.NextSingle(0.01f, 20), random.NextSingle(-8, 8));
            var (exact, received) = (Math.Pow(x, y), Power(x, y));
            var bound = Math.Pow(2, -21) * (1 + Math.Abs(y * Math.Log(x)));
            Assert.True(Math.Abs((received / exact) - 1) < bound, $"{x:R}^{y:R} = {received:R}, exactly {exact:R}");
            Assert.Equal(received, -Power(-x, 0) * -received); // 1 for any number to the power of 0
        }
    }

    [Fact]
    public void Whole_powers_are_exact()
    {
        for (var n = 0; n <= 15; n++)
            Assert.Equal((float)Math.Pow(-3, n), WholePower(-3, n));
        Assert.Equal(0.015625f, WholePower(4, -3));
    }

    private delegate LanesScalar Function(LanesScalar x);

    private static float Run(Function function, float x) => Value(function(LanesScalar.Broadcast(x)));

    private static float Power(float x, float y) => Value(FullRange.Power(LanesScalar.Broadcast(x), LanesScalar.Broadcast(y)));

    private static float WholePower(float x, int n) => Value(FullRange.WholePower(LanesScalar.Broadcast(x), n));

    private static float Value(LanesScalar lane)
    {
        float value;
        LanesScalar.Store(&value, lane);
        return value;
    }
}
