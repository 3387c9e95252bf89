using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Writes into the run folder, before the first step, what is needed to repeat the run: <c>config.json</c> and <c>network.json</c>. A
/// configuration that names a recipe is that of whoever made the folder, and stays.
/// </summary>
/// <param name="folder">The folder of the run.</param>
/// <param name="options">The options of the training.</param>
public sealed class RecordListener(RunFolder folder, TrainingOptions options) : FolderListener(folder)
{
    private Network? network;
    private SplitData? data;

    /// <inheritdoc/>
    public override void Preparing(Network network, SplitData data)
    {
        base.Preparing(network, data);
        (this.network, this.data) = (network, data);
    }

    /// <inheritdoc/>
    /// <exception cref="DataException">The folder cannot be written, or it was moved.</exception>
    public override void Starting(TrainingJob job)
    {
        CheckPlace();
        RunRecord.Write(Folder, options.PartOf?.Start.Network ?? network!, options.PartOf?.Data ?? data!, options);
    }
}
