using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Randomness;

public sealed class PhiloxTests
{
    // Known answers published with the generator (Random123, kat_vectors, philox4x32 10).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Words_equal_the_published_known_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Words(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Streams_and_purposes_share_no_number()
    {
        Assert.Equal(new RandomSequence(7, RandomPurpose.Augmentation, 2, 3).NextUInt32(), new RandomSequence(7, RandomPurpose.Augmentation, 2, 3, stream: 0).NextUInt32());
        var first = new HashSet<uint>();
        foreach (var purpose in Enum.GetValues<RandomPurpose>())
            for (uint stream = 0; stream < 100; stream++)
                first.Add(new RandomSequence(7, purpose, 2, 3, stream).NextUInt32());
        Assert.Equal(100 * Enum.GetValues<RandomPurpose>().Length, first.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSequence(7, RandomPurpose.Augmentation, stream: 1u << 24));
    }

    [Fact]
    public void NextInt_is_uniform_within_five_deviations()
    {
        var sequence = new RandomSequence(7, RandomPurpose.Testing);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
            counts[sequence.NextInt(10)]++;
        foreach (var count in counts)
            Assert.InRange(count, 10_000 - 475, 10_000 + 475);
    }

    [Fact]
    public void Portable_functions_agree_with_the_platform_to_two_units_in_the_last_place()
    {
        var sequence = new RandomSequence(3, RandomPurpose.Testing);
        for (var i = 0; i < 20_000; i++)
        {
            var x = (sequence.NextDouble() - 0.5) * 200;
            AssertNear(Math.Exp(x), PortableMath.Exp(x));
            AssertNear(Math.Log(Math.Abs(x)), PortableMath.Log(Math.Abs(x)));
            Assert.Equal(Math.Sin(x), PortableMath.Sin(x), 1e-14);
            Assert.Equal(Math.Cos(x), PortableMath.Cos(x), 1e-14);
        }
        Assert.Equal(Math.Log(double.Epsilon), PortableMath.Log(double.Epsilon), 1e-12);
        Assert.Equal(double.NegativeInfinity, PortableMath.Log(0));
        Assert.True(double.IsNaN(PortableMath.Log(-1)));
        Assert.Equal(0, PortableMath.Exp(-800));
    }

    private static void AssertNear(double expected, double actual) => Assert.True(
        Math.Abs(expected - actual) <= 4e-16 * Math.Max(1, Math.Abs(expected)), $"expected {expected:R}, received {actual:R}");
}
