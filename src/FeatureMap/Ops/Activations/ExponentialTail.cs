using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What <see cref="Elu"/>, <see cref="Selu"/> and <see cref="Celu"/> are: a straight line above 0, slope x; below it depth (exp(rate x) - 1), which falls to -depth.
/// The derivative there is rate depth exp(rate x) = rate (y + depth), so the output is enough to find it.
/// </summary>
internal readonly struct ExponentialTail(float slope, float depth, float rate) : IUnaryFunction
{
    public static GradientReads Reads => GradientReads.Output;

    public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(
            TLanes.GreaterThan(x, TLanes.Zero),
            x * TLanes.Broadcast(slope),
            TLanes.Broadcast(depth) * LaneMath.Expm1(x * TLanes.Broadcast(rate)));

    public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
        dy * TLanes.Select(
            TLanes.GreaterThan(seen, TLanes.Zero),
            TLanes.Broadcast(slope),
            TLanes.Broadcast(rate) * (seen + TLanes.Broadcast(depth)));
}
