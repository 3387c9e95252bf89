using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// What a training shows in TensorBoard: curves of steps and epochs, histograms of the weights, and what the first images look like after
/// augmentation. However long the training is, the file stays small: at most <see cref="MostStepRows"/> steps, <see cref="MostEpochRows"/>
/// epochs and the last one, and as many sets of histograms as make about 16 MB, evenly spread. The whole log is <c>log.jsonl</c>. It is for
/// the eyes only: where it cannot be written, that is said once and the training goes on without it.
/// </summary>
internal sealed class TensorBoardLog : IDisposable
{
    public const int MostStepRows = 10_000, MostEpochRows = 2_000;
    private const long MostHistogramBytes = 16 << 20;

    // Histograms of larger networks would take longer than they tell.
    private const long MostWeights = 2_000_000;
    private const int Variants = 8, MostImages = 8, MostPreviewPixels = 4_000_000;
    private readonly Weights weights;
    private readonly Action<string>? notice;
    private readonly long stepInterval, lastStep;
    private readonly int epochs, epochInterval;
    private EventFile? events;
    private long histogramBytes;

    public TensorBoardLog(RunFolder folder, TrainingSession session, ImageSet images, TrainingOptions options)
    {
        weights = session.Weights;
        notice = options.Notice;
        epochs = options.Epochs;
        lastStep = session.TotalSteps;
        stepInterval = Interval(session.TotalSteps / options.LogEverySteps, MostStepRows) * options.LogEverySteps;
        epochInterval = (int)Interval(epochs, MostEpochRows);
        Guard(() =>
        {
            var resumedAt = session.StepsDone;
            events = EventFile.Create(folder.Location, resumedAt > 0 ? resumedAt : null);
            if (resumedAt > 0) return;
            // Fewer of large images, so that the file does not become heavy.
            var rows = Math.Clamp(MostPreviewPixels / ((Variants + 1) * images.ImageShape.Area), 1, MostImages);
            var (pixels, shape) = AugmentationPreview.Draw(images, session.Augmentation, rows, Variants, options.Seed);
            events!.Image("images/augmented", 0, PngWriter.Write(pixels, shape), shape);
            Histograms(0);
            events!.Flush();
        });
    }

    public void Write(StepRecord row)
    {
        if (events is null || (row.Step % stepInterval != 0 && row.Step != lastStep)) return;
        Guard(() =>
        {
            events!.Scalar("step/loss", row.Step, row.Loss);
            events!.Scalar("step/learning rate", row.Step, row.LearningRate);
        });
    }

    public void Write(EpochRecord row)
    {
        if (events is null) return;
        var isLast = row.Epoch == epochs;
        Guard(() =>
        {
            if (isLast || row.Epoch % epochInterval == 0)
            {
                Scalar("loss/training", row.Step, row.TrainLoss);
                Scalar("loss/validation", row.Step, row.ValidationLoss);
                Scalar($"{row.Metric.Name}/training", row.Step, row.TrainMetric);
                Scalar($"{row.Metric.Name}/validation", row.Step, row.ValidationMetric);
                Scalar("speed/images per second", row.Step, row.ImagesPerSecond);
                Scalar("speed/augmentation share", row.Step, row.AugmentationShare);
            }
            // The first set shows how large one is.
            var sets = histogramBytes == 0 ? epochs : Math.Max(2, MostHistogramBytes / histogramBytes);
            if (isLast || row.Epoch % Interval(epochs, sets) == 0) Histograms(row.Step);
            events!.Flush();
        });
    }

    public void Dispose() => events?.Dispose();

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
            notice?.Invoke($"The events for TensorBoard are left out from here on, and the training goes on: {error.Message}");
        }
    }

    private void Scalar(string tag, long step, double value)
    {
        if (!double.IsNaN(value)) events!.Scalar(tag, step, value);
    }

    private void Histograms(long step)
    {
        if (weights.Network.TrainableCount > MostWeights) return;
        var before = events!.Length;
        foreach (var parameter in weights.Parameters)
            events.Histogram($"weights/{parameter.Name}", step, parameter.Values);
        histogramBytes = Math.Max(histogramBytes, events.Length - before);
    }
}
