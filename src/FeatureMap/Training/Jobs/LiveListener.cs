using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Tells other processes where the training is, and listens to them: <c>live.json</c> in the run folder is replaced at most four times a
/// second (<see cref="LiveState"/>), and a file <c>stop</c> ends the training after the step it is doing. Both are gone when the training
/// ends in whatever way but a kill. Nothing that is computed depends on it. Where <c>live.json</c> cannot be written, the training goes on
/// without it.
/// </summary>
/// <param name="folder">The folder of the run.</param>
public sealed class LiveListener(RunFolder folder) : FolderListener(folder)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly ArrayBufferWriter<byte> content = new(1024);
    private readonly string fresh = folder.LivePath + ".new";
    private long last;
    private bool isWritable = true;

    /// <inheritdoc/>
    public override void Preparing(Network network, SplitData data)
    {
        base.Preparing(network, data);
        // What was asked of an earlier process, before this one took the folder, is not asked of this one.
        if (File.GetLastWriteTimeUtc(Folder.StopPath) <= Folder.HeldSince) Remove(Folder.StopPath);
    }

    /// <inheritdoc/>
    public override void Started(TrainingJob job)
    {
        last = Stopwatch.GetTimestamp();
        Write(job);
    }

    /// <inheritdoc/>
    public override void StepDone(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Stopwatch.GetElapsedTime(last) < Interval) return;
        last = Stopwatch.GetTimestamp();
        Write(job);
        Listen(job);
    }

    /// <inheritdoc/>
    public override void EpochDone(TrainingJob job, EpochRecord epoch) => Listen(job);

    /// <inheritdoc/>
    public override void Closed()
    {
        Remove(Folder.LivePath);
        Remove(fresh);
        Remove(Folder.StopPath);
        base.Closed();
    }

    private void Listen(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (File.Exists(Folder.StopPath)) job.Stop();
    }

    // Not flushed to disk: after a power cut nothing is live.
    private void Write(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!isWritable) return;
        content.ResetWrittenCount();
        Fill(job, content);
        try
        {
            CheckPlace();
            using (var stream = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0))
                stream.Write(content.WrittenSpan);
            File.Move(fresh, Folder.LivePath, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            isWritable = false;
        }
    }

    private static void Fill(TrainingJob job, ArrayBufferWriter<byte> content)
    {
        var progress = job.Progress;
        using var json = new Utf8JsonWriter(content);
        json.WriteStartObject();
        json.WriteNumber("step", job.StepsDone);
        json.WriteNumber("steps", job.TotalSteps);
        json.WriteNumber("epoch", progress.Epoch);
        json.WriteNumber("epochs", job.Options.Epochs);
        Number("loss", job.StepsDone == 0 ? double.NaN : job.StepLoss);
        Number("epochLoss", progress.Loss);
        Number("epochMetric", progress.Metric);
        Number("learningRate", job.StepsDone == 0 ? double.NaN : progress.LearningRate);
        Number("imagesPerSecond", progress.ImagesPerSecond);
        Number("remainingSeconds", job.StepsDone == 0 ? double.NaN : progress.Remaining.TotalSeconds);
        json.WriteNumber("process", Environment.ProcessId);
        json.WriteString("time", DateTime.UtcNow);
        json.WriteEndObject();

        void Number(string name, double value)
        {
            if (double.IsFinite(value)) json.WriteNumber(name, value);
            else json.WriteNull(name);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It says nothing once the folder is no longer held.
        }
    }
}
