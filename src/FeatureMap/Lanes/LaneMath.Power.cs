using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

// x to the power of y. An error of d in y log2(x) is a relative error of d ln 2 in the result, and y log2(x) goes up to 128: so the logarithm is computed as
// the sum of two numbers, high + low, with about 35 correct bits.
internal static unsafe partial class LaneMath
{
    private const double Ln2 = 0.69314718055994530942;

    /// <summary>
    /// x to the power of y, error below 1.1 ulp, with the cases that IEEE 754 recommends (as the C library and PyTorch have them):
    /// y = 0 or x = 1 gives 1 whatever the other is, NaN included; below 0 whole numbers y keep their sense (the sign is that of an odd power), others
    /// give NaN; 0 to a negative power is infinity.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Power<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (zero, one) = (TLanes.Zero, TLanes.Broadcast(1f));
        var infinity = TLanes.Broadcast(float.PositiveInfinity);
        var size = Abs(x);
        var (high, low) = Log2(size);

        // 2^40 is as good as any larger power: the least |log2 x| beside 0 is 2^-23.5, so the result has left the range long before.
        var power = Clamp(y, -(float)(1L << 40), 1L << 40);
        var product = power * high;
        var result = Exp2(product, TLanes.MultiplyAdd(power, low, Lost(power, high, product)));

        // Below 0 only whole powers have a sense. Round(y / 2) is a half away from y / 2 where y is odd, and nowhere else.
        var isWhole = TLanes.EqualTo(TLanes.Round(y), y);
        result = TLanes.Select(TLanes.GreaterThan(zero, x), TLanes.Select(isWhole, result, TLanes.Broadcast(float.NaN)), result);
        var half = y * TLanes.Broadcast(0.5f);
        var isOdd = TLanes.EqualTo(Abs(half - TLanes.Round(half)), TLanes.Broadcast(0.5f));

        // The ends of the line have no mantissa to compute with; negative powers exchange them.
        var isRising = TLanes.GreaterThan(y, zero);
        result = TLanes.Select(TLanes.EqualTo(size, zero), TLanes.Select(isRising, zero, infinity), result);
        result = TLanes.Select(TLanes.EqualTo(size, infinity), TLanes.Select(isRising, infinity, zero), result);
        result = TLanes.Select(isOdd, WithSignOf(result, x), result);

        result = TLanes.Select(TLanes.EqualTo(x, x), result, x);
        result = TLanes.Select(TLanes.EqualTo(y, y), result, y);
        return TLanes.Select(TLanes.EqualTo(y, zero), one, TLanes.Select(TLanes.EqualTo(x, one), one, result));
    }

    /// <summary>x to the power of a whole number by repeated squaring: exact as long as nothing has to be rounded. Below 0 it is 1 / x to the power of -n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes WholePower<TLanes>(TLanes x, int n) where TLanes : unmanaged, ILanes<TLanes>
    {
        var power = TLanes.Broadcast(1);
        var square = x;
        for (var rest = Math.Abs(n); rest > 0; rest >>= 1)
        {
            if ((rest & 1) != 0) power *= square;
            if (rest > 1) square *= square;
        }
        return n < 0 ? TLanes.Broadcast(1) / power : power;
    }

    /// <summary>
    /// Logarithm to the base 2 of a positive finite number as the sum of two. The mantissa's is 2 / ln 2 artanh(s): s, the leading term and the one
    /// in s^3 with a second number each, the rest of the series in one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes High, TLanes Low) Log2<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var one = TLanes.Broadcast(1f);
        var (exponent, mantissa) = SplitAnyAroundOne(x);
        // s = (m - 1) / (m + 1): the numerator is exact, of the denominator and the quotient the remainders are computed.
        var numerator = mantissa - one;
        var denominator = mantissa + one;
        var lost = mantissa - (denominator - one);
        var s = numerator / denominator;
        var sLow = TLanes.MultiplySubtractFrom(s, lost, TLanes.MultiplySubtractFrom(s, denominator, numerator)) / denominator;

        // 2 / ln 2 (s + s^3 / 3 + s^5 / 5 + ...)
        var square = s * s;
        var p = TLanes.Broadcast((float)(2 / Ln2 / 11));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast((float)(2 / Ln2 / 9)));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast((float)(2 / Ln2 / 7)));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast((float)(2 / Ln2 / 5)));
        var cubic = TLanes.Broadcast((float)(2 / Ln2 / 3));
        var factor = TLanes.Broadcast((float)(2 / Ln2));
        var tail = square * p;                                           // behind the cubic coefficient: at most 1 / 57 of it
        var bracket = cubic + tail;
        var bracketLow = tail - (bracket - cubic) + TLanes.Broadcast((float)((2 / Ln2 / 3) - (float)(2 / Ln2 / 3)));
        var squareLow = Lost(s, s, square) + ((s + s) * sLow);
        var curve = square * bracket;                                    // what is added to the factor of s
        var curveLow = Lost(square, bracket, curve)
            + TLanes.MultiplyAdd(square, bracketLow, squareLow * bracket);
        var slope = factor + curve;
        var slopeLow = curve - (slope - factor) + (curveLow + TLanes.Broadcast((float)((2 / Ln2) - (float)(2 / Ln2))));
        var high = s * slope;
        var low = Lost(s, slope, high) + TLanes.MultiplyAdd(s, slopeLow, sLow * slope);

        // The exponent is 0 or larger than the rest, so one subtraction finds what the sum lost.
        var sum = exponent + high;
        return (sum, high - (sum - exponent) + low);
    }

    /// <summary>2 to the power of high + low, down to 0 and up to infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Exp2<TLanes>(TLanes high, TLanes low) where TLanes : unmanaged, ILanes<TLanes>
    {
        var bounded = Clamp(high, -160f, 160f);
        var k = TLanes.Round(bounded);
        var r = (bounded - k) + TLanes.Select(TLanes.EqualTo(bounded, high), low, TLanes.Zero);
        return Scale(SmallExp(r * TLanes.Broadcast((float)Ln2)), k);
    }

    /// <summary>What rounding took from a product: a b - product, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Lost<TLanes>(TLanes a, TLanes b, TLanes product) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Zero - TLanes.MultiplySubtractFrom(a, b, product);
}
