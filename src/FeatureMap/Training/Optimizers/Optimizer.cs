using FeatureMap.Lanes;

namespace FeatureMap.Training;

/// <summary>
/// How a step changes the weights, given their gradients: an immutable description. The state that it needs (momentum, averages) belongs to the training
/// session and goes into the checkpoints. Weight decay pulls on weights only, not on biases and normalisation parameters.
/// </summary>
public abstract partial class Optimizer
{
    private protected Optimizer(double weightDecay)
    {
        if (!(weightDecay is >= 0 and < 1))
            throw new UsageException($"Weight decay must be at least 0 and below 1: received {weightDecay}. Common values are 0 to 0.01 "
                + "(5e-4 for convolutional networks).");
        WeightDecay = weightDecay;
    }

    /// <summary>Name as the field says it.</summary>
    public abstract string Name { get; }

    /// <summary>How strongly weights are pulled towards 0.</summary>
    public double WeightDecay { get; }

    /// <summary>Names of the numbers that are kept for each weight from step to step.</summary>
    internal abstract IReadOnlyList<string> Slots { get; }

    /// <summary>Updates a run of weights. Reads and writes up to the next multiple of 16.</summary>
    internal abstract unsafe void Update<TLanes>(in UpdateRange range, in UpdateTime time) where TLanes : unmanaged, ILanes<TLanes>;

    private protected static double Between(double value, double from, double below, string what) =>
        value >= from && value < below ? value : throw new UsageException($"{what} must be at least {from} and below {below}: "
            + $"received {value}.");
}

/// <summary>A run of weights with their gradient and the optimiser's numbers.</summary>
internal readonly unsafe struct UpdateRange
{
    public required float* Values { get; init; }

    public required float* Gradient { get; init; }

    public required float* Slot0 { get; init; }

    public required float* Slot1 { get; init; }

    public required float* Slot2 { get; init; }

    public required nint Count { get; init; }

    public required bool Decays { get; init; }
}

/// <summary>When an update happens and at which learning rate.</summary>
internal readonly record struct UpdateTime(double LearningRate, long Step);
