using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Finishes a training when validation has not improved for some epochs, and gives it the weights of its best epoch, where that was asked
/// for. Those weights are in the checkpoints, so that a training which goes on after a kill chooses among all its epochs.
/// </summary>
/// <param name="stopping">When that is.</param>
public sealed class EarlyStoppingListener(EarlyStopping stopping) : TrainingListener
{
    private const string Prefix = "best/";
    private readonly EarlyStopping stopping = stopping ?? throw new ArgumentNullException(nameof(stopping));

    // Of the network that is trained, without dead weights.
    private Weights? best;

    /// <inheritdoc/>
    public override void Started(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job is { IsAtEpochEnd: true, Validation.Count: > 0 } && stopping.IsOver(job.Validation)) job.Finish();
    }

    /// <inheritdoc/>
    public override void Validated(TrainingJob job, EvaluationResult validation)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (stopping.RestoresBest && stopping.Best(job.Validation) == job.Validation.Count - 1) best = job.Session.Judged.Clone();
        if (stopping.IsOver(job.Validation)) job.Finish();
    }

    /// <inheritdoc/>
    public override void Capturing(TrainingJob job, IList<SafetensorsEntry> tensors, IDictionary<string, string> state)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach (var parameter in best?.Parameters ?? [])
            tensors.Add(new SafetensorsEntry(Prefix + parameter.Name, parameter.Values.ToArray(), [.. parameter.Dimensions]));
    }

    /// <inheritdoc/>
    public override void Restored(TrainingJob job, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (!stopping.RestoresBest || !checkpoint.Tensors.Any(tensor => tensor.Name.StartsWith(Prefix, StringComparison.Ordinal))) return;
        best = job.Session.Weights.Clone();
        foreach (var parameter in best.Parameters)
            TrainingSession.Copy(checkpoint, Prefix + parameter.Name, parameter, parameter.Values);
    }

    /// <inheritdoc/>
    public override void Finishing(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!stopping.RestoresBest || job.Validation.Count == 0) return;
        var epoch = stopping.Best(job.Validation) + 1;
        if (epoch == 0)
            job.Tell($"No epoch gave a number to choose the best by: the model is that of the last one, {job.Validation.Count}.");
        else if (best is not null && epoch < job.Validation.Count)
            job.UseModelOf(epoch, job.Session.Whole(best), "the best on the validation images");
    }

    /// <inheritdoc/>
    public override void Closed() => best = null;
}
