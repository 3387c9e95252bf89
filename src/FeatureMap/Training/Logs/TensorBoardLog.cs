using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>What a training shows in TensorBoard: curves of steps and epochs, histograms of the weights, and what the first images look like after augmentation.</summary>
internal sealed class TensorBoardLog : IDisposable
{
    // Histograms of larger networks would take longer than they tell.
    private const long MostWeights = 2_000_000;
    private const int Variants = 8, MostImages = 8, MostPreviewPixels = 4_000_000;
    private readonly EventFile events;
    private readonly Weights weights;

    public TensorBoardLog(RunFolder folder, TrainingSession session, ImageSet images, ulong seed)
    {
        weights = session.Weights;
        var resumedAt = session.StepsDone;
        events = EventFile.Create(folder.Location, resumedAt > 0 ? resumedAt : null);
        if (resumedAt > 0) return;
        // Fewer of large images, so that the file does not become heavy.
        var rows = Math.Clamp(MostPreviewPixels / ((Variants + 1) * images.ImageShape.Area), 1, MostImages);
        var (pixels, shape) = AugmentationPreview.Draw(images, session.Augmentation, rows, Variants, seed);
        events.Image("images/augmented", 0, PngWriter.Write(pixels, shape), shape);
        Histograms(0);
        events.Flush();
    }

    public void Write(StepRecord row)
    {
        events.Scalar("step/loss", row.Step, row.Loss);
        events.Scalar("step/learning rate", row.Step, row.LearningRate);
    }

    public void Write(EpochRecord row)
    {
        Scalar("loss/training", row.Step, row.TrainLoss);
        Scalar("loss/validation", row.Step, row.ValidationLoss);
        Scalar($"{row.Metric.Name}/training", row.Step, row.TrainMetric);
        Scalar($"{row.Metric.Name}/validation", row.Step, row.ValidationMetric);
        Scalar("speed/images per second", row.Step, row.ImagesPerSecond);
        Scalar("speed/augmentation share", row.Step, row.AugmentationShare);
        Histograms(row.Step);
        events.Flush();
    }

    public void Dispose() => events.Dispose();

    private void Scalar(string tag, long step, double value)
    {
        if (!double.IsNaN(value)) events.Scalar(tag, step, value);
    }

    private void Histograms(long step)
    {
        if (weights.Network.TrainableCount > MostWeights) return;
        foreach (var parameter in weights.Parameters)
            events.Histogram($"weights/{parameter.Name}", step, parameter.Values);
    }
}
