using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Tests.Cli;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>What the tool does, asked for by a program: values come back, and everything else goes to callbacks.</summary>
public sealed class WorkbenchTests : IDisposable
{
    private readonly SmallWorld world = new();
    private readonly List<string> notices = [];

    public void Dispose() => world.Dispose();

    private WorkContext Context => new() { Notice = notices.Add };

    private TrainArguments Arguments => new()
    {
        Recipe = "mnist-20k",
        Out = world.Runs,
        Data = [world.Data],
        NoReport = true,
        Assignments = [("epochs", "2"), ("batch-size", "16"), ("threads", "1")],
    };

    [Fact]
    public void A_run_is_trained_watched_judged_asked_and_exported()
    {
        var watcher = new Watcher();
        var outcome = new TrainWork(TrainRequest.From(Arguments, Context), Context, watcher).Run();
        Assert.True(outcome is { IsComplete: true, HasReport: false, Run.IsComplete: true });
        // Progress is told at most ten times a second: of so short a training perhaps never.
        Assert.Equal(["begin mnist", "watch", "epoch 1", "epoch 2"], watcher.Heard.Where(heard => heard != "first step"));
        Assert.Equal([1, 2], outcome.Epochs.Select(epoch => epoch.Epoch));
        Assert.Contains(notices, notice => notice.Contains("not the official MNIST", StringComparison.Ordinal));

        var place = outcome.Folder.Location;
        Assert.Equal(outcome.Model.Weights.Sha256(), RunInput.Finished(place).Model.Weights.Sha256());
        var judged = Evaluation.Run(new EvaluationRequest(place) { Lanes = LaneWidth.Scalar, Threads = 1 }, Context);
        Assert.Equal(outcome.Run!.Validation!.Values, judged.Result.Values);
        Assert.Equal((1 - judged.Result.Accuracy) * judged.Data.Validation.Count, judged.Mistakes.Count(), 6);

        var picture = world["seven.png"];
        File.WriteAllBytes(picture, PngWriter.Write([.. judged.Data.Validation.Pixels(0)], judged.Data.ImageShape));
        var answer = FilePredictions.Of(new PredictRequest(place, [picture]), Context);
        Assert.False(answer.IsIndependent);
        Assert.Equal(judged.Result.Predicted[0], answer.Answers.Single().Prediction.Class);

        var (report, folder) = RunReport.Write(place, [], Context);
        Assert.Equal((outcome.Folder.ReportPath, outcome.Folder.Location), (report, folder.Location));
        Assert.True(File.Exists(report));

        var export = ModelExport.Write(new ExportRequest(place, world["digits.onnx"]) { Verify = true }, Context);
        Assert.True(export.Check is { Passed: true, RealImages: 40 });
        Assert.Equal(new FileInfo(export.File).Length, export.Bytes);
        Assert.Equal(outcome.Model.Network.Output, OnnxFile.Load(export.File).Network.Output);
    }

    [Fact]
    public void A_training_that_is_stopped_goes_on_to_the_same_bits()
    {
        var whole = new TrainWork(TrainRequest.From(Arguments, Context), Context).Run();
        using var stop = new CancellationTokenSource();
        var stopping = Context with { Cancellation = stop.Token };
        var stopped = new TrainWork(TrainRequest.From(Arguments, Context), stopping, new Watcher { AtEpoch = _ => stop.Cancel() }).Run();
        Assert.False(stopped.IsComplete);

        var path = stopped.Folder.Location;
        Assert.Equal(
            $"The run {stopped.Folder.Name} is not finished, so it has no model yet. Go on with it: TrainArguments.Resume = "
                + ShownPath.Of(path),
            Assert.Throws<DataException>(() => RunInput.Finished(path)).Message);
        var again = TrainRequest.From(new TrainArguments { Resume = path, NoReport = true }, Context);
        var outcome = new TrainWork(again, Context).Run();
        Assert.Equal(whole.Model.Weights.Sha256(), outcome.Model.Weights.Sha256());

        var watcher = new Watcher();
        var complete = new TrainWork(TrainRequest.From(new TrainArguments { Resume = path }, Context), Context, watcher).Run();
        Assert.True(complete is { IsComplete: true, HasReport: true, Run: null });
        Assert.Equal(["complete"], watcher.Heard);
    }

    [Fact]
    public void Errors_speak_of_the_api()
    {
        void Says(string message, TrainArguments arguments) =>
            Assert.Equal(message, Assert.Throws<UsageException>(() => TrainRequest.From(arguments, Context)).Message);
        Says("TrainArguments.Resume goes on in the folder of the run, so TrainArguments.Out cannot be given with it.",
            new TrainArguments { Resume = world["none"], Out = world.Runs });
        Says("epochs is set more than once: to 1 and to 2. Keep one.",
            new TrainArguments { Assignments = [("epochs", "1"), ("epochs", "2")] });
        _ = TrainRequest.From(new TrainArguments { Assignments = [("optimizer", "adam")] }, Context);
        Assert.EndsWith(
            "Adam likes about 0.001, SGD about 0.1: RecipeSettings.LearningRate = ...", notices.Single(), StringComparison.Ordinal);
        Assert.Equal(
            "LabArguments.Resume goes on in the folder of the lab, so LabArguments.Out cannot be given with it.",
            Assert.Throws<UsageException>(
                () => LabWork.Open(new LabArguments { Resume = world["none"], Out = world.Runs }, Context)).Message);
        Assert.Equal(
            "OnnxChoice.Output chooses among the outputs of an ONNX file, and mnist-20k is none: leave it out.",
            Assert.Throws<UsageException>(() => RunInput.Network("mnist-20k", choice: new OnnxChoice(Output: "y"))).Message);
        Assert.Equal(
            "resnet-18 is an architecture, a network without weights. Give torchvision's as the argument weights, or train it with "
                + "RecipeSettings.Network = resnet-18",
            Assert.Throws<UsageException>(() => RunInput.Model("resnet-18")).Message);
    }

    [Fact]
    public void Data_are_described_and_drawn()
    {
        var source = DataSource.Of("mnist", [world.Data]);
        var about = DataDescription.Of(source, new ClassFolderOptions(), Context);
        Assert.Equal("mnist", about.Info!.Name);
        Assert.Equal(96, about.Content!.Training.Sum());
        Assert.Equal(40, about.Content.Validation.Sum());

        var sheet = AugmentationSheet.Write(source, null, 200, 3, 0, world["sheet.png"], new ClassFolderOptions(), Context);
        Assert.Equal((96, AugmentationSheet.UsualFor("mnist").ToString()), (sheet.Images, sheet.Augmentation.ToString()));
        Assert.Equal(sheet.Shape, Picture.Load(sheet.File).Shape);

        var machine = MachineFacts.Find([], Context);
        Assert.Equal(Datasets.All.Count, machine.Data.Count);
        Assert.Throws<DataException>(() => MachineFacts.Find([world["nowhere"]], Context));
    }

    private sealed class Watcher : TrainWatcher
    {
        public List<string> Heard { get; } = [];

        public Action<int> AtEpoch { get; init; } = _ => { };

        public override void Begin(TrainStage stage) => Heard.Add($"begin {stage.Data.Name}");

        public override TrainingRun Watch(Func<IProgress<TrainingProgress>?, TrainingRun> train)
        {
            Heard.Add("watch");
            return train(new Steps(this));
        }

        public override void EndEpoch(EpochRecord epoch)
        {
            Heard.Add($"epoch {epoch.Epoch}");
            AtEpoch(epoch.Epoch);
        }

        public override void FindComplete(TrainOutcome outcome) => Heard.Add("complete");

        private sealed class Steps(Watcher watcher) : IProgress<TrainingProgress>
        {
            public void Report(TrainingProgress value)
            {
                if (!watcher.Heard.Contains("first step") && value.StepsPerEpoch == 6) watcher.Heard.Add("first step");
            }
        }
    }
}
