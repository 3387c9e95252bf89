using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>Where a <see cref="TrainingJob"/> is in its life.</summary>
public enum TrainingJobState
{
    /// <summary>Made, and not begun.</summary>
    Ready,

    /// <summary>Begun; a step is being done, or may be asked for.</summary>
    Running,

    /// <summary>Waiting at a step boundary until it is to go on.</summary>
    Paused,

    /// <summary>Ended before its end; a new job can go on from its checkpoint.</summary>
    Stopped,

    /// <summary>At its end.</summary>
    Complete,

    /// <summary>Ended by an error.</summary>
    Failed,
}

/// <summary>What a training has come to after a step: copies that its further steps leave alone.</summary>
public sealed record TrainingSnapshot
{
    /// <summary>Steps done since the start of the training.</summary>
    public required long Step { get; init; }

    /// <summary>The epoch of the last step, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>
    /// What validation judges, ready to predict: with the running average of the weights where that was asked for
    /// (<see cref="TrainingOptions.Averaging"/>).
    /// </summary>
    public required Model Model { get; init; }

    /// <summary>The same with the weights as the last step left them; the same object where nothing is averaged.</summary>
    public required Model Current { get; init; }

    /// <summary>The rows of the epochs that are finished.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }
}
