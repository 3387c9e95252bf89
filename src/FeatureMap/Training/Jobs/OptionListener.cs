namespace FeatureMap.Training;

/// <summary>Calls what the options name for epochs and notices.</summary>
internal sealed class OptionListener(TrainingOptions options) : TrainingListener
{
    public override void EpochDone(TrainingJob job, EpochRecord epoch) => options.EpochEnded?.Invoke(epoch);

    public override void Notice(TrainingJob job, string text) => options.Notice?.Invoke(text);
}
