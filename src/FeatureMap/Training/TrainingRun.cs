using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>What a training gave.</summary>
public sealed class TrainingRun
{
    internal TrainingRun(TrainingOptions options, SplitData data, Model model, IReadOnlyList<EpochRecord> epochs, EvaluationResult? validation, bool isComplete)
    {
        Options = options;
        Data = data;
        Model = model;
        Epochs = epochs;
        Validation = validation;
        IsComplete = isComplete;
    }

    /// <summary>What was asked for.</summary>
    public TrainingOptions Options { get; }

    /// <summary>What it was trained and validated on.</summary>
    public SplitData Data { get; }

    /// <summary>The network with its weights as they are now, ready to predict.</summary>
    public Model Model { get; }

    /// <summary>One row per finished epoch, those before a resume included.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; }

    /// <summary>The network on the validation images after the last epoch; null when the training was stopped before the end of one.</summary>
    public EvaluationResult? Validation { get; }

    /// <summary>False when it was stopped: it can be resumed.</summary>
    public bool IsComplete { get; }

    /// <summary>
    /// The model on the whole validation images, class by class; null where their targets are no label maps, or the network gives other
    /// ones. It is made at the first call.
    /// </summary>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    public SegmentationJudgement? Segmentation => field ??= SegmentationJudgement.Fits(Model, Data.Validation)
        ? SegmentationJudgement.Of(Model, Data.Validation, Options.Threads) : null;

    /// <summary>
    /// The model on the validation images, label by label, each taken from one half on; null where the targets are no labels. It is made
    /// at the first call.
    /// </summary>
    public MultiLabelJudgement? Labels => field ??= Data.Validation.Targets is { Kind: TargetKind.Labels }
        ? MultiLabelJudgement.Of(Model, Data.Validation, threads: Options.Threads) : null;

    /// <summary>
    /// The model on the validation images, number by number; null where the targets are no quantities. It is made at the first call.
    /// </summary>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    public QuantityJudgement? Quantities => field ??= Data.Validation.Targets is { Kind: TargetKind.Quantities }
        ? QuantityJudgement.Of(Model, Data.Validation, Options.Threads) : null;

    /// <summary>Seconds of training until an epoch ended with at least this validation accuracy; null when none did.</summary>
    /// <param name="accuracy">0 to 1.</param>
    public double? SecondsToAccuracy(double accuracy) =>
        Epochs.FirstOrDefault(epoch => epoch.ValidationAccuracy >= accuracy) is { } reached ? reached.TotalSeconds : null;
}
