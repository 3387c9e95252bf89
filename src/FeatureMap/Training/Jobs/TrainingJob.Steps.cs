using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>Between the calls: what is done under the gate, by one thread at a time.</summary>
public sealed partial class TrainingJob
{
    /// <summary>Who waits to look at the job goes first: a thread that steps on and on would take the gate again and again.</summary>
    private void GiveWay(string what)
    {
        RefuseListener(what);
        if (Volatile.Read(ref visitors) > 0) SpinWait.SpinUntil(noVisitors);
    }

    private T Visit<T>(Func<T> work)
    {
        Interlocked.Increment(ref visitors);
        try
        {
            lock (gate) return work();
        }
        finally
        {
            Interlocked.Decrement(ref visitors);
        }
    }

    private void RefuseListener(string what)
    {
        if (Monitor.IsEntered(gate))
            throw new UsageException($"TrainingJob.{what} was called by a listener, in the middle of a moment of the training. A listener "
                + "may look at the job and call Pause, Stop or Finish; the next step is for whoever drives the job.");
    }

    private void RefuseEnded()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (failure is not null)
            throw new UsageException($"The training failed at step {StepsDone:N0} and does not go on: {failure.Message} Make a new job, "
                + "which begins again, or resumes from a checkpoint.", failure);
    }

    private void Begin()
    {
        if (state != TrainingJobState.Ready) return;
        (state, starting) = (TrainingJobState.Running, true);
        ranks?.Begin(Network, Data, Options, session.AllWeights);
        if (session.LeftOut is { } leftOut) Tell(leftOut);
        foreach (var listener in listeners)
            listener.Starting(this);
        // Rank 0 alone has a folder with checkpoints.
        if (ranks?.Share(restored) is { } checkpoint && checkpoint != restored) Restore(checkpoint);
        (starting, restored) = (false, null);
        foreach (var listener in listeners)
            listener.Started(this);
        Agree();
    }

    /// <summary>What this rank wants.</summary>
    private StepWish Wish => finishing ? StepWish.Finish
        : stopping || Options.Cancellation.IsCancellationRequested ? StepWish.Stop : StepWish.GoOn;

    /// <summary>Where there are several ranks: that their weights are the same, and what they do next.</summary>
    private void Agree()
    {
        if (ranks is not null) agreed = ranks.Agree(Wish, session.AllWeights, StepsDone);
    }

    /// <summary>Whether the training has to wait, which is told once.</summary>
    private bool IsHeldBack()
    {
        var holds = !going.IsSet && !stopping && !finishing && !Options.Cancellation.IsCancellationRequested;
        if (holds == (state == TrainingJobState.Paused)) return holds;
        state = holds ? TrainingJobState.Paused : TrainingJobState.Running;
        foreach (var listener in listeners)
        {
            if (holds) listener.Paused(this);
            else listener.Continued(this);
        }
        return holds;
    }

    private bool Next()
    {
        if (IsOver) return End();
        if ((ranks is null ? Wish : agreed) == StepWish.Stop) return StopHere();
        watch.Start();
        try
        {
            validation = null;
            if (IsAtEpochEnd) (secondsAtEpochStart, augmentationAtEpochStart) = (Seconds, session.AugmentationSeconds);
            if (ranks is not null) session.Wish = Wish;
            session.Step();
            if (ranks is not null) agreed = session.Wish;
            if (session.StepsDone == 1) firstLoss = session.StepLoss;
            foreach (var listener in listeners)
                listener.StepDone(this);
            if (IsAtEpochEnd) EndEpoch();
        }
        finally
        {
            watch.Stop();
        }
        if (IsOver) End();
        return true;
    }

    private bool IsOver => (ranks is null ? finishing : agreed == StepWish.Finish) || session.StepsDone >= session.TotalSteps;

    private void EndEpoch()
    {
        session.CheckWeights();
        var trained = Seconds;
        validation = session.Validate();
        foreach (var listener in listeners)
            listener.Validated(this, validation);
        Agree();
        var record = new EpochRecord
        {
            Epoch = (int)(session.StepsDone / session.StepsPerEpoch),
            Step = session.StepsDone,
            TrainLoss = EpochLoss,
            Metric = session.MetricInfo ?? MetricInfo.Accuracy,
            TrainMetric = session.EpochMetric,
            ValidationLoss = validation.Loss,
            ValidationMetric = validation.Value,
            LearningRate = session.LearningRate,
            Seconds = Seconds - secondsAtEpochStart,
            TotalSeconds = Seconds,
            ImagesPerSecond = session.EpochImages / Math.Max(1e-9, trained - secondsAtEpochStart),
            AugmentationShare = (session.AugmentationSeconds - augmentationAtEpochStart)
                / (session.Threads * Math.Max(1e-9, trained - secondsAtEpochStart)),
        };
        lock (epochs) epochs.Add(record);
        TellMissing(validation, record.Epoch);
        foreach (var listener in listeners)
            listener.EpochDone(this, record);
    }

    /// <summary>Says once that a number is missing, with what it means for the training.</summary>
    private void TellMissing(EvaluationResult validation, int epoch)
    {
        if (toldMissing) return;
        var missing = validation.Values.Count(double.IsNaN);
        var what = !double.IsFinite(validation.Loss) ? $"The validation loss after epoch {epoch} is "
            + $"{(double.IsNaN(validation.Loss) ? "not a number" : "infinite")}"
            : session.MetricInfo is not { } metric ? null
            : double.IsNaN(validation.Value) ? $"The validation {metric.Name} after epoch {epoch} is not a number"
            + (validation.Values.Count == 0 ? ", as none of the validation images has what it measures"
                : $": {missing:N0} of {validation.Values.Count:N0} images gave none")
            : session.MeasuresTraining && double.IsNaN(session.EpochMetric) ? $"The training {metric.Name} of epoch {epoch} is not a number"
            : null;
        if (what is null) return;
        toldMissing = true;
        Tell($"{what}. An epoch without a number never counts as the best. Further ones are marked in the log and not told again.");
    }

    private bool StopHere()
    {
        var run = RunOf(ModelOf(session.Whole(session.Judged)), null, isComplete: false);
        (state, Result) = (TrainingJobState.Stopped, run);
        foreach (var listener in listeners)
            listener.Stopped(this, run);
        going.Set();
        return false;
    }

    private bool End()
    {
        foreach (var listener in listeners)
            listener.Finishing(this);
        var epoch = chosen?.Epoch ?? session.Validation.Count;
        if (TrainingVerdict.Of(session, Data, epochs, firstLoss, epoch - 1) is { } verdict) Tell(verdict);
        if (chosen is { } best) Tell($"The model is that of epoch {best.Epoch}, {best.Reason}.");
        var model = ModelOf(chosen?.Weights ?? session.Whole(session.Judged));
        if (model.Preparation != session.Preparation)
            Tell($"The model does not hold '{session.Preparation}', which was done to the images first: do it before you use the model.");
        var judged = chosen is not null
            ? ModelEvaluation.Evaluate(
                model, session.JudgedImages, session.Preparation, Options.Loss, Options.Metric, Options.Threads, Options.LaneWidth,
                device: Options.Device)
            : validation ?? session.Evaluator.Run();
        var run = RunOf(model, judged, isComplete: true);
        (state, Result) = (TrainingJobState.Complete, run);
        foreach (var listener in listeners)
            listener.Finished(this, run);
        going.Set();
        return false;
    }

    private Model ModelOf(Weights whole) =>
        new(whole, session.Normalization, Data.ClassNames, Model.KeptPreparation(session.Preparation, Network.Input))
        {
            Fit = Data.Fit,
            GivesQuantities = Data.Training.Targets is { Kind: TargetKind.Quantities },
        };

    private TrainingRun RunOf(Model model, EvaluationResult? judged, bool isComplete) =>
        new(Options, Options.PartOf?.Data ?? Data, Options.PartOf?.With(model.Weights) ?? model, Epochs, judged, isComplete);

    private void Fail(Exception error)
    {
        (failure, state) = (error, TrainingJobState.Failed);
        foreach (var listener in listeners)
        {
            try
            {
                listener.Failed(this, error);
            }
            catch (Exception)
            {
                // The first error is the one to tell.
            }
        }
        going.Set();
    }

    /// <summary>
    /// Closes the listeners that were prepared, the last one first, and frees the session; the first error of a listener.
    /// </summary>
    private Exception? Close()
    {
        Exception? first = null;
        foreach (var listener in listeners.Take(prepared).Reverse())
        {
            try
            {
                listener.Closed();
            }
            catch (Exception error)
            {
                first ??= error;
            }
        }
        session?.Dispose();
        return first;
    }
}
