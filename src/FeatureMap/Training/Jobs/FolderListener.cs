using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>A listener that writes into a run folder: it holds the folder for this process as long as the job lives.</summary>
/// <param name="folder">The folder; through one object several listeners hold it together.</param>
public abstract class FolderListener(RunFolder folder) : TrainingListener
{
    private IDisposable? held;

    /// <summary>The folder.</summary>
    public RunFolder Folder { get; } = folder ?? throw new ArgumentNullException(nameof(folder));

    /// <inheritdoc/>
    /// <exception cref="DataException">Another process holds the folder, or it is not writable.</exception>
    public override void Preparing(Network network, SplitData data) => held = Folder.Hold();

    /// <inheritdoc/>
    public override void Closed()
    {
        held?.Dispose();
        held = null;
    }

    /// <summary>To be called before something is written: a folder that was moved must not come into being again, half filled.</summary>
    /// <exception cref="DataException">The folder was moved or deleted while it was held.</exception>
    protected void CheckPlace() => Folder.CheckPlace();
}
