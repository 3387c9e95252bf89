using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lanes;

/// <summary>The functions of <see cref="LaneMath"/>: their errors in units in the last place against double precision, their limits, and equal bits at every width.</summary>
public sealed unsafe class LaneFunctionTests
{
    private const int Count = 1 << 17;
    private const float Infinity = float.PositiveInfinity, Least = float.Epsilon, LeastNormal = 1.17549435e-38f, Largest = float.MaxValue;

    // Every bound is the one that the function's own summary states.
    public static TheoryData<string, float, float, double> Ranges => new()
    {
        { "exp", -87.2f, -1e-9f, 1 },
        { "exp", 1e-9f, 88.2f, 1 },
        { "expEverywhere", -103.9f, -1e-9f, 1 },
        { "expEverywhere", 1e-9f, 88.72f, 1 },
        { "expm1", -30, -Least, 1.5 },
        { "expm1", Least, 88.7f, 1.5 },
        { "log", LeastNormal, Largest, 3 },
        { "log", 0.5f, 2, 3 },
        { "logEverywhere", Least, Largest, 1 },
        { "logEverywhere", 0.5f, 2, 1 },
        { "log1p", -0.999999f, -Least, 1 },
        { "log1p", Least, Largest, 1 },
        { "sigmoid", -87.2f, -1e-9f, 1.6 },
        { "sigmoid", 1e-9f, 200, 1.6 },
        { "tanh", -20, -Least, 1.6 },
        { "tanh", Least, 20, 1.6 },
        { "erf", -8, -LeastNormal, 1.2 },
        { "erf", LeastNormal, 8, 1.2 },
        { "softplus", -87.2f, -1e-9f, 1.7 },
        { "softplus", 1e-9f, Largest, 1.7 },
    };

    private static Dictionary<string, Func<double, double>> Exact { get; } = new()
    {
        ["exp"] = Math.Exp,
        ["expEverywhere"] = Math.Exp,
        ["expm1"] = ReferenceMath.Expm1,
        ["log"] = Math.Log,
        ["logEverywhere"] = Math.Log,
        ["log1p"] = ReferenceMath.Log1p,
        ["sigmoid"] = ReferenceMath.Sigmoid,
        ["tanh"] = Math.Tanh,
        ["erf"] = ReferenceMath.Erf,
        ["softplus"] = ReferenceMath.Softplus,
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void The_error_is_within_its_bound_with_the_same_bits_at_every_width(string function, float from, float to, double bound)
    {
        var numbers = Between(from, to);
        var results = AtEveryWidth(function, numbers, numbers);
        var (worst, at) = (0.0, 0);
        for (var i = 0; i < numbers.Length; i++)
        {
            var error = Error(results[i], Exact[function](numbers[i]));
            Assert.False(double.IsNaN(error), $"{function}({numbers[i]:R}) = {results[i]:R}");
            if (error > worst) (worst, at) = (error, i);
        }
        Assert.True(worst <= bound, $"{function}({numbers[at]:R}) = {results[at]:R}: {worst:F3} ulp from {Exact[function](numbers[at]):R}, at most {bound} are promised.");
        Assert.True(worst > 0.4, "so small an error would mean that nothing was compared");
    }

    private static (string Function, float X, float Expected)[] Specials { get; } =
    [
        // Zeros keep their sign where the function goes through the origin.
        ("expm1", 0f, 0f),
        ("expm1", -0f, -0f),
        ("log1p", -0f, -0f),
        ("tanh", 0f, 0f),
        ("tanh", -0f, -0f),
        ("erf", 0f, 0f),
        ("erf", -0f, -0f),
        ("exp", -0f, 1f),
        ("sigmoid", -0f, 0.5f),
        ("abs", -0f, 0f),
        // Numbers below the least normal one.
        ("expm1", 1e-45f, 1e-45f),
        ("expm1", -1e-40f, -1e-40f),
        ("log1p", -1e-45f, -1e-45f),
        ("tanh", 1e-45f, 1e-45f),
        ("tanh", -1.1e-38f, -1.1e-38f),
        ("logEverywhere", 1e-45f, -103.27893f),
        // The ends of the line.
        ("expOrZero", -87.4f, 0f),
        ("expOrZero", -Infinity, 0f),
        ("expEverywhere", 89f, Infinity),
        ("expEverywhere", Infinity, Infinity),
        ("expEverywhere", -103.5f, 1e-45f),
        ("expEverywhere", -104.5f, 0f),
        ("expEverywhere", -Infinity, 0f),
        ("expm1", 89f, Infinity),
        ("expm1", Infinity, Infinity),
        ("expm1", -18f, -1f),
        ("expm1", -Infinity, -1f),
        ("logEverywhere", 0f, -Infinity),
        ("logEverywhere", -0f, -Infinity),
        ("logEverywhere", -1e-45f, float.NaN),
        ("logEverywhere", -Infinity, float.NaN),
        ("logEverywhere", Infinity, Infinity),
        ("logEverywhere", 1f, 0f),
        ("log1p", -1f, -Infinity),
        ("log1p", -1.0000001f, float.NaN),
        ("log1p", -Infinity, float.NaN),
        ("log1p", Infinity, Infinity),
        ("sigmoid", -1e4f, 0f),
        ("sigmoid", -Infinity, 0f),
        ("sigmoid", 1e4f, 1f),
        ("sigmoid", Infinity, 1f),
        ("tanh", 9.1f, 1f),
        ("tanh", -Infinity, -1f),
        ("tanh", Infinity, 1f),
        ("erf", 4f, 1f),
        ("erf", -Infinity, -1f),
        ("erf", Largest, 1f),
        ("softplus", -1e4f, 0f),
        ("softplus", -Infinity, 0f),
        ("softplus", 1e4f, 1e4f),
        ("softplus", Infinity, Infinity),
        ("abs", -Infinity, Infinity),
        ("negativeSize", 2f, -2f),
        ("negativeSize", -2f, -2f),
        ("reciprocal", 3f, 1f / 3),
        ("reciprocal", -0f, -Infinity),
        ("clamp", -7f, -2f),
        ("clamp", 7f, 3f),
        ("clamp", 1.5f, 1.5f),
    ];

    [Fact]
    public void Special_numbers_have_their_values()
    {
        foreach (var (function, x, expected) in Specials)
        {
            var received = AtEveryWidth(function, Repeated(x), Repeated(x))[0];
            Assert.True(LaneTests.Bits(expected) == LaneTests.Bits(received), $"{function}({x:R}) is {received:R}, expected {expected:R}");
        }
    }

    [Fact]
    public void Not_a_number_stays_not_a_number()
    {
        string[] others = ["expOrZero", "abs", "negativeSize", "reciprocal", "clamp"];
        foreach (var function in Exact.Keys.Concat(others))
            Assert.All(AtEveryWidth(function, Repeated(float.NaN), Repeated(0)), result => Assert.True(float.IsNaN(result), function));
    }

    [Theory]
    [InlineData(0.5, 0.5204998778130465)] // Abramowitz and Stegun, table 7.1
    [InlineData(1, 0.8427007929497149)]
    [InlineData(2, 0.9953222650189527)]
    [InlineData(3.5, 0.9999992569016276)]
    [InlineData(-1, -0.8427007929497149)]
    public void The_reference_of_the_error_function_has_the_values_of_the_tables(double x, double expected) => Assert.Equal(expected, ReferenceMath.Erf(x), 1e-15);

    [Fact]
    public void A_power_is_within_its_error_bound_with_the_same_bits_at_every_width()
    {
        var random = new RandomSequence(6, RandomPurpose.Testing);
        var (x, y) = (new float[2 * Count], new float[2 * Count]);
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (i % 3) switch
            {
                0 => BitConverter.UInt32BitsToSingle(1 + (random.NextUInt32() % 0x7F7F_FFFF)), // any positive number
                1 => random.NextSingle(0.9f, 1.1f), // where the logarithm is small
                _ => random.NextSingle(0.01f, 20),
            };
            // Half of the powers are as large as the result allows, half are ordinary.
            y[i] = i % 2 == 0 ? random.NextSingle(-4, 4) : (float)(random.NextSingle(-150, 150) / Math.Max(1e-6, Math.Abs(Math.Log2(x[i]))));
        }
        var results = AtEveryWidth("power", x, y);
        var (worst, at, compared) = (0.0, 0, 0);
        for (var i = 0; i < x.Length; i++)
        {
            var exact = Math.Pow(x[i], y[i]);
            if (exact is < 1e-44 or > 3.4e38) continue; // below, half a unit of the least number decides; above is infinity
            compared++;
            var error = Error(results[i], exact);
            if (!(error <= worst)) (worst, at) = (error, i);
        }
        Assert.True(worst <= 1.1, $"{x[at]:R} to the power of {y[at]:R} = {results[at]:R}: {worst:F3} ulp from {Math.Pow(x[at], y[at]):R}");
        Assert.InRange(compared, x.Length / 2, x.Length);
    }

    [Fact]
    public void A_power_has_the_special_cases_of_the_standard()
    {
        float[] specials =
        [
            0, -0f, 1, -1, 2, -2, 0.5f, -0.5f, 3, -3, 2.5f, -2.5f, 16_777_216, 16_777_218, -16_777_215, 1e-40f, -1e-40f, Least, -Least, 1e38f, Largest, -Largest,
            0.99999994f, 1.0000001f, Infinity, -Infinity, float.NaN,
        ];
        foreach (var x in specials)
        {
            foreach (var y in specials)
            {
                var expected = (float)Math.Pow(x, y);
                var received = AtEveryWidth("power", Repeated(x), Repeated(y))[0];
                var isOrdinary = float.IsNormal(expected) && MathF.Abs(expected) != 1;
                Assert.True(
                    isOrdinary ? Error(received, Math.Pow(x, y)) <= 1.1 : (float.IsNaN(expected) && float.IsNaN(received)) || LaneTests.Bits(expected) == LaneTests.Bits(received),
                    $"{x:R} to the power of {y:R} is {received:R}, expected {expected:R}");
            }
        }
    }

    /// <summary>Distance in units of the last place that a float has at the exact value.</summary>
    private static double Error(float received, double exact) => Math.Abs(received - exact) / Unit(exact);

    private static double Unit(double exact) => Math.Pow(2, Math.Max(Math.ILogB(exact), -126) - 23);

    // Any bits between those of the two ends, which have the same sign: every size of number has its share. Drawn and not counted off: a fixed distance between
    // the samples would visit even mantissas only, and for those 1 + m is exact, which hides the largest error of a logarithm.
    private static float[] Between(float from, float to)
    {
        Assert.Equal(MathF.Sign(from), MathF.Sign(to));
        var (low, high) = (LaneTests.Bits(MathF.Abs(from)), LaneTests.Bits(MathF.Abs(to)));
        if (low > high) (low, high) = (high, low);
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var numbers = new float[Count];
        for (var i = 0; i < Count; i++)
            numbers[i] = MathF.CopySign(LaneTests.FromBits(low + (random.NextUInt32() % (high - low + 1))), to);
        (numbers[0], numbers[1]) = (from, to);
        return numbers;
    }

    private static float[] Repeated(float value) => [.. Enumerable.Repeat(value, 16)];

    private static float[] AtEveryWidth(string function, float[] x, float[] y)
    {
        var result = Run<Lanes512>(function, x, y);
        foreach (var other in (float[][])[Run<Lanes256>(function, x, y), Run<Lanes128>(function, x, y), Run<LanesScalar>(function, x, y)])
            for (var i = 0; i < x.Length; i++)
                Assert.True(LaneTests.Bits(result[i]) == LaneTests.Bits(other[i]) || (float.IsNaN(result[i]) && float.IsNaN(other[i])), $"{function} of {x[i]:R}, {y[i]:R}: {result[i]:R} and {other[i]:R}");
        return Array.ConvertAll(result, value => float.IsNaN(value) ? float.NaN : value);
    }

    private static float[] Run<TLanes>(string function, float[] x, float[] y) where TLanes : unmanaged, ILanes<TLanes>
    {
        var result = new float[x.Length];
        fixed (float* first = x, second = y, target = result)
            for (var i = 0; i < x.Length; i += TLanes.Width)
                TLanes.Store(target + i, Compute(function, TLanes.Load(first + i), TLanes.Load(second + i)));
        return result;
    }

    private static TLanes Compute<TLanes>(string function, TLanes x, TLanes y) where TLanes : unmanaged, ILanes<TLanes> => function switch
    {
        "exp" => LaneMath.Exp(x),
        "expOrZero" => LaneMath.ExpOrZero(x),
        "expEverywhere" => LaneMath.ExpEverywhere(x),
        "expm1" => LaneMath.Expm1(x),
        "log" => LaneMath.Log(x),
        "logEverywhere" => LaneMath.LogEverywhere(x),
        "log1p" => LaneMath.Log1p(x),
        "sigmoid" => LaneMath.Sigmoid(x),
        "tanh" => LaneMath.Tanh(x),
        "erf" => LaneMath.Erf(x),
        "softplus" => LaneMath.Softplus(x),
        "power" => LaneMath.Power(x, y),
        "abs" => LaneMath.Abs(x),
        "negativeSize" => LaneMath.NegativeSize(x),
        "reciprocal" => LaneMath.Reciprocal(x),
        "clamp" => LaneMath.Clamp(x, -2, 3),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };
}
