namespace FeatureMap.Training;

/// <summary>One row of the log: what an epoch gave. <see cref="double.NaN"/> stands for a value that was not measured.</summary>
public sealed record EpochRecord
{
    /// <summary>The number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Optimiser steps done since the start of the run, at the end of this epoch.</summary>
    public required long Step { get; init; }

    /// <summary>Mean loss over the training samples of the epoch, as they were met (augmented, dropout active).</summary>
    public required double TrainLoss { get; init; }

    /// <summary>What <see cref="TrainMetric"/> and <see cref="ValidationMetric"/> are; accuracy unless something else was measured.</summary>
    public MetricInfo Metric { get; init; } = MetricInfo.Accuracy;

    /// <summary>Mean of the metric over the training samples as they were met.</summary>
    public double TrainMetric { get; init; } = double.NaN;

    /// <summary>Mean of the metric over the validation samples at the end of the epoch.</summary>
    public double ValidationMetric { get; init; } = double.NaN;

    /// <summary>Share of the training samples that were right as they were met, 0 to 1; not a number where another metric was measured.</summary>
    public double TrainAccuracy { get => Metric.IsAccuracy ? TrainMetric : double.NaN; init => TrainMetric = value; }

    /// <summary>Mean loss over the validation samples at the end of the epoch.</summary>
    public double ValidationLoss { get; init; } = double.NaN;

    /// <summary>Share of the validation samples that are right at the end of the epoch, 0 to 1; not a number where another metric was measured.</summary>
    public double ValidationAccuracy { get => Metric.IsAccuracy ? ValidationMetric : double.NaN; init => ValidationMetric = value; }

    /// <summary>The learning rate of the epoch's last step.</summary>
    public double LearningRate { get; init; } = double.NaN;

    /// <summary>Seconds that this epoch took, validation included.</summary>
    public double Seconds { get; init; } = double.NaN;

    /// <summary>Seconds since the start of the run, earlier parts of a resumed run included.</summary>
    public double TotalSeconds { get; init; } = double.NaN;

    /// <summary>Training images per second, validation not counted.</summary>
    public double ImagesPerSecond { get; init; } = double.NaN;

    /// <summary>Part of the computing time of training that went into augmenting and mixing images, 0 to 1.</summary>
    public double AugmentationShare { get; init; } = double.NaN;
}

/// <summary>One row of the log: what a single optimiser step gave.</summary>
public sealed record StepRecord
{
    /// <summary>The number of the step since the start of the run, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>The epoch that the step belongs to, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss of the step's batch.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public double LearningRate { get; init; } = double.NaN;
}

/// <summary>The rows of a log, in the order in which they were written.</summary>
/// <param name="Epochs">The rows of kind epoch.</param>
/// <param name="Steps">The rows of kind step.</param>
public sealed record RunLogRows(IReadOnlyList<EpochRecord> Epochs, IReadOnlyList<StepRecord> Steps)
{
    /// <summary>The rows of kind layers: what was measured inside the network, one for each epoch where that was asked for.</summary>
    public IReadOnlyList<LayersRecord> Layers { get; init; } = [];
}
