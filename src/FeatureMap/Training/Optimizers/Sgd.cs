using FeatureMap.Lanes;

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

    internal override IReadOnlyList<string> Slots => Momentum > 0 ? ["momentum"] : [];

    internal override unsafe void Update<TLanes>(in UpdateRange range, in UpdateTime time)
    {
        var rate = TLanes.Broadcast((float)time.LearningRate);
        var momentum = TLanes.Broadcast((float)Momentum);
        var decay = TLanes.Broadcast(range.Decays ? (float)WeightDecay : 0);
        for (nint i = 0; i < range.Count; i += TLanes.Width)
        {
            var w = TLanes.Load(range.Values + i);
            var direction = TLanes.MultiplyAdd(decay, w, TLanes.Load(range.Gradient + i));
            if (Momentum > 0)
            {
                var v = TLanes.MultiplyAdd(momentum, TLanes.Load(range.Slot0 + i), direction);
                TLanes.Store(range.Slot0 + i, v);
                direction = Nesterov ? TLanes.MultiplyAdd(momentum, v, direction) : v;
            }
            TLanes.Store(range.Values + i, TLanes.MultiplySubtractFrom(rate, direction, w));
        }
    }
}
