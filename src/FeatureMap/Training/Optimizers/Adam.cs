using System.Runtime.CompilerServices;
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

    /// <inheritdoc/>
    public override IReadOnlyList<string> Slots => ["average", "square"];

    private protected virtual bool DecaysDirectly => false;

    /// <inheritdoc/>
    protected internal override void Update(WeightRun weights)
    {
        var correction1 = 1 - PortableMath.Power(Beta1, weights.Step + 1);
        var correction2 = 1 - PortableMath.Power(Beta2, weights.Step + 1);
        var decay = weights.Decays ? WeightDecay : 0;
        weights.Apply(new Rule
        {
            Rate = (float)(weights.LearningRate / correction1),
            InverseRoot = (float)(1 / Math.Sqrt(correction2)),
            Beta1 = (float)Beta1,
            Rest1 = (float)(1 - Beta1),
            Beta2 = (float)Beta2,
            Rest2 = (float)(1 - Beta2),
            Epsilon = (float)Epsilon,
            GradientDecay = DecaysDirectly ? 0 : (float)decay,
            Keep = DecaysDirectly ? (float)(1 - (weights.LearningRate * decay)) : 1,
        });
    }

    private readonly struct Rule : IUpdateRule
    {
        public required float Rate { get; init; }

        public required float InverseRoot { get; init; }

        public required float Beta1 { get; init; }

        public required float Rest1 { get; init; }

        public required float Beta2 { get; init; }

        public required float Rest2 { get; init; }

        public required float Epsilon { get; init; }

        public required float GradientDecay { get; init; }

        public required float Keep { get; init; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
        {
            var g = TReal.MultiplyAdd(TReal.Of(GradientDecay), weight, gradient);
            var m = TReal.MultiplyAdd(TReal.Of(Beta1), slots[0], TReal.Of(Rest1) * g);
            var v = TReal.MultiplyAdd(TReal.Of(Beta2), slots[1], TReal.Of(Rest2) * g * g);
            (slots[0], slots[1]) = (m, v);
            var denominator = TReal.MultiplyAdd(TReal.Sqrt(v), TReal.Of(InverseRoot), TReal.Of(Epsilon));
            return TReal.MultiplySubtractFrom(TReal.Of(Rate), m / denominator, weight * TReal.Of(Keep));
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
