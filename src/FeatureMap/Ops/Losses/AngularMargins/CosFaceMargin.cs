using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// CosFace: the cosine of the target's class less a margin, F(c) = c - margin; see <see cref="AngularMargin"/>. The simplest of the three margins and the easiest to train.
/// Sources: Wang et al., "CosFace", arXiv 1801.09414; Wang et al., "Additive margin softmax", arXiv 1801.05599.
/// </summary>
public sealed class CosFaceMargin : AngularMargin, IOpRoom
{
    /// <summary>The margin.</summary>
    /// <exception cref="UsageException">The margin is not in [0, 1).</exception>
    public CosFaceMargin(float margin = 0.35f)
    {
        if (!(margin is >= 0 and < 1))
            throw new UsageException("The margin of CosFace is subtracted from a cosine and must be at least 0 and below 1: received "
                + $"{margin}. 0.35 is common.");
        Margin = margin;
    }

    /// <summary>What is subtracted from the cosine.</summary>
    public float Margin { get; }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new CosFaceMargin(settings.Real("margin", (CosFaceMargin op) => op.Margin, 0, 0.9999999)) { Scale = ScaleOf(settings) };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("ten classes", new CosFaceMargin { Scale = 16 }, 10, 19, InputValues.OneHot),
        Case("mixed labels", new CosFaceMargin(0.2f), 4, 33, InputValues.Probabilities),
        Case("no margin", new CosFaceMargin(0), 3, 2, InputValues.OneHot),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        Case("random", new CosFaceMargin(random.NextSingle(0, 0.9f)) { Scale = random.NextSingle(1, 64) }, 2 + random.NextInt(20), 1 + random.NextInt(40), random.NextInt(2) == 0 ? InputValues.OneHot : InputValues.Probabilities);

    private static OpCase Case(string name, CosFaceMargin op, int classes, int batch, InputValues target) =>
        new(name, op, [Shape.Vector(classes), Shape.Vector(classes)], batch, CaseValues.Reals) { InputValues = [InputValues.Between(-op.Scale, op.Scale), target] };

    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var function = new Function(Margin);
        return new AngularMarginKernel<TLanes, Function>(site, Scale, _ => function);
    }

    internal override (double Value, double Slope) At(double cosine, StepState step, ExecutionMode mode) => (cosine - Margin, 1);

    private readonly struct Function(float margin) : IMarginFunction
    {
        public (TLanes Value, TLanes Slope) At<TLanes>(TLanes cosine) where TLanes : unmanaged, ILanes<TLanes> => (cosine - TLanes.Broadcast(margin), TLanes.Broadcast(1));
    }
}
