using FeatureMap.Lanes;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lanes;

/// <summary>Every member of <see cref="ILanes{TSelf}"/> at every width against plain scalar arithmetic, bit by bit.</summary>
public sealed unsafe class LaneTests
{
    private static readonly float[] Specials =
    [
        0, -0f, 1, -1, 0.5f, 1.5f, 2.5f, -0.5f, -2.5f, 3, 1e-3f, 16_777_217, 8_388_607.5f, 1 + (1 / 4096f), float.Epsilon, -1e-40f,
        float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN,
    ];

    public static TheoryData<string> Members => [.. Formulas.Keys];

    private static Dictionary<string, Func<float, float, float, float>> Formulas { get; } = new()
    {
        ["add"] = (a, b, _) => a + b,
        ["subtract"] = (a, b, _) => a - b,
        ["multiply"] = (a, b, _) => a * b,
        ["divide"] = (a, b, _) => a / b,
        ["multiply-add"] = MathF.FusedMultiplyAdd,
        ["multiply-subtract-from"] = (a, b, c) => MathF.FusedMultiplyAdd(-a, b, c),
        ["sqrt"] = (a, _, _) => MathF.Sqrt(a),
        ["greater"] = (a, b, _) => FromBits(a > b ? uint.MaxValue : 0),
        ["equal"] = (a, b, _) => FromBits(a == b ? uint.MaxValue : 0),
        ["select"] = (a, b, c) => FromBits((Bits(a) & Bits(b)) | (~Bits(a) & Bits(c))),
        ["and"] = (a, b, _) => FromBits(Bits(a) & Bits(b)),
        ["round"] = (a, _, _) => MathF.Round(a, MidpointRounding.ToEven),
        ["zero"] = (_, _, _) => 0,
        ["broadcast"] = (_, _, _) => -2.5f,
    };

    private static bool IsBitwise(string member) => member is "greater" or "equal" or "select" or "and";

    [Theory]
    [MemberData(nameof(Members))]
    public void Every_width_computes_the_scalar_formula(string member)
    {
        var (a, b, c) = Triples();
        var expected = new float[a.Length];
        for (var i = 0; i < a.Length; i++)
            expected[i] = Formulas[member](a[i], b[i], c[i]);
        Check("512", Run<Lanes512>(member, a, b, c));
        Check("256", Run<Lanes256>(member, a, b, c));
        Check("128", Run<Lanes128>(member, a, b, c));
        Check("scalar", Run<LanesScalar>(member, a, b, c));

        void Check(string width, float[] received)
        {
            for (var i = 0; i < expected.Length; i++)
                Assert.True(
                    Bits(expected[i]) == Bits(received[i]) || (!IsBitwise(member) && float.IsNaN(expected[i]) && float.IsNaN(received[i])),
                    $"{member} of {a[i]:R}, {b[i]:R}, {c[i]:R} at {width}: {received[i]:R} ({Bits(received[i]):x8}), expected {expected[i]:R} ({Bits(expected[i]):x8})");
        }
    }

    [Fact]
    public void Multiply_add_rounds_once()
    {
        // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: the last term is lost when the product is rounded.
        var x = 1 + (1 / 4096f);
        Assert.All(Everywhere("multiply-add", x, x, -(1 + (1 / 2048f))), result => Assert.Equal(1 / 16_777_216f, result));
        Assert.All(Everywhere("multiply-subtract-from", x, x, 1 + (1 / 2048f)), result => Assert.Equal(-1 / 16_777_216f, result));
        Assert.All(Everywhere("round", 2.5f, 0, 0), result => Assert.Equal(2, result));
        Assert.All(Everywhere("round", -0.5f, 0, 0), result => Assert.Equal(Bits(-0f), Bits(result)));
        Assert.All(Everywhere("equal", 0, -0f, 0), result => Assert.Equal(uint.MaxValue, Bits(result)));
        Assert.All(Everywhere("equal", float.NaN, float.NaN, 0), result => Assert.Equal(0u, Bits(result)));
    }

    [Fact]
    public void Widths_and_tiles_are_as_declared()
    {
        Assert.Equal([16, 8, 4, 1], [Lanes512.Width, Lanes256.Width, Lanes128.Width, LanesScalar.Width]);
        Assert.Equal([8, 4, 4, 4], [Lanes512.TileOutputs, Lanes256.TileOutputs, Lanes128.TileOutputs, LanesScalar.TileOutputs]);
    }

    [Fact]
    public void Powers_of_two_are_exact_over_the_whole_range()
    {
        var integers = Enumerable.Range(-126, 254).Select(k => (float)k).ToArray();
        var padded = Padded(integers);
        foreach (var result in (float[][])[Run<Lanes512>("power", padded, padded, padded), Run<Lanes256>("power", padded, padded, padded), Run<Lanes128>("power", padded, padded, padded), Run<LanesScalar>("power", padded, padded, padded)])
            for (var i = 0; i < integers.Length; i++)
                Assert.Equal(Math.Pow(2, integers[i]), result[i]);
    }

    [Fact]
    public void Exponent_and_mantissa_make_the_number_again()
    {
        var random = new RandomSequence(5, RandomPurpose.Testing);
        var numbers = new float[1024];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = FromBits(0x0080_0000 + (random.NextUInt32() % 0x7F00_0000)); // positive and normal
        (numbers[0], numbers[1], numbers[2], numbers[3]) = (1, float.MaxValue, FromBits(0x0080_0000), 2 - (1 / 8_388_608f));
        Check(Run<Lanes512>("exponent", numbers, numbers, numbers), Run<Lanes512>("mantissa", numbers, numbers, numbers));
        Check(Run<Lanes256>("exponent", numbers, numbers, numbers), Run<Lanes256>("mantissa", numbers, numbers, numbers));
        Check(Run<Lanes128>("exponent", numbers, numbers, numbers), Run<Lanes128>("mantissa", numbers, numbers, numbers));
        Check(Run<LanesScalar>("exponent", numbers, numbers, numbers), Run<LanesScalar>("mantissa", numbers, numbers, numbers));

        void Check(float[] exponents, float[] mantissas)
        {
            for (var i = 0; i < numbers.Length; i++)
            {
                Assert.True(mantissas[i] is >= 1 and < 2, $"mantissa {mantissas[i]:R} of {numbers[i]:R}");
                Assert.Equal(numbers[i], mantissas[i] * Math.Pow(2, exponents[i]));
            }
        }
    }

    [Fact]
    public void Uniform_numbers_are_the_same_at_every_width_and_even_in_the_unit_interval()
    {
        const int Count = 1 << 16, Bins = 64;
        var keys = new float[Count];
        for (var i = 0; i < Count; i++)
            keys[i] = FromBits((uint)i);
        foreach (var counter in (uint[])[0, 1, 77, uint.MaxValue])
        {
            var numbers = Run<Lanes512>("uniform", keys, keys, keys, counter);
            Assert.Equal(numbers, Run<Lanes256>("uniform", keys, keys, keys, counter));
            Assert.Equal(numbers, Run<Lanes128>("uniform", keys, keys, keys, counter));
            Assert.Equal(numbers, Run<LanesScalar>("uniform", keys, keys, keys, counter));
            AssertEven(numbers);
        }
        // One key, all counters: the numbers that one image of a layer receives.
        var sequence = new float[Count];
        for (var i = 0; i < Count; i++)
            sequence[i] = Run<LanesScalar>("uniform", [FromBits(12_345)], [0], [0], (uint)i)[0];
        AssertEven(sequence);

        static void AssertEven(float[] numbers)
        {
            var bins = new int[Bins];
            foreach (var number in numbers)
            {
                Assert.True(number is >= 0 and < 1, $"{number:R}");
                Assert.Equal(0, number * (1 << 24) % 1);
                bins[(int)(number * Bins)]++;
            }
            // Chi-square with 63 degrees of freedom has mean 63 and deviation 11.2; the numbers are fixed, so this does not vary.
            var square = bins.Sum(bin => Math.Pow(bin - (Count / Bins), 2) / (Count / Bins));
            Assert.InRange(square, 63 - 45, 63 + 45);
        }
    }

    internal static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    internal static float FromBits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static float[] Everywhere(string member, float a, float b, float c)
    {
        float[] x = Padded([a]), y = Padded([b]), z = Padded([c]);
        return [Run<Lanes512>(member, x, y, z)[0], Run<Lanes256>(member, x, y, z)[0], Run<Lanes128>(member, x, y, z)[0], Run<LanesScalar>(member, x, y, z)[0]];
    }

    private static float[] Padded(float[] values) => [.. values, .. new float[(16 - (values.Length % 16)) % 16]];

    // All triples of special numbers, and ordinary ones.
    private static (float[] A, float[] B, float[] C) Triples()
    {
        var random = new RandomSequence(1, RandomPurpose.Testing);
        List<float> a = [], b = [], c = [];
        foreach (var x in Specials)
            foreach (var y in Specials)
                foreach (var z in Specials)
                    Take(x, y, z);
        for (var i = 0; i < 4000; i++)
            Take(random.NextSingle(-4, 4), random.NextSingle(-4, 4), random.NextSingle(-4, 4));
        return (Padded([.. a]), Padded([.. b]), Padded([.. c]));

        void Take(float x, float y, float z)
        {
            a.Add(x);
            b.Add(y);
            c.Add(z);
        }
    }

    private static float[] Run<TLanes>(string member, float[] a, float[] b, float[] c, uint counter = 0) where TLanes : unmanaged, ILanes<TLanes>
    {
        var result = new float[a.Length];
        fixed (float* pa = a, pb = b, pc = c, target = result)
            for (var i = 0; i < a.Length; i += TLanes.Width)
                TLanes.Store(target + i, Compute(member, TLanes.Load(pa + i), TLanes.Load(pb + i), TLanes.Load(pc + i), counter));
        return result;
    }

    private static TLanes Compute<TLanes>(string member, TLanes a, TLanes b, TLanes c, uint counter) where TLanes : unmanaged, ILanes<TLanes> => member switch
    {
        "add" => a + b,
        "subtract" => a - b,
        "multiply" => a * b,
        "divide" => a / b,
        "multiply-add" => TLanes.MultiplyAdd(a, b, c),
        "multiply-subtract-from" => TLanes.MultiplySubtractFrom(a, b, c),
        "sqrt" => TLanes.Sqrt(a),
        "greater" => TLanes.GreaterThan(a, b),
        "equal" => TLanes.EqualTo(a, b),
        "select" => TLanes.Select(a, b, c),
        "and" => TLanes.And(a, b),
        "round" => TLanes.Round(a),
        "zero" => TLanes.Zero,
        "broadcast" => TLanes.Broadcast(-2.5f),
        "power" => TLanes.PowerOfTwo(a),
        "exponent" => TLanes.SplitExponent(a).Exponent,
        "mantissa" => TLanes.SplitExponent(a).Mantissa,
        "uniform" => TLanes.Uniform(a, counter),
        _ => throw new ArgumentOutOfRangeException(nameof(member), member, null),
    };
}
