using System.Diagnostics;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>Trains a network: epochs, validation, progress, log, checkpoints, resuming. Everything that has a clock or a file; the numbers come from the session.</summary>
public static class Trainer
{
    /// <summary>Trains and returns the result; a run folder, where one is given, then holds log, checkpoints and model.</summary>
    /// <param name="network">What to train.</param>
    /// <param name="data">Training and validation images of the network's input shape.</param>
    /// <param name="options">Everything else.</param>
    /// <exception cref="ShapeException">The data do not fit the network.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number; the message names the step and the layer.</exception>
    /// <exception cref="DataException">The run folder cannot be written, or belongs to another network.</exception>
    public static TrainingRun Fit(Network network, SplitData data, TrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new TrainingOptions();
        using var session = new TrainingSession(network, data, options);
        using var log = options.Folder is null ? null : new RunLog(options.Folder.Location, session.MetricInfo);
        return new Loop(session, data, options, log).Run();
    }

    private sealed class Loop(TrainingSession session, SplitData data, TrainingOptions options, RunLog? log)
    {
        private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);
        private readonly List<EpochRecord> epochs = [];
        private readonly CheckpointStore? checkpoints = options.Folder?.Checkpoints;
        private const string ImagesKey = "images";
        private readonly Stopwatch watch = new();
        private TensorBoardLog? board;
        private double secondsBefore, secondsAtEpochStart, augmentationAtEpochStart;
        private TimeSpan lastReport, lastCheckpoint, saving;
        private long stepsAtEpochStart, imagesAtEpochStart;

        private bool StopsEarly => session.StepsDone % session.StepsPerEpoch == 0 && options.EarlyStopping is { } stopping && session.Validation.Count > 0 && stopping.IsOver(session.Validation);

        // Large networks have checkpoints that take seconds to reach the disk: at most a twentieth of the time goes there.
        private TimeSpan CheckpointInterval => saving * 20 > options.CheckpointInterval ? saving * 20 : options.CheckpointInterval;

        private double Seconds => secondsBefore + watch.Elapsed.TotalSeconds;

        public TrainingRun Run()
        {
            if (checkpoints is not null) _ = data.Training.Sha256(); // once and now, not in the time of a step
            if (options.Resume) Resume();
            using var events = options is { Folder: { } folder, TensorBoard: true } ? new TensorBoardLog(folder, session, data.Training, options.Seed) : null;
            board = events;
            watch.Start();
            EvaluationResult? validation = null;
            stepsAtEpochStart = session.StepsDone;
            imagesAtEpochStart = session.StepsDone % session.StepsPerEpoch == 0 ? 0 : session.EpochImages;
            while (session.StepsDone < session.TotalSteps && !StopsEarly)
            {
                if (options.Cancellation.IsCancellationRequested)
                {
                    SaveCheckpoint();
                    return Result(null, isComplete: false);
                }
                session.Step();
                LogStep();
                if (session.StepsDone % session.StepsPerEpoch == 0) validation = EndEpoch();
                else if (checkpoints is not null && watch.Elapsed - lastCheckpoint >= CheckpointInterval) SaveCheckpoint();
            }
            if (session.Best is { } best && options.EarlyStopping!.Best(session.Validation) < session.Validation.Count - 1)
            {
                options.Notice?.Invoke($"The model is that of epoch {options.EarlyStopping!.Best(session.Validation) + 1}, the best on the validation images.");
                return Result(null, isComplete: true, best);
            }
            return Result(validation ?? session.Evaluator.Run(), isComplete: true);
        }

        private EvaluationResult EndEpoch()
        {
            session.CheckWeights();
            var trained = Seconds;
            var validation = session.Validate();
            var record = new EpochRecord
            {
                Epoch = (int)(session.StepsDone / session.StepsPerEpoch),
                Step = session.StepsDone,
                TrainLoss = session.EpochLoss / session.EpochImages,
                Metric = session.MetricInfo ?? MetricInfo.Accuracy,
                TrainMetric = session.EpochMetric,
                ValidationLoss = validation.Loss,
                ValidationMetric = validation.Value,
                LearningRate = session.LearningRate,
                Seconds = Seconds - secondsAtEpochStart,
                TotalSeconds = Seconds,
                ImagesPerSecond = (session.EpochImages - imagesAtEpochStart) / Math.Max(1e-9, trained - secondsAtEpochStart),
                AugmentationShare = (session.AugmentationSeconds - augmentationAtEpochStart) / (session.Threads * Math.Max(1e-9, trained - secondsAtEpochStart)),
            };
            epochs.Add(record);
            log?.Write(record);
            board?.Write(record);
            SaveCheckpoint();
            options.EpochEnded?.Invoke(record);
            secondsAtEpochStart = Seconds;
            (stepsAtEpochStart, imagesAtEpochStart, augmentationAtEpochStart) = (session.StepsDone, 0, session.AugmentationSeconds);
            return validation;
        }

        private void LogStep()
        {
            var epoch = (int)((session.StepsDone - 1) / session.StepsPerEpoch) + 1;
            if (log is not null && session.StepsDone % options.LogEverySteps == 0)
            {
                var row = new StepRecord { Step = session.StepsDone, Epoch = epoch, Loss = session.StepLoss, LearningRate = session.LearningRate };
                log.Write(row);
                board?.Write(row);
            }
            if (options.Progress is null || watch.Elapsed - lastReport < ProgressInterval) return;
            lastReport = watch.Elapsed;
            var elapsed = Math.Max(1e-9, Seconds - secondsAtEpochStart);
            var perStep = elapsed / Math.Max(1, session.StepsDone - stepsAtEpochStart);
            options.Progress.Report(new TrainingProgress(
                epoch, options.Epochs, (int)(((session.StepsDone - 1) % session.StepsPerEpoch) + 1), session.StepsPerEpoch,
                session.EpochLoss / session.EpochImages, session.EpochMetric, session.LearningRate,
                (session.EpochImages - imagesAtEpochStart) / elapsed, TimeSpan.FromSeconds(perStep * (session.TotalSteps - session.StepsDone)))
            { MetricInfo = session.MetricInfo });
        }

        private void SaveCheckpoint()
        {
            lastCheckpoint = watch.Elapsed;
            if (checkpoints is null) return;
            var started = Stopwatch.GetTimestamp();
            session.CheckWeights();
            var checkpoint = session.Capture();
            var state = new Dictionary<string, string>(checkpoint.State)
            {
                ["seconds"] = Seconds.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                ["epochStartSeconds"] = secondsAtEpochStart.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                [ImagesKey] = data.Training.Sha256(),
            };
            checkpoints.Save(checkpoint with { State = state });
            saving = Stopwatch.GetElapsedTime(started);
        }

        private void Resume()
        {
            if (checkpoints is null)
                throw new UsageException("Resuming needs the run folder to continue from: set TrainingOptions.Folder, or pass --resume RUN.");
            var found = checkpoints.LoadNewest();
            if (found.Notice.Length > 0) options.Notice?.Invoke(found.Notice);
            log!.TruncateAfter(found.Checkpoint?.Step ?? 0);
            if (found.Checkpoint is not { } checkpoint) return;
            // Checkpoints of version 0.4 and before do not say which images they are of.
            if (checkpoint.State.TryGetValue(ImagesKey, out var images) && images != data.Training.Sha256())
                throw new DataException($"The checkpoint of step {checkpoint.Step} was made while training on other images than the {data.Training.Count:N0} of {data.Name}: with other pixels, classes or order. A training goes on only with the images that it began with.");
            session.Restore(checkpoint);
            epochs.AddRange(RunLog.Read(options.Folder!.Location).Epochs);
            secondsBefore = StateNumber(checkpoint, "seconds");
            secondsAtEpochStart = StateNumber(checkpoint, "epochStartSeconds");
            if (session.StepsDone % session.StepsPerEpoch == 0) secondsAtEpochStart = secondsBefore;
        }

        private static double StateNumber(Checkpoint checkpoint, string name) =>
            checkpoint.State.TryGetValue(name, out var text) && double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : 0;

        private TrainingRun Result(EvaluationResult? validation, bool isComplete, Weights? weights = null)
        {
            var whole = session.Whole(weights ?? session.Judged);
            var preparation = Model.KeptPreparation(session.Preparation, whole.Network.Input);
            if (preparation != session.Preparation && isComplete)
                options.Notice?.Invoke($"The model does not hold '{session.Preparation}', which was done to the images first: do it before you use the model.");
            var model = new Model(whole, session.Normalization, data.Training.ClassNames, preparation);
            if (weights is not null) validation = ModelEvaluation.Evaluate(model, data.Validation, session.Preparation, options.Loss, options.Metric, options.Threads, options.LaneWidth);
            if (isComplete && options.Folder is not null) ModelFile.Save(model, options.Folder.Location);
            return new TrainingRun(options, data, model, [.. epochs], validation, isComplete);
        }
    }
}
