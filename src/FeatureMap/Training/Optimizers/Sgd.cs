using System.Runtime.CompilerServices;

namespace FeatureMap.Training;

/// <summary>
/// Stochastic gradient descent: v = momentum v + (g + decay w), w = w - rate v; with Nesterov w = w - rate (g + decay w + momentum v).
/// The arithmetic of PyTorch's SGD. Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013.
/// </summary>
public sealed class Sgd : Optimizer
{
    /// <summary>Plain, with momentum, or with Nesterov momentum.</summary>
    /// <param name="momentum">How much of the last direction is kept, 0 to below 1.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs momentum.</param>
    /// <param name="weightDecay">L2 pull on the weights, added to the gradient.</param>
    public Sgd(double momentum = 0.9, bool nesterov = false, double weightDecay = 0) : base(weightDecay)
    {
        Momentum = Between(momentum, 0, 1, "The momentum of SGD");
        if (nesterov && momentum == 0)
            throw new UsageException("Nesterov's step looks ahead along the momentum, so it needs a momentum above 0: received 0. A common value is 0.9.");
        Nesterov = nesterov;
    }

    /// <summary>How much of the last direction is kept.</summary>
    public double Momentum { get; }

    /// <summary>Whether to look ahead along the momentum.</summary>
    public bool Nesterov { get; }

    /// <inheritdoc/>
    public override string Name => "SGD";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Slots => Momentum > 0 ? ["momentum"] : [];

    /// <inheritdoc/>
    protected internal override void Update(WeightRun weights) =>
        weights.Apply(new Rule((float)weights.LearningRate, (float)Momentum, weights.Decays ? (float)WeightDecay : 0, Nesterov));

    private readonly struct Rule(float rate, float momentum, float decay, bool nesterov) : IUpdateRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
        {
            var direction = TReal.MultiplyAdd(TReal.Of(decay), weight, gradient);
            if (momentum > 0)
            {
                var velocity = TReal.MultiplyAdd(TReal.Of(momentum), slots[0], direction);
                slots[0] = velocity;
                direction = nesterov ? TReal.MultiplyAdd(TReal.Of(momentum), velocity, direction) : velocity;
            }
            return TReal.MultiplySubtractFrom(TReal.Of(rate), direction, weight);
        }
    }
}
