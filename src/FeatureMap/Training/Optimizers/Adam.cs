using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// Adam: steps of about the learning rate in every coordinate, from running averages of the gradient and of its square, corrected for their start at 0:
/// w = w - rate m' / (sqrt(v') + epsilon). Weight decay is added to the gradient. Source: Kingma and Ba, arXiv 1412.6980.
/// </summary>
public class Adam : Optimizer
{
    /// <summary>Adam with its usual settings.</summary>
    /// <param name="beta1">Memory of the average gradient.</param>
    /// <param name="beta2">Memory of the average squared gradient.</param>
    /// <param name="epsilon">Added to the root, so that a coordinate without gradient does not divide by 0.</param>
    /// <param name="weightDecay">L2 pull on the weights.</param>
    public Adam(double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0) : base(weightDecay)
    {
        Beta1 = Between(beta1, 0, 1, "Adam's beta1");
        Beta2 = Between(beta2, 0, 1, "Adam's beta2");
        Epsilon = epsilon is > 0 and < 1 ? epsilon : throw new UsageException("Adam's epsilon must be above 0 and below 1: "
            + $"received {epsilon}.");
    }

    /// <summary>Memory of the average gradient.</summary>
    public double Beta1 { get; }

    /// <summary>Memory of the average squared gradient.</summary>
    public double Beta2 { get; }

    /// <summary>Added to the root.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override string Name => "Adam";

    internal override IReadOnlyList<string> Slots => ["average", "square"];

    private protected virtual bool DecaysDirectly => false;

    internal override unsafe void Update<TLanes>(in UpdateRange range, in UpdateTime time)
    {
        var correction1 = 1 - PortableMath.Power(Beta1, time.Step + 1);
        var correction2 = 1 - PortableMath.Power(Beta2, time.Step + 1);
        var rate = TLanes.Broadcast((float)(time.LearningRate / correction1));
        var inverseRoot = TLanes.Broadcast((float)(1 / Math.Sqrt(correction2)));
        var (beta1, rest1) = (TLanes.Broadcast((float)Beta1), TLanes.Broadcast((float)(1 - Beta1)));
        var (beta2, rest2) = (TLanes.Broadcast((float)Beta2), TLanes.Broadcast((float)(1 - Beta2)));
        var epsilon = TLanes.Broadcast((float)Epsilon);
        var decay = range.Decays ? WeightDecay : 0;
        var gradientDecay = TLanes.Broadcast(DecaysDirectly ? 0 : (float)decay);
        var keep = TLanes.Broadcast(DecaysDirectly ? (float)(1 - (time.LearningRate * decay)) : 1);
        for (nint i = 0; i < range.Count; i += TLanes.Width)
        {
            var w = TLanes.Load(range.Values + i);
            var g = TLanes.MultiplyAdd(gradientDecay, w, TLanes.Load(range.Gradient + i));
            var m = TLanes.MultiplyAdd(beta1, TLanes.Load(range.Slot0 + i), rest1 * g);
            var v = TLanes.MultiplyAdd(beta2, TLanes.Load(range.Slot1 + i), rest2 * g * g);
            TLanes.Store(range.Slot0 + i, m);
            TLanes.Store(range.Slot1 + i, v);
            var denominator = TLanes.MultiplyAdd(TLanes.Sqrt(v), inverseRoot, epsilon);
            TLanes.Store(range.Values + i, TLanes.MultiplySubtractFrom(rate, m / denominator, w * keep));
        }
    }
}

/// <summary>
/// Adam with weight decay apart from the gradient: w is first multiplied by 1 - rate x decay, so that the pull does not depend on the gradient's
/// size. Source: Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv 1711.05101.
/// </summary>
public sealed class AdamW : Adam
{
    /// <summary>AdamW with its usual settings.</summary>
    public AdamW(double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01) : base(beta1, beta2, epsilon, weightDecay) { }

    /// <inheritdoc/>
    public override string Name => "AdamW";

    private protected override bool DecaysDirectly => true;
}
