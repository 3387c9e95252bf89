using System.Diagnostics;
using FeatureMap.Analysis;
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
    /// <exception cref="UsageException">
    /// The linter found an error (<see cref="TrainingOptions.Lint"/>), batch normalisation would see one number per channel, or there is a
    /// run folder and the network cannot be written and read again.
    /// </exception>
    /// <exception cref="TrainingException">The loss is no longer a number; the message names the step and the layer.</exception>
    /// <exception cref="DataException">The run folder cannot be written, is in use by another process, was moved or deleted meanwhile, or
    /// belongs to another network.</exception>
    public static TrainingRun Fit(Network network, SplitData data, TrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new TrainingOptions();
        if (options.Folder is not null) NetworkFile.RequireReadable(network);
        using var held = options.Folder?.Hold();
        using var session = new TrainingSession(network, data, options);
        if (options.Lint is { } lint && !(options.Resume && options.Folder is { } folder && folder.Checkpoints.Steps().Count > 0)
            && Linted(network, data, options, session.Graph.Reading, lint).Errors is { Length: > 0 } errors)
            throw new UsageException($"The network cannot learn like this. {errors} To train it all the same, set TrainingOptions.Lint to "
                + "null, or to options that leave the rule out.");
        RunRecord.Write(network, data, options);
        if (session.LeftOut is { } leftOut) options.Notice?.Invoke(leftOut);
        using var log = options.Folder is null ? null : new RunLog(options.Folder.Location, session.MetricInfo, options.Notice);
        return new Loop(session, data, options, log).Run();
    }

    /// <summary>
    /// What the linter finds in a network for a training, whose batch size and loss it is told: what <see cref="Fit"/> looks at before it
    /// begins, where only errors refuse. Nothing is trained or written.
    /// </summary>
    /// <param name="network">What to train.</param>
    /// <param name="data">Training and validation images.</param>
    /// <param name="options">Everything else; all rules where <see cref="TrainingOptions.Lint"/> is null.</param>
    public static LintReport Lint(Network network, SplitData data, TrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new TrainingOptions();
        return Linted(network, data, options, Reading(network, data, options), options.Lint ?? new LintOptions());
    }

    private static LintReport Linted(Network network, SplitData data, TrainingOptions options, OutputReading? reading, LintOptions lint) => Linter.Check(network, lint with
    {
        BatchSize = lint.BatchSize ?? Math.Clamp(options.BatchSize, 1, options.Sampler.MostImages(data.Training)),
        Reading = lint.Reading ?? reading,
    });

    // Null where the loss does not fit: the training says so itself.
    private static OutputReading? Reading(Network network, SplitData data, TrainingOptions options)
    {
        try
        {
            var set = data.Training;
            var target = set.Targets is { } targets ? targets.ShapeOf(targets.Kind == TargetKind.Numbers ? targets.StoredShape : options.Augmentation.Fit(set).TargetShape(set.ImageShape, targets)) : (Shape?)null;
            return TrainingGraph.Of(network, options.Loss ?? new Ops.SoftmaxCrossEntropy(), data.ClassCount, target).Reading;
        }
        catch (FeatureMapException)
        {
            return null;
        }
    }

    private sealed class Loop(TrainingSession session, SplitData data, TrainingOptions options, RunLog? log)
    {
        private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100), FolderInterval = TimeSpan.FromSeconds(1);
        private readonly List<EpochRecord> epochs = [];
        private readonly CheckpointStore? checkpoints = options.Folder?.Checkpoints;
        private const string ImagesKey = "images";
        private readonly Stopwatch watch = new();
        private TensorBoardLog? board;
        private double secondsBefore, secondsAtEpochStart, augmentationAtEpochStart;
        private TimeSpan lastReport, lastCheckpoint, lastLook, saving;
        private double firstLoss = double.NaN;
        private bool toldMissing;

        private bool StopsEarly => session.StepsDone % session.StepsPerEpoch == 0 && options.EarlyStopping is { } stopping && session.Validation.Count > 0 && stopping.IsOver(session.Validation);

        // Large networks have checkpoints that take seconds to reach the disk: at most a twentieth of the time goes there.
        private TimeSpan CheckpointInterval => saving * 20 > options.CheckpointInterval ? saving * 20 : options.CheckpointInterval;

        private double Seconds => secondsBefore + watch.Elapsed.TotalSeconds;

        public TrainingRun Run()
        {
            if (checkpoints is not null) _ = data.Training.Sha256(); // once and now, not in the time of a step
            if (options.Resume) Resume();
            using var events = options is { Folder: { } folder, TensorBoard: true } ? new TensorBoardLog(folder, session, data.Training, options) : null;
            board = events;
            watch.Start();
            EvaluationResult? validation = null;
            while (session.StepsDone < session.TotalSteps && !StopsEarly)
            {
                if (options.Cancellation.IsCancellationRequested)
                {
                    SaveCheckpoint();
                    return Result(null, isComplete: false);
                }
                session.Step();
                if (session.StepsDone == 1) firstLoss = session.StepLoss;
                if (watch.Elapsed - lastLook >= FolderInterval) CheckFolder();
                LogStep();
                if (session.StepsDone % session.StepsPerEpoch == 0) validation = EndEpoch();
                else if (checkpoints is not null && watch.Elapsed - lastCheckpoint >= CheckpointInterval) SaveCheckpoint();
            }
            var last = session.Validation.Count - 1;
            var chosen = options.EarlyStopping is { RestoresBest: true } stopping ? stopping.Best(session.Validation) : last;
            if (chosen < 0 && last >= 0) options.Notice?.Invoke("No epoch gave a number to choose the best by: the model is that of the "
                + $"last one, {last + 1}.");
            if (TrainingVerdict.Of(session, data, epochs, firstLoss, chosen < 0 ? last : chosen) is { } verdict) options.Notice?.Invoke(verdict);
            if (session.Best is { } best && chosen < last)
            {
                options.Notice?.Invoke($"The model is that of epoch {chosen + 1}, the best on the validation images.");
                return Result(null, isComplete: true, best);
            }
            return Result(validation ?? session.Evaluator.Run(), isComplete: true);
        }

        // A folder that was moved or deleted stops the training at once, before anything is written in its old place.
        private void CheckFolder()
        {
            lastLook = watch.Elapsed;
            options.Folder?.CheckHeld();
        }

        /// <summary>Says once that a number is missing, with what it means for the training.</summary>
        private void TellMissing(EvaluationResult validation, int epoch)
        {
            if (toldMissing) return;
            var missing = validation.Values.Count(double.IsNaN);
            var what = !double.IsFinite(validation.Loss) ? $"The validation loss after epoch {epoch} is "
                + $"{(double.IsNaN(validation.Loss) ? "not a number" : "infinite")}"
                : session.MetricInfo is not { } metric ? null
                : double.IsNaN(validation.Value) ? $"The validation {metric.Name} after epoch {epoch} is not a number: {missing:N0} of "
                + $"{validation.Values.Count:N0} images gave none"
                : double.IsNaN(session.EpochMetric) ? $"The training {metric.Name} of epoch {epoch} is not a number"
                : null;
            if (what is null) return;
            toldMissing = true;
            options.Notice?.Invoke($"{what}. An epoch without a number never counts as the best. Further ones are marked in the log and "
                + "not told again.");
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
                ImagesPerSecond = session.EpochImages / Math.Max(1e-9, trained - secondsAtEpochStart),
                AugmentationShare = (session.AugmentationSeconds - augmentationAtEpochStart) / (session.Threads * Math.Max(1e-9, trained - secondsAtEpochStart)),
            };
            epochs.Add(record);
            CheckFolder();
            TellMissing(validation, record.Epoch);
            log?.Write(record);
            board?.Write(record);
            SaveCheckpoint();
            options.EpochEnded?.Invoke(record);
            secondsAtEpochStart = Seconds;
            augmentationAtEpochStart = session.AugmentationSeconds;
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
            var inEpoch = ((session.StepsDone - 1) % session.StepsPerEpoch) + 1;
            options.Progress.Report(new TrainingProgress(
                epoch, options.Epochs, (int)inEpoch, session.StepsPerEpoch,
                session.EpochLoss / session.EpochImages, session.EpochMetric, session.LearningRate,
                session.EpochImages / elapsed, TimeSpan.FromSeconds(elapsed / inEpoch * (session.TotalSteps - session.StepsDone)))
            { MetricInfo = session.MetricInfo });
        }

        private void SaveCheckpoint()
        {
            lastCheckpoint = watch.Elapsed;
            if (checkpoints is null) return;
            CheckFolder();
            var started = Stopwatch.GetTimestamp();
            session.CheckWeights();
            var checkpoint = session.Capture();
            var state = new Dictionary<string, string>(checkpoint.State)
            {
                ["seconds"] = Text(Seconds),
                ["epochStartSeconds"] = Text(secondsAtEpochStart),
                ["epochAugmentationSeconds"] = Text(session.AugmentationSeconds - augmentationAtEpochStart),
                ["firstLoss"] = Text(firstLoss),
                [ImagesKey] = data.Training.Sha256(),
            };
            checkpoints.Save(checkpoint with { State = state });
            saving = Stopwatch.GetElapsedTime(started);
        }

        private void Resume()
        {
            if (checkpoints is null)
                throw new UsageException("Resuming needs the run folder to continue from: set TrainingOptions.Folder.");
            var found = checkpoints.LoadNewest();
            if (found.Notice.Length > 0) options.Notice?.Invoke(found.Notice);
            log!.TruncateAfter(found.Checkpoint?.Step ?? 0);
            if (found.Checkpoint is not { } checkpoint) return;
            if (checkpoint.State.GetValueOrDefault(ImagesKey) != data.Training.Sha256())
                throw new DataException($"The checkpoint of step {checkpoint.Step} was made while training on other images than the "
                    + $"{data.Training.Count:N0} of {data.Name}: with other pixels, classes or order. A training goes on only with the "
                    + "images that it began with.");
            session.Restore(checkpoint);
            epochs.AddRange(RunLog.Read(options.Folder!.Location).Epochs);
            if (session.StepsDone / session.StepsPerEpoch is var ended && epochs.Count < ended)
                options.Notice?.Invoke($"The log has rows of {epochs.Count:N0} of the {ended:N0} epochs so far: {RunLog.JsonFileName} was "
                    + "removed or changed. The training goes on all the same; curves and times lack what is missing.");
            secondsBefore = StateNumber(checkpoint, "seconds");
            secondsAtEpochStart = StateNumber(checkpoint, "epochStartSeconds");
            // The session counts from here on; what the epoch spent before belongs to it too.
            augmentationAtEpochStart = session.AugmentationSeconds - StateNumber(checkpoint, "epochAugmentationSeconds");
            firstLoss = StateNumber(checkpoint, "firstLoss");
            if (session.StepsDone % session.StepsPerEpoch != 0) return;
            (secondsAtEpochStart, augmentationAtEpochStart) = (secondsBefore, session.AugmentationSeconds);
        }

        private static string Text(double number) => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

        private static double StateNumber(Checkpoint checkpoint, string name) =>
            checkpoint.State.TryGetValue(name, out var text) && double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= 0 ? value : 0;

        private TrainingRun Result(EvaluationResult? validation, bool isComplete, Weights? weights = null)
        {
            var whole = session.Whole(weights ?? session.Judged);
            var preparation = Model.KeptPreparation(session.Preparation, whole.Network.Input);
            if (preparation != session.Preparation && isComplete)
                options.Notice?.Invoke($"The model does not hold '{session.Preparation}', which was done to the images first: do it before you use the model.");
            var model = new Model(whole, session.Normalization, data.Training.ClassNames, preparation);
            if (weights is not null) validation = ModelEvaluation.Evaluate(model, data.Validation, session.Preparation, options.Loss, options.Metric, options.Threads, options.LaneWidth);
            if (isComplete && options.Folder is not null)
            {
                CheckFolder();
                ModelFile.Save(model, options.Folder.Location);
            }
            return new TrainingRun(options, data, model, [.. epochs], validation, isComplete);
        }
    }
}
