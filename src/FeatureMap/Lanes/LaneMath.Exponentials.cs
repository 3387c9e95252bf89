using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

// Relatives of exponential and logarithm: with the limits of the real line, and accurate near 0. The longer functions are calls of their own: the JIT inlines
// only so much into one method, and behind that limit single instructions would become calls.
internal static unsafe partial class LaneMath
{
    // exp(x) - 1 and log(1 + x) are x itself, to the last bit, where x is smaller than this.
    private const float TinyNumber = 1f / (1 << 25);

    /// <summary>Exponential of a number that is large in size only below 0: as <see cref="Exp"/>, but 0 below -87.3, where it would no longer be a normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes ExpOrZero<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(LeastExponent), x), TLanes.Zero, Exp(x));

    /// <summary>Exponential of any number, error below 1 ulp: infinity above 88.7228, numbers below the least normal one from -87.34 on, 0 below -103.97.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes ExpEverywhere<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (k, r) = SplitByLn2(Clamp(x, -104.5f, 89f));
        return Scale(SmallExp(r), k);
    }

    /// <summary>
    /// exp(x) - 1 without the cancellation near 0, error below 1.5 ulp: with q = exp(r) - 1 it is 2^k q + (2^k - 1). Infinity above 88.7228, -1 at minus infinity.
    /// q = r + r^2 p(r), Taylor up to r^8 / 8!, remainder below 2^-29 of r.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Expm1<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (k, r) = SplitByLn2(Clamp(x, -20f, 89f));
        var p = TLanes.Broadcast(1f / 40320);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 5040));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 720));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 120));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 24));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 6));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.5f));
        var q = TLanes.MultiplyAdd(r * r, p, r);
        // Half of everything, so that 2^128 is not needed.
        var halfPower = TLanes.PowerOfTwo(k - TLanes.Broadcast(1f));
        var half = TLanes.MultiplyAdd(q, halfPower, halfPower - TLanes.Broadcast(0.5f));
        // -0 and numbers below the least normal one would not survive the halving.
        return TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(TinyNumber), Abs(x)), x, half + half);
    }

    /// <summary>Natural logarithm of any number, error below 1 ulp: minus infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes LogEverywhere<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (exponent, mantissa) = SplitAnyAroundOne(x);
        return WithLimits(x, LogOfParts(exponent, mantissa, TLanes.Zero));
    }

    /// <summary>log(1 + x) without the loss of the digits of x in the sum, error below 1 ulp. Minus infinity at -1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Log1p<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var result = WithLimits(TLanes.Broadcast(1f) + x, LogOfOnePlus(x));
        return TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(TinyNumber), Abs(x)), x, result); // -0 too
    }

    /// <summary>log(1 + x) for finite x above -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes LogOfOnePlus<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        // 1 + x = sum + rest without any error (Knuth's two-sum), and log(sum + rest) = log(sum) + rest / sum.
        var one = TLanes.Broadcast(1f);
        var sum = one + x;
        var seen = sum - one;
        var rest = (one - (sum - seen)) + (x - seen);
        var (exponent, mantissa) = SplitAroundOne(sum);
        return LogOfParts(exponent, mantissa, rest / sum);
    }

    /// <summary>
    /// e ln 2 + log m + correction, where the correction is below 2^-23. With f = m - 1 (exact) and s = f / (2 + f),
    /// log m = 2 artanh(s) = f - f^2 / 2 + s (f^2 / 2 + 2/3 s^2 + 2/5 s^4 + ...): the large term f stands alone, so its rounding is the only one that counts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes LogOfParts<TLanes>(TLanes exponent, TLanes mantissa, TLanes correction) where TLanes : unmanaged, ILanes<TLanes>
    {
        var f = mantissa - TLanes.Broadcast(1f);
        var s = f / (TLanes.Broadcast(2f) + f);
        var square = s * s;
        var p = TLanes.Broadcast(2f / 9);
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f / 7));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f / 5));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f / 3));
        var halfSquare = TLanes.Broadcast(0.5f) * f * f;
        var small = TLanes.MultiplyAdd(exponent, TLanes.Broadcast(Ln2Low), correction);
        small = TLanes.MultiplyAdd(s, TLanes.MultiplyAdd(p, square, halfSquare), small) - halfSquare;
        return TLanes.MultiplyAdd(exponent, TLanes.Broadcast(Ln2High), f + small);
    }

    /// <summary>What a logarithm is where its argument has no mantissa to compute with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes WithLimits<TLanes>(TLanes x, TLanes logarithm) where TLanes : unmanaged, ILanes<TLanes>
    {
        var infinity = TLanes.Broadcast(float.PositiveInfinity);
        logarithm = TLanes.Select(TLanes.GreaterThan(infinity, x), logarithm, x); // infinity and NaN
        logarithm = TLanes.Select(TLanes.EqualTo(x, TLanes.Zero), TLanes.Zero - infinity, logarithm);
        return TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), TLanes.Broadcast(float.NaN), logarithm);
    }
}
