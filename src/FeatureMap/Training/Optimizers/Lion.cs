using FeatureMap.Lanes;

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

    internal override IReadOnlyList<string> Slots => ["momentum"];

    internal override unsafe void Update<TLanes>(in UpdateRange range, in UpdateTime time)
    {
        var (up, down) = (TLanes.Broadcast((float)time.LearningRate), TLanes.Broadcast(-(float)time.LearningRate));
        var (beta1, rest1) = (TLanes.Broadcast((float)Beta1), TLanes.Broadcast((float)(1 - Beta1)));
        var (beta2, rest2) = (TLanes.Broadcast((float)Beta2), TLanes.Broadcast((float)(1 - Beta2)));
        var keep = TLanes.Broadcast((float)(1 - (time.LearningRate * (range.Decays ? WeightDecay : 0))));
        for (nint i = 0; i < range.Count; i += TLanes.Width)
        {
            var g = TLanes.Load(range.Gradient + i);
            var m = TLanes.Load(range.Slot0 + i);
            var direction = TLanes.MultiplyAdd(beta1, m, rest1 * g);
            var move = TLanes.Select(TLanes.GreaterThan(direction, TLanes.Zero), up, TLanes.Select(TLanes.GreaterThan(TLanes.Zero, direction), down, TLanes.Zero));
            TLanes.Store(range.Values + i, (TLanes.Load(range.Values + i) * keep) - move);
            TLanes.Store(range.Slot0 + i, TLanes.MultiplyAdd(beta2, m, rest2 * g));
        }
    }
}
