using System.Globalization;
using System.Text.Json;

namespace FeatureMap.Training;

/// <summary>
/// Where a training is, as <c>live.json</c> of its folder says it (<see cref="LiveListener"/>): for whoever watches from another process.
/// The file is there as long as the training runs; one that a kill left behind says how far it came.
/// </summary>
public sealed record LiveState
{
    /// <summary>Steps done since the start of the run.</summary>
    public required long Step { get; init; }

    /// <summary>Steps of the whole training.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>The epoch of the last step, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>How many epochs are to be trained.</summary>
    public required int Epochs { get; init; }

    /// <summary>Mean loss of the last step's images; not a number before the first.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>Mean loss of the running epoch so far.</summary>
    public double EpochLoss { get; init; } = double.NaN;

    /// <summary>The metric of the running epoch so far.</summary>
    public double EpochMetric { get; init; } = double.NaN;

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate { get; init; } = double.NaN;

    /// <summary>Training images per second in the running epoch.</summary>
    public double ImagesPerSecond { get; init; } = double.NaN;

    /// <summary>Seconds until the end of the training, if it goes on at this speed; not a number before the first step.</summary>
    public double RemainingSeconds { get; init; } = double.NaN;

    /// <summary>The number of the process that trains.</summary>
    public required int Process { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTime Time { get; init; }

    /// <summary>Reads <c>live.json</c> of a run folder; null where there is none, or none that can be read.</summary>
    /// <param name="folder">The folder.</param>
    public static LiveState? Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            const int most = 4096;
            using var stream = new FileStream(RunFolder.LiveIn(folder), FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > most) return null;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return StrictJson.Parse(content, Of);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or KeyNotFoundException)
        {
            return null; // it is being replaced, or it is no such file
        }
    }

    private static LiveState? Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return null;
        return new LiveState
        {
            Step = LogFormat.Whole(root, "step"),
            TotalSteps = LogFormat.Whole(root, "steps"),
            Epoch = (int)Math.Min(int.MaxValue, LogFormat.Whole(root, "epoch")),
            Epochs = (int)Math.Min(int.MaxValue, LogFormat.Whole(root, "epochs")),
            Loss = Number("loss"),
            EpochLoss = Number("epochLoss"),
            EpochMetric = Number("epochMetric"),
            LearningRate = Number("learningRate"),
            ImagesPerSecond = Number("imagesPerSecond"),
            RemainingSeconds = Number("remainingSeconds"),
            Process = (int)Math.Min(int.MaxValue, LogFormat.Whole(root, "process")),
            Time = DateTime.Parse(root.GetProperty("time").GetString() ?? "", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        };

        double Number(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var number) ? number : double.NaN;
    }
}
