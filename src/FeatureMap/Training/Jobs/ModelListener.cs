using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Saves the model of a training that came to its end into the run folder (<see cref="ModelFile"/>), and refuses before the first step a
/// network that could not be read again.
/// </summary>
/// <param name="folder">The folder of the run.</param>
public sealed class ModelListener(RunFolder folder) : FolderListener(folder)
{
    /// <inheritdoc/>
    /// <exception cref="UsageException">The network cannot be written and read again; the message says why.</exception>
    /// <exception cref="DataException">Another process holds the folder, or it is not writable.</exception>
    public override void Preparing(Network network, SplitData data)
    {
        NetworkFile.RequireReadable(network);
        base.Preparing(network, data);
    }

    /// <inheritdoc/>
    /// <exception cref="DataException">The disk is full, or the folder was moved.</exception>
    public override void Finished(TrainingJob job, TrainingRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        CheckPlace();
        ModelFile.Save(run.Model, Folder.Location);
    }
}
