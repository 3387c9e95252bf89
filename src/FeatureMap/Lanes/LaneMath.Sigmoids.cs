using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

// Functions that bend from one level to another, and the one whose slope does.
internal static unsafe partial class LaneMath
{
    /// <summary>
    /// 1 / (1 + exp(-x)), with exp of -|x| only, so that nothing overflows: e / (1 + e) below 0 and 1 / (1 + e) above.
    /// Error below 1.6 ulp; 0 below -87.3, 1 above 17.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var one = TLanes.Broadcast(1f);
        var e = ExpOrZero(NegativeSize(x));
        return DivideBySum(TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), e, one), one, e);
    }

    /// <summary>tanh |x| = t / (t + 2) with t = exp(2 |x|) - 1, which keeps all digits of a small x. Error below 1.6 ulp; 1 in size above 9.02.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Tanh<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var size = AtMost(Abs(x), TLanes.Broadcast(10f));
        var t = Expm1(size + size);
        return WithSignOf(DivideBySum(t, TLanes.Broadcast(2f), t), x);
    }

    /// <summary>
    /// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; error below 1.2 ulp. Up to |x| = 1 it is x + x p(x^2); from there on 1 - exp(q(|x|)), where q
    /// stands for the logarithm of erfc: its error shrinks with erfc itself, so a low degree is enough up to 4, beyond which the result is 1.
    /// p and q are minimax fits by Remez exchange in double precision: p to erf(x) / x - 1 over [0, 1], weighted for relative error (2^-29.6);
    /// q to log(erfc(x)) over [1, 4], weighted with erfc / erf (2^-26.8).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Erf<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var size = AtMost(Abs(x), TLanes.Broadcast(4f));
        var square = size * size;
        var p = TLanes.Broadcast(7.85386073e-05f);
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-0.000801019371f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(0.00518832775f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-0.0268538129f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(0.112835854f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-0.37612626f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(0.128379166f));
        var q = TLanes.Broadcast(-1.56624537e-05f);
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(0.000357215351f));
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(-0.00371432933f));
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(0.0236651953f));
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(-0.105589285f));
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(-0.636239231f));
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(-1.12784231f));
        q = TLanes.MultiplyAdd(q, size, TLanes.Broadcast(-0.000227064505f));
        var result = TLanes.Select(
            TLanes.GreaterThan(size, TLanes.Broadcast(1f)),
            TLanes.Broadcast(1f) - Exp(q),
            TLanes.MultiplyAdd(size, p, size));
        return WithSignOf(result, x);
    }

    /// <summary>log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)): a smooth max(x, 0). Error below 1.7 ulp; 0 below -87.3.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Softplus<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        AtLeast(x, TLanes.Zero) + LogOfOnePlus(ExpOrZero(NegativeSize(x)));
}
