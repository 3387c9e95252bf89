using FeatureMap.Tests.Cli;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>What a lab tells other processes while it runs, and how it hears them.</summary>
public sealed class LabLiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_running_lab_says_where_it_is_and_nothing_when_it_has_ended()
    {
        var seen = new List<LabLive>();
        LabRun? run = null;
        void Look() => seen.Add(LabLive.Read(run!.Folder)!);
        run = Begin(new PlannedLab(lab =>
        {
            lab.Train("first, seed 0", DigitsTask.Network(), DigitsTask.Data(), Options(2) with { EpochEnded = _ => Look() });
            lab.Measure("numbers", () =>
            {
                Look();
                return 1.5;
            });
            lab.Train("second, seed 0", DigitsTask.Network(), DigitsTask.Data(), Options(1) with { EpochEnded = _ => Look() });
        }));
        run.Execute();
        var images = DigitsTask.Data().Training.Count;
        Assert.Equal([(0, "first, seed 0", "first--seed-0"), (0, "first, seed 0", "first--seed-0"), (1, "numbers", ""), (1,
            "second, seed 0", "second--seed-0")],
            seen.Select(live => (live.Trainings, live.Now, live.Run)));
        Assert.Equal([0L, 0, 2 * images, 2 * images], seen.Select(live => live.ImagesDone));
        Assert.Equal([2L * images, 2 * images, 0, images], seen.Select(live => live.ImagesOfTraining));
        Assert.All(seen, live => Assert.Equal((2, Environment.ProcessId), (live.Expected, live.Process)));
        Assert.True(double.IsNaN(seen[0].SecondsPerImage) && seen[^1].SecondsPerImage > 0);
        Assert.Contains("first, seed 0:", seen[^1].Said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(run.Folder).Select(Path.GetFileName).Intersect([LabLive.FileName, "stop"]));
    }

    [Fact]
    public void A_lab_that_is_asked_to_stop_by_its_folder_goes_on_to_the_same_bits()
    {
        var whole = Begin(new PlannedLab(Work()));
        whole.Execute();
        LabRun? run = null;
        run = Begin(new PlannedLab(Work(() =>
        {
            LabRun.AskToStop(run!.Folder);
            Assert.True(SpinWait.SpinUntil(() => run.Cancellation.IsCancellationRequested, TimeSpan.FromSeconds(30)));
        })));
        Assert.ThrowsAny<OperationCanceledException>(run.Execute);
        Assert.True(run.WasStopped);
        Assert.False(File.Exists(run.PagePath) || File.Exists(Path.Combine(run.Folder, "stop")));
        var resumed = LabRun.Resume(run.Folder, registry: new Registry { OwnLabs = [new PlannedLab(Work())] });
        resumed.Execute();
        Assert.Equal(whole.Trainings.Select(training => training.Model.Weights.Sha256()), resumed.Trainings.Select(training =>
            training.Model.Weights.Sha256()));
        // The same where the training alone is asked: the lab cannot go on without it.
        LabRun? other = null;
        other = Begin(new PlannedLab(Work(() => RunFolder.Open(Path.Combine(other!.Folder, "training")).AskToStop())));
        Assert.ThrowsAny<OperationCanceledException>(other.Execute);
        Assert.True(other.WasStopped);
    }

    [Fact]
    public void What_was_asked_of_an_earlier_process_is_not_asked_of_this_one()
    {
        var run = Begin(new PlannedLab(Work()));
        File.WriteAllText(Path.Combine(run.Folder, "stop"), "old");
        File.SetLastWriteTimeUtc(Path.Combine(run.Folder, "stop"), DateTime.UtcNow.AddMinutes(-1));
        run.Execute();
        Assert.False(run.WasStopped);
        Assert.True(LabRun.IsComplete(run.Folder));
        Assert.Equal($"Nothing runs in {run.Folder}: the lab is complete.", Assert.Throws<DataException>(() =>
            LabRun.AskToStop(run.Folder)).Message);
        Assert.StartsWith($"{folder.Location} is not the folder of a lab", Assert.Throws<DataException>(() =>
            LabRun.AskToStop(folder.Location)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_of_a_small_version_says_that_it_decides_nothing()
    {
        var run = LabRun.Begin(new PlannedLab(Work()), LabSettings.QuickOf(new PlannedLab(Work())),
            new LabOptions { Root = folder.Location, IsQuick = true });
        run.Execute();
        var page = File.ReadAllText(run.PagePath);
        Assert.Contains("Its figures decide nothing", page, StringComparison.Ordinal);
        Assert.Contains("featuremap lab planned --quick</pre>", page, StringComparison.Ordinal);
        var registry = new Registry { OwnLabs = [new PlannedLab(Work())] };
        Assert.True(LabConfiguration.Read(run.Folder, registry).IsQuick);
        var whole = Begin(new PlannedLab(Work()));
        whole.Execute();
        Assert.DoesNotContain("decide nothing", File.ReadAllText(whole.PagePath), StringComparison.Ordinal);
        // Earlier programs did not write it, and others may write nonsense.
        var file = Path.Combine(whole.Folder, LabConfiguration.FileName);
        var text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("\"quick\": false,", "", StringComparison.Ordinal));
        Assert.False(LabConfiguration.Read(whole.Folder, registry).IsQuick);
        File.WriteAllText(file, text.Replace("\"quick\": false", "\"quick\": 3", StringComparison.Ordinal));
        Assert.Contains("quick is 3; expected true or false", Assert.Throws<DataException>(() => LabConfiguration.Read(whole.Folder,
            registry)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"trainings\": \"many\"}")]
    [InlineData("{\"trainings\": 99999999999, \"expected\": 1}")]
    public void A_damaged_file_says_nothing(string text)
    {
        File.WriteAllText(Path.Combine(folder.Location, LabLive.FileName), text);
        Assert.Null(LabLive.Read(folder.Location));
    }

    /// <summary>What a lab says before is what it does: as many trainings, and as many images.</summary>
    [Fact]
    public void A_plan_is_what_is_done()
    {
        using var world = new SmallWorld();
        var arguments = new LabArguments
        {
            Lab = "compare-normalizations",
            Out = folder.Location,
            Data = [world.Data],
            Assignments = [("epochs", "2"), ("seeds", "1"), ("rates", "1"), ("training-images", "96"), ("batch-size", "16"), ("threads",
                "1")],
        };
        var run = LabWork.Open(arguments, new WorkContext());
        var plan = run.Lab.Plan(run.Settings)!;
        Assert.Equal(plan, run.Lab.Plan(run.Settings, images: 10_000));
        Assert.Equal(plan.Images / 2, run.Lab.Plan(run.Settings, images: 48)!.Images);
        run.Execute();
        Assert.Equal(plan.Trainings, run.Trainings.Count);
        Assert.Equal(plan.Images, run.Trainings.Sum(training => training.Epochs.Count) * 96L);
        Assert.All(Labs.All, lab => Assert.True(
            lab.Plan(LabSettings.Of(lab))!.Trainings >= lab.Plan(LabSettings.QuickOf(lab))!.Trainings, lab.Name));
    }

    private static Action<LabRun> Work(Action? epochEnded = null) => run => run.Train("training", DigitsTask.Network(), DigitsTask.Data(),
        Options(3) with { EpochEnded = _ => epochEnded?.Invoke() });

    private static TrainingOptions Options(int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 45,
        Optimizer = new Sgd(0.9),
        Schedule = new ConstantRate(0.02),
        TensorBoard = false
    };

    private LabRun Begin(Lab lab) => LabRun.Begin(lab, options: new LabOptions { Root = folder.Location });

    private sealed class PlannedLab(Action<LabRun> work) : Lab
    {
        private static readonly LabSetting<int> Size = LabSetting.Whole("size", "how large", 3, 1, 9);

        public override string Name => "planned";

        public override string Title => "A lab with a plan";

        public override string Question => "Does it tell?";

        public override IReadOnlyList<LabSetting> Settings => [Size];

        public override IReadOnlyList<(string Key, string Value)> Quick => [("size", "1")];

        public override LabPlan Plan(LabSettings settings, int? images = null) => new(2, 3L * DigitsTask.Data().Training.Count);

        public override void Run(LabRun run) => work(run);
    }
}
