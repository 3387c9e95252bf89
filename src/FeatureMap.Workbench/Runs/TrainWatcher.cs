using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What a training is about to do.</summary>
/// <param name="Network">What is trained.</param>
/// <param name="Data">On what.</param>
/// <param name="Folder">Where.</param>
/// <param name="Progressive">The two parts of a training that begins on small images; null for one of one part.</param>
public sealed record TrainStage(Network Network, SplitData Data, RunFolder Folder, ProgressiveTraining? Progressive)
{
    /// <summary>What is done with pretrained weights; null for a training that begins with none.</summary>
    public FineTuningPlan? FineTuning { get; init; }

    /// <summary>What is made small; null for the cross-entropy of classes.</summary>
    public Loss? Loss { get; init; }
}

/// <summary>
/// Watches a training: override what you want to hear of. All calls come on the thread that trains, and the training waits for them.
/// </summary>
public class TrainWatcher
{
    /// <summary>Everything is ready, the folder is made, and the first step comes next.</summary>
    public virtual void Begin(TrainStage stage) { }

    /// <summary>A part of the training begins, where it has two: small images, then those of their own size.</summary>
    /// <param name="folder">The folder of the part, which has its log and checkpoints.</param>
    /// <param name="epochs">How many it has.</param>
    public virtual void BeginPart(RunFolder folder, int epochs) { }

    /// <summary>Runs a part of the training. Who wants to hear of steps, or draws while they are done, does it around the call.</summary>
    /// <param name="train">Trains; told the progress of steps, or null.</param>
    public virtual TrainingRun Watch(Func<IProgress<TrainingProgress>?, TrainingRun> train)
    {
        ArgumentNullException.ThrowIfNull(train);
        return train(null);
    }

    /// <summary>An epoch has ended.</summary>
    public virtual void EndEpoch(EpochRecord epoch) { }

    /// <summary>The run that was to go on is complete: nothing is trained; a report that is missing is written next.</summary>
    public virtual void FindComplete(TrainOutcome outcome) { }
}
