using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

// Signs, bounds and powers of two: what the functions are put together from. None of them hides a NaN in its first argument.
internal static unsafe partial class LaneMath
{
    /// <summary>The number without its sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Abs<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.Broadcast(-0f), TLanes.Zero, x);

    /// <summary>The size of one number with the sign of another: -0f has the sign bit and nothing else, so it chooses between the two bit by bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes WithSignOf<TLanes>(TLanes size, TLanes sign) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.Broadcast(-0f), sign, size);

    /// <summary>-|x|: the sign bit set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes NegativeSize<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.Broadcast(-0f), TLanes.Broadcast(-0f), x);

    /// <summary>1, -1, or x itself where it is 0 or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sign<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.GreaterThan(x, TLanes.Zero), TLanes.Broadcast(1), TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), TLanes.Broadcast(-1), x));

    /// <summary>The largest integer that is not above x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Floor<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var nearest = TLanes.Round(x);
        return TLanes.Select(TLanes.GreaterThan(nearest, x), nearest - TLanes.Broadcast(1), nearest);
    }

    /// <summary>The smallest integer that is not below x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Ceil<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var nearest = TLanes.Round(x);
        return TLanes.Select(TLanes.GreaterThan(x, nearest), nearest + TLanes.Broadcast(1), nearest);
    }

    /// <summary>x, but not below low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes AtLeast<TLanes>(TLanes x, TLanes low) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.GreaterThan(low, x), low, x);

    /// <summary>x, but not above high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes AtMost<TLanes>(TLanes x, TLanes high) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.GreaterThan(x, high), high, x);

    /// <summary>x, held between two bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Clamp<TLanes>(TLanes x, float low, float high) where TLanes : unmanaged, ILanes<TLanes> =>
        AtMost(AtLeast(x, TLanes.Broadcast(low)), TLanes.Broadcast(high));

    /// <summary>1 / x, correctly rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Reciprocal<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Broadcast(1f) / x;

    /// <summary>
    /// x / (a + b) as if the sum had not been rounded: what the quotient leaves of x is divided once more. For positive numbers of moderate size.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes DivideBySum<TLanes>(TLanes x, TLanes a, TLanes b) where TLanes : unmanaged, ILanes<TLanes>
    {
        var reciprocal = Reciprocal(a + b);
        var quotient = x * reciprocal;
        var left = TLanes.MultiplySubtractFrom(quotient, b, TLanes.MultiplySubtractFrom(quotient, a, x));
        return TLanes.MultiplyAdd(left, reciprocal, quotient);
    }

    /// <summary>
    /// x times 2 to the power of an integer in [-252, 254], in two steps, because one power alone would leave the range of float32 before the product does.
    /// For |x| in [0.5, 2] only the second step can round: to a number below the least normal one, to 0 or to infinity.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Scale<TLanes>(TLanes x, TLanes exponent) where TLanes : unmanaged, ILanes<TLanes>
    {
        var half = TLanes.Round(exponent * TLanes.Broadcast(0.5f));
        return x * TLanes.PowerOfTwo(half) * TLanes.PowerOfTwo(exponent - half);
    }

    /// <summary>x = k ln 2 + r with |r| at most ln 2 / 2. ln 2 in two parts: the first has 10 bits, so that k times it is exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Power, TLanes Remainder) SplitByLn2<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var k = TLanes.Round(x * TLanes.Broadcast(1.44269504f));
        var r = TLanes.MultiplySubtractFrom(k, TLanes.Broadcast(Ln2High), x);
        return (k, TLanes.MultiplySubtractFrom(k, TLanes.Broadcast(Ln2Low), r));
    }

    /// <summary>Exponent and mantissa in [sqrt(1/2), sqrt(2)) of a positive normal number: the logarithm of that mantissa is small on both sides of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Exponent, TLanes Mantissa) SplitAroundOne<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var (exponent, mantissa) = TLanes.SplitExponent(x);
        var isLarge = TLanes.GreaterThan(mantissa, TLanes.Broadcast(1.41421356f));
        return (
            TLanes.Select(isLarge, exponent + TLanes.Broadcast(1f), exponent),
            TLanes.Select(isLarge, mantissa * TLanes.Broadcast(0.5f), mantissa));
    }

    /// <summary>The same for any positive number: those below the least normal one are made normal first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Exponent, TLanes Mantissa) SplitAnyAroundOne<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var isSubnormal = TLanes.GreaterThan(TLanes.Broadcast(1.17549435e-38f), x);
        var (exponent, mantissa) = SplitAroundOne(TLanes.Select(isSubnormal, x * TLanes.Broadcast(1 << 24), x));
        return (TLanes.Select(isSubnormal, exponent - TLanes.Broadcast(24f), exponent), mantissa);
    }
}
