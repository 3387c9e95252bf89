using FeatureMap.Data;
using FeatureMap.Interchange;

namespace FeatureMap.Training;

/// <summary>
/// What a training shows in TensorBoard: curves of steps and epochs, histograms of the weights, and what the first images look like after
/// augmentation. However long the training is, the file stays small: at most 10,000 steps, 2,000 epochs and the last one, and as many sets
/// of histograms as make about 16 MB, evenly spread. The whole log is <c>log.jsonl</c>. It is for the eyes only: where it cannot be
/// written, that is said once and the training goes on without it.
/// </summary>
/// <param name="folder">Where TensorBoard is pointed at, usually the folder of the run. It is created where it is missing.</param>
public sealed class TensorBoardListener(string folder) : TrainingListener
{
    private const int MostStepRows = 10_000, MostEpochRows = 2_000;
    private const long MostHistogramBytes = 16 << 20;

    // Histograms of larger networks would take longer than they tell.
    private const long MostWeights = 2_000_000;
    private const int Variants = 8, MostImages = 8, MostPreviewPixels = 4_000_000;
    private readonly string folder = folder ?? throw new ArgumentNullException(nameof(folder));
    private TrainingJob? job;
    private EventFile? events;
    private long histogramBytes;

    /// <summary>Steps between two points of the curves of steps; more where there would be too many of them.</summary>
    /// <exception cref="UsageException">It is below 1.</exception>
    public int EverySteps
    {
        get;
        init => field = value > 0 ? value : throw new UsageException($"The number of steps between two points of the curves must be at "
            + $"least 1: received {value:N0}.");
    } = 50;

    private int Epochs => job!.Options.Epochs;

    /// <inheritdoc/>
    public override void Started(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        (this.job, histogramBytes) = (job, 0);
        Guard(() =>
        {
            var resumedAt = job.StepsDone;
            events = EventFile.Create(folder, resumedAt > 0 ? resumedAt : null);
            if (resumedAt > 0) return;
            // Fewer of large images, so that the file does not become heavy.
            var images = (job.Options.PartOf?.Data ?? job.Data).Training;
            var rows = Math.Clamp(MostPreviewPixels / ((Variants + 1) * images.ImageShape.Area), 1, MostImages);
            var (pixels, shape) = AugmentationPreview.Draw(images, job.Session.Augmentation, rows, Variants, job.Options.Seed);
            events!.Image("images/augmented", 0, PngWriter.Write(pixels, shape), shape);
            Histograms(0);
            events!.Flush();
        });
    }

    /// <inheritdoc/>
    public override void StepDone(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (events is not null && job.StepsDone % EverySteps == 0) Write(job.StepRow);
    }

    /// <inheritdoc/>
    public override void EpochDone(TrainingJob job, EpochRecord epoch) => Write(epoch);

    /// <inheritdoc/>
    public override void Closed()
    {
        events?.Dispose();
        (events, job) = (null, null);
    }

    internal void Write(StepRecord row)
    {
        var last = job!.TotalSteps;
        if (events is null || (row.Step % (Interval(last / EverySteps, MostStepRows) * EverySteps) != 0 && row.Step != last)) return;
        Guard(() =>
        {
            events!.Scalar("step/loss", row.Step, row.Loss);
            events!.Scalar("step/learning rate", row.Step, row.LearningRate);
        });
    }

    internal void Write(EpochRecord row)
    {
        if (events is null) return;
        var isLast = row.Epoch == Epochs;
        Guard(() =>
        {
            if (isLast || row.Epoch % Interval(Epochs, MostEpochRows) == 0)
            {
                Scalar("loss/training", row.Step, row.TrainLoss);
                Scalar("loss/validation", row.Step, row.ValidationLoss);
                Scalar($"{row.Metric.Name}/training", row.Step, row.TrainMetric);
                Scalar($"{row.Metric.Name}/validation", row.Step, row.ValidationMetric);
                Scalar("speed/images per second", row.Step, row.ImagesPerSecond);
                Scalar("speed/augmentation share", row.Step, row.AugmentationShare);
            }
            // The first set shows how large one is.
            var sets = histogramBytes == 0 ? Epochs : Math.Max(2, MostHistogramBytes / histogramBytes);
            if (isLast || row.Epoch % Interval(Epochs, sets) == 0) Histograms(row.Step);
            events!.Flush();
        });
    }

    private static long Interval(long rows, long most) => Math.Max(1, (rows + most - 1) / most);

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (DataException error)
        {
            events?.Dispose();
            events = null;
            job!.Tell($"The events for TensorBoard are left out from here on, and the training goes on: {error.Message}");
        }
    }

    private void Scalar(string tag, long step, double value)
    {
        if (!double.IsNaN(value)) events!.Scalar(tag, step, value);
    }

    private void Histograms(long step)
    {
        var weights = job!.Session.Weights;
        if (weights.Network.TrainableCount > MostWeights) return;
        var before = events!.Length;
        foreach (var parameter in weights.Parameters)
            events.Histogram($"weights/{parameter.Name}", step, parameter.Values);
        histogramBytes = Math.Max(histogramBytes, events.Length - before);
    }
}
