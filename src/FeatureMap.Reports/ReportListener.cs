using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// Writes the report of a training that came to its end into its run folder (<see cref="ReportBuilder"/>); put it behind
/// <see cref="TrainingListener.Usual"/>, as it reads the log. The training is done by then: a report that cannot be written is told as a
/// notice and no more.
/// </summary>
/// <param name="folder">The folder of the run.</param>
/// <param name="facts">Facts to show first, such as recipe, optimiser and seed.</param>
public sealed class ReportListener(RunFolder folder, IReadOnlyList<ReportFact>? facts = null) : FolderListener(folder)
{
    /// <inheritdoc/>
    public override void Finished(TrainingJob job, TrainingRun run)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            CheckPlace();
            HtmlReport.Write(Folder.ReportPath, ReportBuilder.Build(Folder, run.Model, run.Data, facts, job.Options.Threads) with
            {
                Variants = ReportBuilder.Variants(run.Data.Training, job.Options.Augmentation, job.Options.Seed),
            });
        }
        catch (DataException error)
        {
            job.Tell($"The training is done; only its report is missing: {error.Message} ReportBuilder.Write makes it later.");
        }
    }
}
