using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Lanes;

/// <summary>
/// Functions over lanes that every width computes with the same bits: polynomials of our own, and sums in one fixed order. This file: exponential, logarithm
/// and sums; then <c>Exponentials</c> (their relatives), <c>Sigmoids</c>, <c>Power</c>, and <c>Parts</c> that they are put together from.
/// Errors are given in units in the last place (ulp: the distance between neighbouring numbers at the exact result); tests measure them.
/// </summary>
internal static unsafe partial class LaneMath
{
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    // Where the exponential stays a normal number.
    private const float LeastExponent = -87.3f, MostExponent = 88.3f;

    /// <summary>
    /// Exponential, error below 1 ulp. x = k ln 2 + r with |r| at most ln 2 / 2, exp(r) by its Taylor polynomial of degree 7.
    /// Arguments are clamped to [-87.3, 88.3], where the result is a normal number; NaN stays NaN through the polynomial.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (k, r) = SplitByLn2(Clamp(x, LeastExponent, MostExponent));
        return SmallExp(r) * TLanes.PowerOfTwo(k);
    }

    /// <summary>
    /// Natural logarithm of a positive normal number, error below 3 ulp (the largest between 1 and 1.2, where m + 1 is rounded and the result is small;
    /// <see cref="LogEverywhere"/> does better there). The mantissa m in [sqrt(1/2), sqrt(2)),
    /// log m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| at most 0.1716: odd series to s^9. NaN stays NaN,
    /// or else a loss would hide it behind the number that its bits happen to spell.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Log<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (exponent, mantissa) = SplitAroundOne(x);
        var s = (mantissa - TLanes.Broadcast(1f)) / (mantissa + TLanes.Broadcast(1f));
        var square = s * s;
        var p = TLanes.Broadcast(2f / 9);
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f / 7));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f / 5));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f / 3));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2f));
        var result = TLanes.MultiplyAdd(exponent, TLanes.Broadcast(Ln2Low), p * s);
        result = TLanes.MultiplyAdd(exponent, TLanes.Broadcast(Ln2High), result);
        return TLanes.Select(TLanes.EqualTo(x, x), result, x);
    }

    /// <summary>
    /// The sum of the 16 lanes of one stored vector by one fixed tree: lane i with lane i + 8, then + 4, + 2, + 1. Written over 4-wide
    /// vectors so that it is fast at every width; the tree, not the register, decides the bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float* lanes)
    {
        var low = Vector128.Load(lanes) + Vector128.Load(lanes + 8);
        var high = Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12);
        var four = low + high;
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary>The sum of the 16 lanes in double precision, in lane order.</summary>
    public static double SumDouble(float* lanes)
    {
        double sum = 0;
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            sum += lanes[lane];
        return sum;
    }

    /// <summary>exp(r) for |r| at most ln 2 / 2: the Taylor polynomial of degree 7, whose remainder is below 2^-27.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes SmallExp<TLanes>(TLanes r) where TLanes : unmanaged, ILanes<TLanes>
    {
        var p = TLanes.Broadcast(1f / 5040);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 720));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 120));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 24));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f / 6));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.5f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f));
        return TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1f));
    }
}
