using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// ArcFace: the angle of the target's class plus a margin, F = cos(theta + margin); see <see cref="AngularMargin"/>. The same margin on the sphere wherever the embedding
/// stands. Beyond theta = pi - margin the cosine would rise again: there F = cos(theta) - margin sin(margin), which goes on falling, or plain cos(theta)
/// (<see cref="EasyMargin"/>). Source: Deng et al., "ArcFace", arXiv 1801.07698.
/// </summary>
public sealed class ArcFaceMargin : AngularMargin, IOpRoom
{
    /// <summary>The margin, an angle in radians.</summary>
    /// <exception cref="UsageException">The margin is not in [0, pi / 2].</exception>
    public ArcFaceMargin(float margin = 0.5f)
    {
        if (!(margin is >= 0 and <= 1.5707964f))
            throw new UsageException("The margin of ArcFace is added to an angle and must be from 0 to pi / 2 = 1.5708, in radians: "
                + $"received {margin}. 0.5 (29 degrees) is common.");
        Margin = margin;
    }

    /// <summary>What is added to the angle, in radians.</summary>
    public float Margin { get; }

    /// <summary>Whether the margin is asked for only where the angle is below 90 degrees, and the cosine stays as it is elsewhere: easier at the start.</summary>
    public bool EasyMargin { get; init; }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new ArcFaceMargin(settings.Real("margin", (ArcFaceMargin op) => op.Margin, 0, MathF.PI / 2))
        {
            Scale = ScaleOf(settings),
            EasyMargin = settings.Flag("easyMargin", (ArcFaceMargin op) => op.EasyMargin, isEasy => isEasy ? "easy" : ""),
        };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("ten classes", new ArcFaceMargin { Scale = 16 }, 10, 19, InputValues.OneHot),
        Case("easy margin", new ArcFaceMargin { EasyMargin = true }, 5, 34, InputValues.OneHot),
        Case("large margin, mixed labels", new ArcFaceMargin(1.2f), 4, 33, InputValues.Probabilities),
        Case("no margin", new ArcFaceMargin(0), 3, 2, InputValues.OneHot),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => Case(
        "random", new ArcFaceMargin(random.NextSingle(0, 1.5f)) { Scale = random.NextSingle(1, 64), EasyMargin = random.NextInt(3) == 0 }, 2 + random.NextInt(20), 1 + random.NextInt(40),
        random.NextInt(2) == 0 ? InputValues.OneHot : InputValues.Probabilities);

    // Near a cosine of 1 the sine has half of the cosine's digits, and no comparison says anything.
    private static OpCase Case(string name, ArcFaceMargin op, int classes, int batch, InputValues target) =>
        new(name, op, [Shape.Vector(classes), Shape.Vector(classes)], batch, CaseValues.Reals) { InputValues = [InputValues.Between(-0.9 * op.Scale, 0.9 * op.Scale), target] };

    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var function = new Function(Margin, EasyMargin);
        return new AngularMarginKernel<TLanes, Function>(site, Scale, _ => function);
    }

    internal override (double Value, double Slope) At(double cosine, StepState step, ExecutionMode mode)
    {
        var angle = Math.Acos(cosine);
        if (EasyMargin) return angle < Math.PI / 2 ? Inside(angle) : (cosine, 1);
        return angle + Margin < Math.PI ? Inside(angle) : (cosine - (Margin * Math.Sin(Margin)), 1);
    }

    // d cos(theta + m) / d cos(theta) = sin(theta + m) / sin(theta)
    private (double Value, double Slope) Inside(double angle) => (Math.Cos(angle + Margin), Math.Sin(angle + Margin) / Math.Sin(angle));

    private readonly struct Function : IMarginFunction
    {
        // Where the embedding stands on its class, the sine is 0 and the slope infinite; the angle no longer changes with the embedding there, and the product would be
        // of the size of the margin. Rounding leaves 1 - c^2 unknown below this.
        private const float LeastSquare = 1e-7f;
        private readonly float cos, sin, bound, beyond;

        public Function(float margin, bool easy)
        {
            (cos, sin) = ((float)PortableMath.Cos(margin), (float)PortableMath.Sin(margin));
            (bound, beyond) = easy ? (0, 0) : (-cos, margin * sin);
        }

        public (TLanes Value, TLanes Slope) At<TLanes>(TLanes c) where TLanes : unmanaged, ILanes<TLanes>
        {
            var square = TLanes.MultiplySubtractFrom(c, c, TLanes.Broadcast(1));
            // cos(theta + m) = cos theta cos m - sin theta sin m
            var value = TLanes.MultiplySubtractFrom(Root(square, 0), TLanes.Broadcast(sin), c * TLanes.Broadcast(cos));
            var slope = TLanes.MultiplyAdd(c / Root(square, LeastSquare), TLanes.Broadcast(sin), TLanes.Broadcast(cos));
            var isInside = TLanes.GreaterThan(c, TLanes.Broadcast(bound));
            return (TLanes.Select(isInside, value, c - TLanes.Broadcast(beyond)), TLanes.Select(isInside, slope, TLanes.Broadcast(1)));
        }

        private static TLanes Root<TLanes>(TLanes square, float least) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Sqrt(TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(least), square), TLanes.Broadcast(least), square));
    }
}
