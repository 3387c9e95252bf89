using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>x between two bounds: what <see cref="HardTanh"/> and <see cref="Relu6"/> are. At the bounds the gradient is 0, as in PyTorch.</summary>
internal readonly struct ClampFunction(float low, float high) : IUnaryFunction
{
    public static GradientReads Reads => GradientReads.Output;

    public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Clamp(x, low, high);

    public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => Inside(seen, low, high, dy);

    /// <summary>The gradient where the output is strictly between the bounds, 0 elsewhere.</summary>
    public static TLanes Inside<TLanes>(TLanes output, float low, float high, TLanes gradient) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.And(
            TLanes.GreaterThan(output, TLanes.Broadcast(low)),
            TLanes.And(TLanes.GreaterThan(TLanes.Broadcast(high), output), gradient));
}
