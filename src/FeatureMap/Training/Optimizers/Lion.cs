using System.Runtime.CompilerServices;

namespace FeatureMap.Training;

/// <summary>
/// Lion ("evolved sign momentum"): only the sign of an interpolation between gradient and momentum moves the weights, so every coordinate moves by the learning
/// rate: w = w (1 - rate decay) - rate sign(b1 m + (1 - b1) g), then m = b2 m + (1 - b2) g. One number per weight instead of Adam's two. Use a rate three to ten times
/// lower than Adam's and a decay as many times higher. Source: Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675.
/// </summary>
public sealed class Lion : Optimizer
{
    /// <summary>Lion with its usual settings.</summary>
    /// <param name="beta1">How much of the momentum goes into the direction.</param>
    /// <param name="beta2">Memory of the momentum.</param>
    /// <param name="weightDecay">Pull on the weights, apart from the gradient.</param>
    public Lion(double beta1 = 0.9, double beta2 = 0.99, double weightDecay = 0) : base(weightDecay)
    {
        Beta1 = Between(beta1, 0, 1, "Lion's beta1");
        Beta2 = Between(beta2, 0, 1, "Lion's beta2");
    }

    /// <summary>How much of the momentum goes into the direction.</summary>
    public double Beta1 { get; }

    /// <summary>Memory of the momentum.</summary>
    public double Beta2 { get; }

    /// <inheritdoc/>
    public override string Name => "Lion";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Slots => ["momentum"];

    /// <inheritdoc/>
    protected internal override void Update(WeightRun weights)
    {
        var keep = (float)(1 - (weights.LearningRate * (weights.Decays ? WeightDecay : 0)));
        weights.Apply(new Rule((float)weights.LearningRate, keep, (float)Beta1, (float)(1 - Beta1), (float)Beta2, (float)(1 - Beta2)));
    }

    private readonly struct Rule(float rate, float keep, float beta1, float rest1, float beta2, float rest2) : IUpdateRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
        {
            var zero = TReal.Of(0);
            var direction = TReal.MultiplyAdd(TReal.Of(beta1), slots[0], TReal.Of(rest1) * gradient);
            var down = TReal.IfGreater(zero, direction, TReal.Of(-rate), zero);
            var move = TReal.IfGreater(direction, zero, TReal.Of(rate), down);
            slots[0] = TReal.MultiplyAdd(TReal.Of(beta2), slots[0], TReal.Of(rest2) * gradient);
            return (weight * TReal.Of(keep)) - move;
        }
    }
}
