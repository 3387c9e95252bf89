namespace FeatureMap.Randomness;

/// <summary>
/// Elementary functions in double precision whose bits are the same on every machine. The platform's own <see cref="Math.Log(double)"/>,
/// <see cref="Math.Cos"/> and so on come from the C library and differ in the last bit from one system to the next; these use only
/// additions, multiplications, divisions and square roots, which IEEE 754 rounds correctly everywhere. Error below 2 units in the last
/// place of the range reduction's result, for moderate arguments: enough for weights, schedules and angles; not a general-purpose library.
/// </summary>
public static class PortableMath
{
    private const double Ln2High = 6.93147180369123816490e-01, Ln2Low = 1.90821492927058770002e-10;
    private const double HalfPiHigh = 1.57079632673412561417e+00, HalfPiLow = 6.07710050650619224932e-11;

    /// <summary>The exponential of <paramref name="x"/>; 0 below -745, infinity above 709.7.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.7) return double.PositiveInfinity;
        if (x < -745) return 0;
        // x = k ln 2 + r with |r| <= ln 2 / 2, and exp(r) by its Taylor series to r^17 (the remainder is below 2^-60).
        var k = Math.Round(x / Ln2High);
        var r = x - (k * Ln2High) - (k * Ln2Low);
        var sum = 1.0;
        for (var n = 17; n >= 1; n--)
            sum = 1 + (r / n * sum);
        var exponent = (int)k;
        var half = exponent / 2;
        return sum * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    /// <summary>The natural logarithm; negative infinity at 0, NaN below.</summary>
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0) return double.NaN;
        if (x == 0) return double.NegativeInfinity;
        if (double.IsPositiveInfinity(x)) return x;
        var scale = 0;
        if (x < double.Epsilon * (1L << 52)) // subnormal: bring it into the normal range first
        {
            x *= 1L << 54;
            scale = -54;
        }
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)(bits >> 52) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFFL) | (1023L << 52));
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }
        // log(m) = 2 artanh(s), s = (m - 1) / (m + 1), |s| <= 0.1716: the series in s^2 needs 12 terms for 53 bits.
        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var series = 0.0;
        for (var n = 25; n >= 1; n -= 2)
            series = (series * square) + (1.0 / n);
        exponent += scale;
        return (exponent * Ln2High) + ((exponent * Ln2Low) + (2 * s * series));
    }

    /// <summary>The sine of an angle in radians, |x| below about 10^6.</summary>
    public static double Sin(double x) => Circular(x, 0);

    /// <summary>The cosine of an angle in radians, |x| below about 10^6.</summary>
    public static double Cos(double x) => Circular(x, 1);

    /// <summary>An integer power by repeated squaring.</summary>
    public static double Power(double x, long exponent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exponent);
        var result = 1.0;
        for (; exponent > 0; exponent >>= 1, x *= x)
            if ((exponent & 1) != 0)
                result *= x;
        return result;
    }

    // sin(x + quarterTurns * pi / 2)
    private static double Circular(double x, long quarterTurns)
    {
        if (!double.IsFinite(x)) return double.NaN;
        var k = Math.Round(x / (HalfPiHigh + HalfPiLow));
        var r = x - (k * HalfPiHigh) - (k * HalfPiLow);
        var square = r * r;
        var quadrant = ((long)k + quarterTurns) & 3;
        double sum = 1;
        if ((quadrant & 1) == 0)
        {
            for (var n = 20; n >= 2; n -= 2)
                sum = 1 - (square / (n * (n + 1)) * sum);
            sum *= r;
        }
        else
        {
            for (var n = 20; n >= 2; n -= 2)
                sum = 1 - (square / (n * (n - 1)) * sum);
        }
        return quadrant >= 2 ? -sum : sum;
    }

    private static double PowerOfTwo(int exponent) =>
        exponent >= -1022 ? BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52)
            : BitConverter.Int64BitsToDouble(1L << (exponent + 1074));
}
