using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Straight pieces instead of SiLU: x times the hard sigmoid of slope 1/6, x min(max(x + 3, 0), 6) / 6. 0 below -3, x above 3, in between a parabola that dips to
/// -0.375 at -1.5. No exponential: made for phones. Source: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244.
/// </summary>
public sealed partial class HardSwish : Activation, IPlainRoom<HardSwish>
{
    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new HardSwish(), CaseValues.Reals, FarReals);

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new HardSwish(), -1.5, -0.375, 0),
        new(new HardSwish(), 1, 2 / 3.0, 5 / 6.0),
        new(new HardSwish(), -3, 0, 0),
        new(new HardSwish(), 3, 3, 1),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new HardSwish(), CaseValues.Reals, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => x * Math.Clamp((x / 6) + 0.5, 0, 1);

    internal override double Derivative(double x) => x <= -3 ? 0 : x >= 3 ? 1 : (x / 3) + 0.5;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            x * LaneMath.Clamp(TLanes.MultiplyAdd(x, TLanes.Broadcast(1f / 6), TLanes.Broadcast(0.5f)), 0, 1);

        // x / 3 + 1/2 between -3 and 3; beyond them the slopes of the straight lines.
        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            var slope = TLanes.MultiplyAdd(seen, TLanes.Broadcast(1f / 3), TLanes.Broadcast(0.5f));
            slope = TLanes.Select(TLanes.GreaterThan(seen, TLanes.Broadcast(-3f)), slope, TLanes.Zero);
            return dy * TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(3f), seen), slope, TLanes.Broadcast(1f));
        }
    }
}
