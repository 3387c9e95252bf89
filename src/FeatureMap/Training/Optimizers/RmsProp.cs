using System.Runtime.CompilerServices;

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

    /// <inheritdoc/>
    public override IReadOnlyList<string> Slots => (Momentum > 0, Centered) switch
    {
        (false, false) => ["square"],
        (true, false) => ["square", "momentum"],
        (false, true) => ["square", "average"],
        _ => ["square", "average", "momentum"],
    };

    /// <inheritdoc/>
    protected internal override void Update(WeightRun weights) => weights.Apply(new Rule(
        (float)weights.LearningRate, (float)Smoothing, (float)(1 - Smoothing), (float)Momentum, (float)Epsilon,
        weights.Decays ? (float)WeightDecay : 0, Centered));

    private readonly struct Rule(float rate, float smoothing, float rest, float momentum, float epsilon, float decay, bool centered)
        : IUpdateRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
        {
            var g = TReal.MultiplyAdd(TReal.Of(decay), weight, gradient);
            var square = TReal.MultiplyAdd(TReal.Of(smoothing), slots[0], TReal.Of(rest) * g * g);
            slots[0] = square;
            if (centered)
            {
                var average = TReal.MultiplyAdd(TReal.Of(smoothing), slots[1], TReal.Of(rest) * g);
                slots[1] = average;
                square = TReal.MultiplySubtractFrom(average, average, square);
            }
            var direction = g / (TReal.Sqrt(square) + TReal.Of(epsilon));
            if (momentum > 0)
            {
                direction = TReal.MultiplyAdd(TReal.Of(momentum), slots[centered ? 2 : 1], direction);
                slots[centered ? 2 : 1] = direction;
            }
            return TReal.MultiplySubtractFrom(TReal.Of(rate), direction, weight);
        }
    }
}
