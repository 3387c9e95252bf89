using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class TrainingJobTests
{
    // 8 steps per epoch.
    private static readonly TrainingOptions Tiny =
        new() { Epochs = 3, BatchSize = 40, Threads = 1, Seed = 5, Schedule = new OneCycle(0.1) };

    private static readonly Lazy<TrainingRun> Whole = new(() => Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny));

    private static TrainingJob Job(TrainingOptions? options = null, params TrainingListener[] listeners) =>
        new(TinyTask.Network(), TinyTask.Data(), options ?? Tiny, listeners);

    [Fact]
    public void However_it_is_driven_and_looked_at_the_bits_are_those_of_Fit()
    {
        using var job = Job();
        Assert.Equal((TrainingJobState.Ready, 0L, 8, 24L), (job.State, job.StepsDone, job.StepsPerEpoch, job.TotalSteps));
        Assert.Equal((1, 0, TimeSpan.Zero), (job.Progress.Epoch, job.Progress.Step, job.Progress.Remaining));
        job.Snapshot();
        for (var step = 1; step <= 3; step++)
        {
            Assert.True(job.Step());
            Assert.Equal((step, TrainingJobState.Running), ((int)job.StepsDone, job.State));
            job.Capture();
        }
        Assert.Equal(1, job.RunEpoch()!.Epoch);
        Assert.Equal((8, true), ((int)job.StepsDone, job.IsAtEpochEnd));
        job.Pause();
        Assert.True(job.Step()); // a pause holds back what runs by itself
        job.Continue();
        Assert.Equal(2, job.RunEpoch()!.Epoch);
        job.Snapshot();
        var run = job.Run();
        Assert.Equal((TrainingJobState.Complete, true, 24L), (job.State, run.IsComplete, job.StepsDone));
        Assert.Same(run, job.Result);
        Assert.Same(run, job.Run());
        Assert.False(job.Step());
        Assert.Null(job.RunEpoch());
        Assert.Equal(Whole.Value.Model.Weights.Sha256(), run.Model.Weights.Sha256());
        Assert.Equal(Numbers(Whole.Value.Epochs), Numbers(run.Epochs));
        Assert.Equal(Whole.Value.Validation!.Loss, run.Validation!.Loss);
        job.Dispose();
        Assert.Equal(Whole.Value.Model.Weights.Sha256(), run.Model.Weights.Sha256());
        Assert.Throws<ObjectDisposedException>(() => job.Step());
        Assert.Throws<ObjectDisposedException>(job.Snapshot);
    }

    [Fact]
    public void The_moments_come_in_their_order()
    {
        var first = new Recorder();
        var second = new Recorder();
        using (var job = Job(Tiny with { Epochs = 2, BatchSize = 150 }, first, second))
        {
            job.RunEpoch();
            job.Capture();
            job.Tell("a word");
            job.Run();
        }
        Assert.Equal(
            ["preparing", "starting", "started", "step 1", "step 2", "validated 1", "epoch 1", "capturing", "notice a word", "step 3",
                "step 4", "validated 2", "epoch 2", "finishing", "finished", "closed"], first.Told);
        Assert.Equal(first.Told, second.Told);

        var stopped = new Recorder { At = (job, moment) => { if (moment == "step 1") job.Stop(); } };
        using (var job = Job(Tiny, stopped)) Assert.False(job.Run().IsComplete);
        Assert.Equal(["preparing", "starting", "started", "step 1", "stopped", "closed"], stopped.Told);
    }

    [Fact]
    public async Task Another_thread_pauses_looks_steps_and_goes_on()
    {
        var recorder = new Recorder { At = (job, moment) => { if (moment == "step 5") job.Pause(); } };
        using var job = Job(Tiny with { Threads = 2 }, recorder);
        var running = Task.Run(job.Run, TestContext.Current.CancellationToken);
        SpinWait.SpinUntil(() => job.State == TrainingJobState.Paused, 30_000);
        Assert.Equal((TrainingJobState.Paused, 5L), (job.State, job.StepsDone));
        var (seconds, before) = (job.Seconds, job.Snapshot());
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(seconds, job.Seconds); // a pause is no training
        Assert.True(job.Step());
        Assert.Equal((TrainingJobState.Paused, 6L, 5L), (job.State, job.StepsDone, before.Step));
        Assert.NotEqual(before.Model.Weights.Sha256(), job.Snapshot().Model.Weights.Sha256());
        job.Continue();
        var run = await running;
        Assert.Equal((true, Whole.Value.Model.Weights.Sha256()), (run.IsComplete, run.Model.Weights.Sha256()));
        Assert.Equal(["step 5", "paused", "step 6", "continued", "step 7"], recorder.Told.SkipWhile(moment => moment != "step 5").Take(5));
    }

    [Fact]
    public async Task Snapshots_of_another_thread_belong_to_one_step_each_and_come_soon()
    {
        using var job = Job(Tiny with { Epochs = 200, Averaging = new WeightAveraging(0.9) });
        var byStep = new Dictionary<long, string>();
        var running = Task.Run(job.Run, TestContext.Current.CancellationToken);
        for (var look = 0; look < 20; look++)
        {
            var snapshot = job.Snapshot();
            byStep[snapshot.Step] = snapshot.Current.Weights.Sha256();
            Assert.NotSame(snapshot.Model, snapshot.Current);
        }
        job.Stop();
        Assert.False((await running).IsComplete);

        using var again = Job(Tiny with { Epochs = 200, Averaging = new WeightAveraging(0.9) });
        Assert.NotEmpty(byStep);
        foreach (var (step, hash) in byStep.OrderBy(pair => pair.Key))
        {
            while (again.StepsDone < step) again.Step();
            Assert.Equal(hash, again.Snapshot().Current.Weights.Sha256());
        }
    }

    [Fact]
    public void A_snapshot_is_a_model_that_later_steps_leave_alone()
    {
        using var job = Job();
        job.RunEpoch();
        var snapshot = job.Snapshot();
        var (hash, image) = (snapshot.Model.Weights.Sha256(), job.Data.Validation.Pixels(0).ToArray());
        var answer = snapshot.Model.Predict(image).Probabilities;
        Assert.Equal((8L, 1, 1), (snapshot.Step, snapshot.Epoch, snapshot.Epochs.Count));
        Assert.Same(snapshot.Model, snapshot.Current);
        job.Run();
        Assert.Equal(hash, snapshot.Model.Weights.Sha256());
        Assert.Equal(answer, snapshot.Model.Predict(image).Probabilities);
        Assert.Equal(snapshot.Epochs[0].ValidationLoss, snapshot.Model.Evaluate(job.Data.Validation).Loss, 1e-6);
    }

    [Fact]
    public async Task A_stop_ends_a_pause_and_so_do_cancelling_and_disposing()
    {
        foreach (var way in (string[])["stop", "cancel", "dispose"])
        {
            using var cancelling = new CancellationTokenSource();
            using var job = Job(Tiny with { Cancellation = cancelling.Token });
            job.Pause();
            var running = Task.Run(job.Run, TestContext.Current.CancellationToken);
            Assert.True(SpinWait.SpinUntil(() => job.State == TrainingJobState.Paused, 30_000));
            if (way == "stop") job.Stop();
            else if (way == "cancel") await cancelling.CancelAsync();
            else job.Dispose();
            if (way == "dispose")
            {
                await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
                continue;
            }
            Assert.False((await running).IsComplete);
            Assert.Equal((TrainingJobState.Stopped, 0L), (job.State, job.StepsDone));
            job.Continue();
            Assert.False(job.Step());
        }
    }

    [Fact]
    public void What_a_job_captures_another_goes_on_from_with_what_listeners_added()
    {
        var options = Tiny with { Epochs = 4, EarlyStopping = new EarlyStopping(3), Averaging = new WeightAveraging(0.9) };
        var whole = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), options);
        using var stored = new MemoryStream();
        var counter = new Counter();
        IReadOnlyList<EpochRecord> epochs;
        using (var first = Job(options, new EarlyStoppingListener(options.EarlyStopping), counter))
        {
            first.RunEpoch();
            for (var step = 0; step < 5; step++) first.Step();
            var checkpoint = first.Capture();
            Assert.Contains(checkpoint.Tensors, tensor => tensor.Name == "best/conv1.weight");
            checkpoint.Write(stored);
            epochs = first.Epochs;
            Assert.True(stored.CanWrite);
        }
        stored.Position = 0;
        var counts = new Counter();
        using var second = Job(options, new EarlyStoppingListener(options.EarlyStopping), counts);
        second.Restore(Checkpoint.Read(stored), epochs);
        Assert.Equal((13L, 13), (second.StepsDone, counts.Steps));
        var run = second.Run();
        Assert.Equal(whole.Model.Weights.Sha256(), run.Model.Weights.Sha256());
        Assert.Equal(Numbers(whole.Epochs), Numbers(run.Epochs));
        Assert.Equal(run.Epochs[^1].Step, counts.Steps);
        Assert.Equal(
            $"The training has begun and is at step {second.StepsDone}: a job takes a checkpoint over before its first step. Make a "
            + "new job for it.",
            Assert.Throws<UsageException>(() => second.Restore(second.Capture())).Message);
    }

    [Fact]
    public void What_the_options_name_is_done_by_listeners_and_only_by_those()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "quiet");
        var told = new List<string>();
        var options = Tiny with { Folder = folder, EpochEnded = epoch => told.Add($"{epoch.Epoch}"), LogEverySteps = 2 };
        using (var job = Job(options)) job.Run();
        Assert.Equal(["log.jsonl"], TemporaryFolder.FilesIn(folder.Location));
        Assert.Empty(told);
        Assert.Equal(0, new FileInfo(folder.LogPath).Length);

        var fewer = TrainingListener.Usual(options).Where(listener => listener is not TensorBoardListener and not CheckpointListener);
        using (var job = Job(options, [.. fewer])) job.Run();
        string[] files = ["config.json", "log.csv", "log.jsonl", "model.safetensors", "network.json"];
        Assert.Equal(files, TemporaryFolder.FilesIn(folder.Location).Order(StringComparer.Ordinal));
        Assert.Equal(["1", "2", "3"], told);
        Assert.Equal((3, 12), (RunLog.Read(folder.Location).Epochs.Count, RunLog.Read(folder.Location).Steps.Count));
        folder.Hold().Dispose(); // nobody holds it any more
    }

    [Fact]
    public void A_listener_stops_and_another_job_resumes_to_the_same_bits()
    {
        using var place = new TemporaryFolder();
        var options = Tiny with { Folder = RunFolder.Create(place.Location, "stopped") };
        var stopper = new Recorder { At = (job, moment) => { if (moment == "step 13") job.Stop(); } };
        using (var job = Job(options, [.. TrainingListener.Usual(options), stopper]))
        {
            Assert.False(job.Run().IsComplete);
            Assert.Equal((TrainingJobState.Stopped, 13L), (job.State, job.StepsDone));
            Assert.Same(job.Result, job.Run());
        }
        var resumed = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), options with { Resume = true });
        Assert.Equal(Whole.Value.Model.Weights.Sha256(), resumed.Model.Weights.Sha256());
    }

    [Fact]
    public void A_listener_finishes_a_training_and_chooses_its_model()
    {
        var keeper = new Keeper();
        using var job = Job(Tiny, keeper);
        var run = job.Run();
        Assert.Equal((true, 18L, TrainingJobState.Complete), (run.IsComplete, job.StepsDone, job.State));
        Assert.Equal(keeper.Kept!.Weights.Sha256(), run.Model.Weights.Sha256());
        Assert.Equal(run.Epochs[0].ValidationLoss, run.Validation!.Loss, 1e-6);
        Assert.Equal("The model is that of epoch 1, the one that was wanted.", Assert.Single(keeper.Notices));
        Assert.Equal("The training has ended 2 epochs, counted from 1: received 3.",
            Assert.Throws<UsageException>(() => job.UseModelOf(3, keeper.Kept.Weights, "it")).Message);
        Assert.Equal("The weights chosen for the end of the training are of another network. Take them from a snapshot of this job.",
            Assert.Throws<UsageException>(() => job.UseModelOf(1, Weights.Initialize(TinyTask.Network(), 1), "it")).Message);
    }

    [Fact]
    public void What_a_listener_throws_ends_the_training_and_everything_is_closed()
    {
        var (first, last) = (new Recorder(), new Recorder());
        var failing = new Recorder { At = (_, moment) => { if (moment == "step 2") throw new DataException("No more."); } };
        using (var job = Job(Tiny, first, failing, last))
        {
            Assert.Equal("No more.", Assert.Throws<DataException>(() => job.Run()).Message);
            Assert.Equal(TrainingJobState.Failed, job.State);
            Assert.Null(job.Result);
            Assert.Equal(
                "The training failed at step 2 and does not go on: No more. Make a new job, which begins again, or resumes from a "
                + "checkpoint.",
                Assert.Throws<UsageException>(() => job.Step()).Message);
        }
        Assert.Equal(["preparing", "starting", "started", "step 1", "step 2", "failed No more.", "closed"], first.Told);
        Assert.Equal(["preparing", "starting", "started", "step 1", "failed No more.", "closed"], last.Told);

        // Refused before it began: only those that were prepared are closed, and a folder is free again.
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "refused");
        (first, last) = (new Recorder(), new Recorder());
        var refusing = new Recorder { At = (_, moment) => { if (moment == "preparing") throw new UsageException("Not this."); } };
        Assert.Equal("Not this.", Assert.Throws<UsageException>(() => Job(Tiny, first, new LogListener(folder), refusing, last)).Message);
        Assert.Equal((2, 2, 0), (first.Told.Count, refusing.Told.Count, last.Told.Count));
        folder.Hold().Dispose();
        Assert.Throws<UsageException>(() => Job(Tiny with { Epochs = 0 }, last));
        Assert.Equal(["preparing", "closed"], last.Told);
    }

    [Fact]
    public void A_listener_asks_for_no_step()
    {
        const string fix = "was called by a listener, in the middle of a moment of the training. A listener may look at the job and call "
            + "Pause, Stop or Finish; the next step is for whoever drives the job.";
        var calls = new Dictionary<string, Action<TrainingJob>>
        {
            ["Step"] = job => job.Step(),
            ["Start"] = job => job.RunEpoch(),
            ["Dispose"] = job => job.Dispose(),
        };
        foreach (var (name, act) in calls)
        {
            using var job = Job(Tiny, new Recorder { At = (job, moment) => { if (moment == "step 1") act(job); } });
            Assert.Equal($"TrainingJob.{name} {fix}", Assert.Throws<UsageException>(() => job.Run()).Message);
        }
    }

    [Fact]
    public void Steps_between_rows_are_one_or_more()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.At(place.Location);
        Assert.Equal("The number of steps between two rows of the log must be at least 1: received 0.",
            Assert.Throws<UsageException>(() => new LogListener(folder) { EverySteps = 0 }).Message);
        Assert.Equal("The number of steps between two points of the curves must be at least 1: received -1.",
            Assert.Throws<UsageException>(() => new TensorBoardListener(place.Location) { EverySteps = -1 }).Message);
    }

    [Fact]
    public void Progress_is_told_ten_times_a_second_at_most()
    {
        var told = new List<long>();
        var options = Tiny with { Epochs = 30 };
        using var job = Job(options, new ProgressListener(new Reporter(_ => told.Add(Environment.TickCount64))));
        job.Run();
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 80, "two reports within 80 ms"));
    }

    private static IEnumerable<object> Numbers(IEnumerable<EpochRecord> epochs) =>
        epochs.Select(epoch => (object)(
            epoch.Step, epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.LearningRate));

    private sealed class Reporter(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }

    private sealed class Recorder : TrainingListener
    {
        public List<string> Told { get; } = [];

        public Action<TrainingJob, string>? At { get; init; }

        public override void Preparing(Network network, SplitData data) => Add(null!, "preparing");

        public override void Starting(TrainingJob job) => Add(job, "starting");

        public override void Started(TrainingJob job) => Add(job, "started");

        public override void StepDone(TrainingJob job) => Add(job, $"step {job.StepsDone}");

        public override void Validated(TrainingJob job, EvaluationResult validation) => Add(job, $"validated {job.Validation.Count}");

        public override void EpochDone(TrainingJob job, EpochRecord epoch) => Add(job, $"epoch {epoch.Epoch}");

        public override void Capturing(TrainingJob job, IList<SafetensorsEntry> tensors, IDictionary<string, string> state) =>
            Add(job, "capturing");

        public override void Restored(TrainingJob job, Checkpoint checkpoint) => Add(job, "restored");

        public override void Paused(TrainingJob job) => Add(job, "paused");

        public override void Continued(TrainingJob job) => Add(job, "continued");

        public override void Finishing(TrainingJob job) => Add(job, "finishing");

        public override void Finished(TrainingJob job, TrainingRun run) => Add(job, "finished");

        public override void Stopped(TrainingJob job, TrainingRun run) => Add(job, "stopped");

        public override void Failed(TrainingJob job, Exception error) => Add(job, $"failed {error.Message}");

        public override void Notice(TrainingJob job, string text) => Add(job, $"notice {text}");

        public override void Closed() => Told.Add("closed");

        private void Add(TrainingJob job, string moment)
        {
            Told.Add(moment);
            At?.Invoke(job, moment);
        }
    }

    /// <summary>Counts steps, over restarts too.</summary>
    private sealed class Counter : TrainingListener
    {
        public int Steps { get; private set; }

        public override void StepDone(TrainingJob job) => Steps++;

        public override void Capturing(TrainingJob job, IList<SafetensorsEntry> tensors, IDictionary<string, string> state) =>
            state["counter/steps"] = $"{Steps}";

        public override void Restored(TrainingJob job, Checkpoint checkpoint) =>
            Steps = int.Parse(checkpoint.State["counter/steps"], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Keeps the model of the first epoch and ends the training in the third.</summary>
    private sealed class Keeper : TrainingListener
    {
        public Model? Kept { get; private set; }

        public List<string> Notices { get; } = [];

        public override void StepDone(TrainingJob job)
        {
            if (job.StepsDone == 18) job.Finish();
        }

        public override void EpochDone(TrainingJob job, EpochRecord epoch) => Kept ??= job.Snapshot().Model;

        public override void Finishing(TrainingJob job) => job.UseModelOf(1, Kept!.Weights, "the one that was wanted");

        public override void Notice(TrainingJob job, string text) => Notices.Add(text);
    }
}
