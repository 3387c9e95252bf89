using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Functions over lanes that answer for every float as IEEE 754 says, with infinities and NaN where they belong. <see cref="LaneMath"/> has the fast forms, for
/// arguments that its callers keep in range.
/// </summary>
internal static class FullRange
{
    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>|x|: the sign bit cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Abs<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => TLanes.And(x, TLanes.Broadcast(BitConverter.UInt32BitsToSingle(0x7FFF_FFFF)));

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

    /// <summary>exp(x). Far from 0 it is the square of exp(x / 2), which overflows to infinity and fades to 0 by itself where exp(x) does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var isFar = TLanes.GreaterThan(Abs(x), TLanes.Broadcast(87));
        var power = LaneMath.Exp(x * TLanes.Select(isFar, TLanes.Broadcast(0.5f), TLanes.Broadcast(1)));
        return TLanes.Select(isFar, power * power, power);
    }

    /// <summary>log(x): minus infinity at 0, NaN below. Numbers too small for a normal float are taken 2^24 times as large, and 24 log 2 is subtracted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Log<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var isTiny = TLanes.GreaterThan(TLanes.Broadcast(SmallestNormal), x);
        var log = LaneMath.Log(TLanes.Select(isTiny, x * TLanes.Broadcast(1 << 24), x));
        log = TLanes.Select(isTiny, log - TLanes.Broadcast(16.635532f), log);
        log = TLanes.Select(TLanes.EqualTo(x, TLanes.Broadcast(float.PositiveInfinity)), x, log);
        log = TLanes.Select(TLanes.EqualTo(x, TLanes.Zero), TLanes.Broadcast(float.NegativeInfinity), log);
        return TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), TLanes.Broadcast(float.NaN), log);
    }

    /// <summary>
    /// x to the power of y, as exp(y log |x|) with the sign of an odd power: 1 for y = 0, NaN for a negative x and a y that is no integer. The relative error
    /// grows with |y log x|: near 2^-23 times as much.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Power<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, ILanes<TLanes>
    {
        var size = Exp(y * Log(Abs(x)));
        var half = y * TLanes.Broadcast(0.5f);
        var isEven = TLanes.EqualTo(TLanes.Round(half), half);
        var isInteger = TLanes.EqualTo(TLanes.Round(y), y);
        var ofNegative = TLanes.Select(isInteger, TLanes.Select(isEven, size, TLanes.Zero - size), TLanes.Broadcast(float.NaN));
        var power = TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), ofNegative, size);
        return TLanes.Select(TLanes.EqualTo(y, TLanes.Zero), TLanes.Broadcast(1), power);
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
}
