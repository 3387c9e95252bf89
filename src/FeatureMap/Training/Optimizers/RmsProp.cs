using FeatureMap.Lanes;

namespace FeatureMap.Training;

/// <summary>
/// RMSProp: the gradient divided by the root of a running average of its square, s = a s + (1 - a) g^2, w = w - rate g / (sqrt(s) + epsilon); with momentum the quotient
/// goes through v = momentum v + quotient, and centred the variance takes the place of the mean square. The arithmetic of PyTorch's RMSprop.
/// Source: Tieleman and Hinton, Coursera lecture 6.5, 2012; centred: Graves, arXiv 1308.0850.
/// </summary>
public sealed class RmsProp : Optimizer
{
    /// <summary>RMSProp with its usual settings.</summary>
    /// <param name="smoothing">Memory of the average squared gradient.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="momentum">How much of the last direction is kept; 0 for none.</param>
    /// <param name="centered">Whether the square of the average gradient is taken off, so that the variance divides.</param>
    /// <param name="weightDecay">L2 pull on the weights, added to the gradient.</param>
    public RmsProp(double smoothing = 0.99, double epsilon = 1e-8, double momentum = 0, bool centered = false, double weightDecay = 0) : base(weightDecay)
    {
        Smoothing = Between(smoothing, 0, 1, "RMSProp's smoothing");
        Momentum = Between(momentum, 0, 1, "The momentum of RMSProp");
        Epsilon = epsilon is > 0 and < 1 ? epsilon : throw new UsageException("RMSProp's epsilon must be above 0 and below 1: "
            + $"received {epsilon}.");
        Centered = centered;
    }

    /// <summary>Memory of the average squared gradient.</summary>
    public double Smoothing { get; }

    /// <summary>Added to the root.</summary>
    public double Epsilon { get; }

    /// <summary>How much of the last direction is kept.</summary>
    public double Momentum { get; }

    /// <summary>Whether the variance divides instead of the mean square.</summary>
    public bool Centered { get; }

    /// <inheritdoc/>
    public override string Name => "RMSProp";

    internal override IReadOnlyList<string> Slots => (Momentum > 0, Centered) switch
    {
        (false, false) => ["square"],
        (true, false) => ["square", "momentum"],
        (false, true) => ["square", "average"],
        _ => ["square", "average", "momentum"],
    };

    internal override unsafe void Update<TLanes>(in UpdateRange range, in UpdateTime time)
    {
        var rate = TLanes.Broadcast((float)time.LearningRate);
        var (smoothing, rest) = (TLanes.Broadcast((float)Smoothing), TLanes.Broadcast((float)(1 - Smoothing)));
        var (momentum, epsilon) = (TLanes.Broadcast((float)Momentum), TLanes.Broadcast((float)Epsilon));
        var decay = TLanes.Broadcast(range.Decays ? (float)WeightDecay : 0);
        var velocity = Centered ? range.Slot2 : range.Slot1;
        for (nint i = 0; i < range.Count; i += TLanes.Width)
        {
            var w = TLanes.Load(range.Values + i);
            var g = TLanes.MultiplyAdd(decay, w, TLanes.Load(range.Gradient + i));
            var square = TLanes.MultiplyAdd(smoothing, TLanes.Load(range.Slot0 + i), rest * g * g);
            TLanes.Store(range.Slot0 + i, square);
            if (Centered)
            {
                var average = TLanes.MultiplyAdd(smoothing, TLanes.Load(range.Slot1 + i), rest * g);
                TLanes.Store(range.Slot1 + i, average);
                square = TLanes.MultiplySubtractFrom(average, average, square);
            }
            var direction = g / (TLanes.Sqrt(square) + epsilon);
            if (Momentum > 0)
            {
                direction = TLanes.MultiplyAdd(momentum, TLanes.Load(velocity + i), direction);
                TLanes.Store(velocity + i, direction);
            }
            TLanes.Store(range.Values + i, TLanes.MultiplySubtractFrom(rate, direction, w));
        }
    }
}
