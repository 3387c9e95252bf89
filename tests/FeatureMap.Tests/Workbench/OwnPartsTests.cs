using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Networks;
using FeatureMap.Tests.Cli;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>Optimisers, recipes, labs and lint rules of a program's own: reached by name, and found again in the folders of their runs.</summary>
public sealed class OwnPartsTests : IDisposable
{
    private static readonly OwnWords Words = OwnWords.None
        .With(new Word<Optimizer, SignSteps>("sign-steps", "steps of one size along the sign of the gradient", new SignSteps(1))
            .Real("scale", "What the learning rate is multiplied with", o => o.Scale, (_, v) => new(v), ValueKind.Real(0, 10), isNamed: false))
        .With(new Word<Schedule, Stairs>("stairs", "half the rate after every epoch", new Stairs(0.1))
            .Real("rate", "The first rate", s => s.Rate, (_, v) => new(v), ValueKind.Real(0, 1), isNamed: false, isRequired: true));

    private static readonly Registry Mine = new()
    {
        OwnRecipes = [new Recipe("tiny", "a small network", "mnist", "half of the digits", (image, classes) => Network.Build(image, x =>
            x.Conv(4, kernel: 5, stride: 3).Relu().GlobalAveragePool().Linear(classes)), new TrainingOptions { Epochs = 3, BatchSize = 16 })],
        OwnLabs = [new CountingLab()],
        OwnRules = [new NoStride()],
        Words = Words,
    };

    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    private static WorkContext Context => new() { Registry = Mine };

    private TrainArguments Arguments => new()
    {
        Recipe = "tiny",
        Out = world.Runs,
        Data = [world.Data],
        NoReport = true,
        NoLint = true,
        Assignments = [("optimizer", "sign-steps 0.5"), ("schedule", "stairs 0.01"), ("seed", "3"), ("threads", "1")],
    };

    [Fact]
    public void A_run_of_own_parts_is_stopped_resumed_judged_and_reported()
    {
        var whole = new TrainWork(TrainRequest.From(Arguments, Context), Context).Run();
        Assert.True(whole.IsComplete);
        var stop = new CancellationTokenSource();
        var context = Context with { Cancellation = stop.Token };
        var part = new TrainWork(TrainRequest.From(Arguments, context), context, new StopAfterOne(stop)).Run();
        Assert.False(part.IsComplete);

        var place = part.Folder.Location;
        Assert.Contains("\"optimizer\": \"custom: sign-steps 0.5\"", File.ReadAllText(part.Folder.ConfigPath), StringComparison.Ordinal);
        var read = RunConfiguration.Read(part.Folder, Mine);
        Assert.Equal((0.5, new Stairs(0.01)), (Assert.IsType<SignSteps>(read.Settings.Training.Optimizer).Scale, read.Settings.Training.Schedule));
        Assert.Empty(read.OnlyInCode);

        // Who does not know the words cannot go on, and says what is missing; who does not know the recipe says that.
        var known = new WorkContext { Registry = Mine with { Words = OwnWords.None } };
        Assert.Equal($"The run {part.Folder.Name} was begun by a program with what no text describes: optimizer (sign-steps 0.5), schedule "
            + "(stairs 0.01). Only that program can go on with it: by Trainer.Fit with the same options and Resume = true, or with its words "
            + "in WorkContext.Registry.",
            Assert.Throws<UsageException>(() => TrainRequest.From(new() { Resume = place }, known)).Message);
        Assert.Contains("recipe is 'tiny', which this program does not know.",
            Assert.Throws<DataException>(() => TrainRequest.From(new() { Resume = place }, new())).Message, StringComparison.Ordinal);

        var resumed = new TrainWork(TrainRequest.From(new() { Resume = place, NoReport = true, Data = [world.Data] }, Context), Context).Run();
        Assert.Equal(whole.Model.Weights.Sha256(), resumed.Model.Weights.Sha256());
        Assert.Equal(resumed.Epochs[^1].ValidationAccuracy,
            Evaluation.Run(new EvaluationRequest(place) { Data = [world.Data] }, Context).Result.Accuracy);
        Assert.Contains("sign-steps 0.5", File.ReadAllText(RunReport.Write(place, [world.Data], Context).Report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_of_a_program_with_own_words_is_gone_on_with_by_name()
    {
        var data = Datasets.Digits().SplitTraining(0.05, seed: 9).TakeTraining(48);
        var network = Mine.Recipe("tiny").Build(data.ImageShape, data.ClassCount);
        var options = new TrainingOptions { Words = Words, Epochs = 3, BatchSize = 16, Threads = 1 }
            .With("optimizer", "sign-steps 2").With("schedule", "stairs 0.001");
        var whole = Trainer.Fit(network, data, options).Model.Weights.Sha256();
        var stop = new CancellationTokenSource();
        var folder = RunFolder.At(world["part"]);
        Assert.False(Trainer.Fit(network, data, options with { Folder = folder, Cancellation = stop.Token, EpochEnded = _ => stop.Cancel() })
            .IsComplete);
        var resumed = new TrainWork(TrainRequest.From(new() { Resume = folder.Location, NoReport = true }, Context), Context).Run();
        Assert.Equal(whole, resumed.Model.Weights.Sha256());

        // The tool has none of the words, and still judges what came out.
        var judged = Tool.Run("evaluate", folder.Location, "--json");
        Assert.True(judged.Code == 0, judged.Error);
        Assert.Equal(resumed.Epochs[^1].ValidationAccuracy, judged.Json.GetProperty("accuracy").GetDouble());
    }

    [Fact]
    public void A_lab_of_ones_own_is_run_and_resumed_by_name()
    {
        var run = LabWork.Open(new LabArguments { Lab = "counting", Out = world.Runs, Assignments = [("until", "4")] }, Context);
        run.Execute();
        var again = LabWork.Open(new LabArguments { Resume = run.Folder }, Context);
        again.Execute();
        Assert.Equal(4, again.Get(CountingLab.Until));
        Assert.Contains("which this program does not know", Assert.Throws<DataException>(() =>
            LabWork.Open(new LabArguments { Resume = run.Folder }, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_of_ones_own_refuses_a_training() => Assert.StartsWith("The network of tiny cannot learn like this.",
        Assert.Throws<UsageException>(() => new TrainWork(TrainRequest.From(Arguments with { NoLint = false }, Context), Context).Run()).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Names_are_looked_up_among_both_and_must_be_one()
    {
        Assert.Equal("There is no recipe 'tny'. Did you mean 'tiny'?", Assert.Throws<UsageException>(() => Mine.Recipe("tny")).Message);
        Assert.Equal("mnist-20k", Mine.Recipe("mnist-20k").Name);
        var twice = new Registry { OwnLabs = [new CountingLab(), new CountingLab()] };
        Assert.Equal("There are 2 labs 'counting', those of the library among them: give yours another name.",
            Assert.Throws<UsageException>(() => twice.Lab("counting")).Message);
        Assert.Equal("There are two words 'sign-steps' of your own for Optimizer: give one another name.", Assert.Throws<UsageException>(() =>
            Words.With(new Word<Optimizer, SignSteps>("sign-steps", "", new SignSteps(1)))).Message);
        var clash = OwnWords.None.With(new Word<Optimizer, SignSteps>("sgd", "", new SignSteps(1)));
        Assert.Equal("There is the optimizer 'sgd' already: give yours another name.", Assert.Throws<UsageException>(() =>
            new TrainingOptions { Words = clash }.With("optimizer", "sgd")).Message);
        Assert.Equal("A word has letters, digits and hyphens and begins with a letter, such as 'one-cycle': received 'my steps'.",
            Assert.Throws<UsageException>(() => new Word<Optimizer, SignSteps>("my steps", "", new SignSteps(1))).Message);
        Assert.Equal("The setting optimizer is sgd, adam, adamw, rmsprop, lion or sign-steps, with its numbers, such as sgd 0.9 nesterov: "
            + "received 'sign-steps 11'. The optimizer 'sign-steps 11' cannot be read: scale of 'sign-steps' is a number from 0 to 10: "
            + "received '11'.", Assert.Throws<UsageException>(() =>
            new TrainingOptions { Words = Words }.With("optimizer", "sign-steps 11")).Message);
        Assert.Throws<UsageException>(() => new TrainingOptions().With("optimizer", "sign-steps 1"));
    }

    private sealed class SignSteps(double scale) : Optimizer
    {
        public double Scale => scale;

        public override string Name => "sign steps";

        public override IReadOnlyList<string> Slots => [];

        protected internal override void Update(WeightRun weights) => weights.Apply(new Rule((float)(scale * weights.LearningRate)));

        private readonly struct Rule(float rate) : IUpdateRule
        {
            public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal> =>
                weight - (TReal.Of(rate) * gradient / (TReal.Sqrt(gradient * gradient) + TReal.Of(1e-8f)));
        }
    }

    private sealed record Stairs(double Rate) : Schedule
    {
        public override double LearningRate(ScheduleTime time) => Rate / Math.Pow(2, time.Step / time.StepsPerEpoch);
    }

    private sealed class CountingLab : Lab
    {
        public static readonly LabSetting<int> Until = LabSetting.Whole("until", "how far", 3, 1, 9);

        public override string Name => "counting";

        public override string Title => "Counting";

        public override string Question => "How far?";

        public override IReadOnlyList<LabSetting> Settings => [Until];

        public override void Run(LabRun run) => run.Measure("last", () => (double)run.Get(Until));
    }

    private sealed class NoStride : LintRule
    {
        public override string Id => "no-stride";

        public override string Title => "a convolution that leaves pixels out";

        public override string Why => "a rule of this test";

        public override string Lesson => "";

        public override IEnumerable<LintFinding> Check(LintContext context) => context.Network.Layers
            .Where(layer => layer.Op is FeatureMap.Ops.Conv2d { Stride.Vertical: > 1 })
            .Select(layer => Error(layer, "leaves pixels out", "stride: 1"));
    }

    private sealed class StopAfterOne(CancellationTokenSource stop) : TrainWatcher
    {
        public override void EndEpoch(EpochRecord epoch) => stop.Cancel();
    }
}
