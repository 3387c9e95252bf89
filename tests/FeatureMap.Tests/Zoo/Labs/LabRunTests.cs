using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>What a lab keeps, and what it says when something is wrong, on small labs made here.</summary>
public sealed class LabRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_lab_leaves_a_page_figures_and_run_folders()
    {
        var run = Begin(new SmallLab(run =>
        {
            var training = run.Train("first, seed 0", DigitsTask.Network(), DigitsTask.Data(), Options(2));
            run.Measure("numbers", () => new[] { 0.1, double.NaN });
            run.Page.Section("Mine").Text($"{training.Epochs.Count} epochs");
        }));
        run.Execute();
        var html = File.ReadAllText(run.PagePath);
        Assert.Contains("<h2>Mine</h2>", html, StringComparison.Ordinal);
        Assert.Contains("featuremap lab small --set size=5", html, StringComparison.Ordinal);
        Assert.Contains("""<a href="first--seed-0/">first, seed 0</a>""", html, StringComparison.Ordinal);
        using var results = JsonDocument.Parse(File.ReadAllText(run.ResultsPath));
        var training = Assert.Single(results.RootElement.GetProperty("trainings").EnumerateArray());
        Assert.Equal((2, 64), (training.GetProperty("epochs").GetInt32(), training.GetProperty("weightsSha256").GetString()!.Length));
        Assert.Equal("NaN", results.RootElement.GetProperty("measured").GetProperty("numbers")[1].GetString());
        Assert.Equal(2, RunLog.Read(Path.Combine(run.Folder, "first--seed-0")).Epochs.Count);
    }

    [Fact]
    public void What_was_measured_comes_back_to_the_bit_and_nothing_is_done_twice()
    {
        var count = 0;
        var lab = new SmallLab(run =>
        {
            Assert.Equal(0.1 + 0.2, run.Measure("sum", () =>
            {
                count++;
                return 0.1 + 0.2;
            }));
            Assert.Equal([("a", double.NegativeInfinity)], run.Measure("tuples", () => new[] { ("a", double.NegativeInfinity) }));
            run.Train("training", DigitsTask.Network(), DigitsTask.Data(), Options(1) with { EpochEnded = _ => count++ });
        });
        var run = Begin(lab);
        run.Execute();
        var (page, results) = (File.ReadAllText(run.PagePath), File.ReadAllText(run.ResultsPath));
        Again(run, lab).Execute();
        Assert.Equal(2, count);
        Assert.Equal(page, File.ReadAllText(run.PagePath));
        Assert.Equal(results, File.ReadAllText(run.ResultsPath));
    }

    [Fact]
    public void A_stopped_training_goes_on_to_the_same_bits()
    {
        using var stop = new CancellationTokenSource();
        var whole = Begin(new SmallLab(run => run.Train("training", DigitsTask.Network(), DigitsTask.Data(), Options(3))));
        whole.Execute();
        var lab = new SmallLab(run => run.Train("training", DigitsTask.Network(), DigitsTask.Data(), Options(3) with { EpochEnded = _ => stop.Cancel() }));
        var stopped = Begin(lab, new LabOptions { Cancellation = stop.Token });
        Assert.Throws<OperationCanceledException>(stopped.Execute);
        Assert.False(File.Exists(stopped.PagePath));
        var resumed = Again(stopped, lab);
        resumed.Execute();
        Assert.Equal(whole.Trainings[0].Model.Weights.Sha256(), resumed.Trainings[0].Model.Weights.Sha256());
        Assert.Equal(whole.Trainings[0].Epochs.Select(epoch => epoch.TrainLoss), resumed.Trainings[0].Epochs.Select(epoch => epoch.TrainLoss));
    }

    [Fact]
    public void A_training_that_diverges_is_a_result_and_is_not_tried_again()
    {
        List<string> lines = [];
        var lab = new SmallLab(run =>
        {
            Assert.Null(run.TryTrain("wild", DigitsTask.Network(), DigitsTask.Data(), Options(2) with { Schedule = new ConstantRate(1e30) }));
            Assert.NotNull(run.TryTrain("tame", DigitsTask.Network(), DigitsTask.Data(), Options(1)));
        });
        var run = Begin(lab, new LabOptions { Say = lines.Add });
        run.Execute();
        Assert.Contains("  wild: diverged", lines);
        Again(run, lab, lines.Add).Execute();
        Assert.Contains("  wild: diverged before", lines);
        Assert.Contains(lines, line => line.StartsWith("  tame: ", StringComparison.Ordinal) && line.EndsWith("done before", StringComparison.Ordinal));
        Assert.Single(run.Trainings);
    }

    [Fact]
    public void A_training_of_another_network_is_noticed()
    {
        var run = Begin(new SmallLab(run => run.Train("training", DigitsTask.Network(), DigitsTask.Data(), Options(1))));
        run.Execute();
        var other = new SmallLab(run => run.Train("training", Network.Build(Shape.Image(1, 28, 28), x => x.Flatten().Linear(10)), DigitsTask.Data(), Options(1)));
        Assert.Equal(
            $"The training 'training' in {Path.Combine(run.Folder, "training")} is of another network than the lab makes now: it was made by another version. Begin the lab again, without --resume.",
            Assert.Throws<DataException>(Again(run, other).Execute).Message);
    }

    [Fact]
    public void Names_are_used_once() => Assert.Equal(
        "The lab small trains or measures 'a b' twice: each needs a name of its own.",
        Assert.Throws<UsageException>(Begin(new SmallLab(run =>
        {
            run.Measure("a-b", () => 1);
            run.Measure("a b", () => 2);
        })).Execute).Message);

    [Fact]
    public void A_damaged_measurement_says_what_to_do()
    {
        var lab = new SmallLab(run => run.Measure("number", () => 1.5));
        var run = Begin(lab);
        run.Execute();
        var path = Path.Combine(run.Folder, "measured.json");
        File.WriteAllText(path, """{"number": "many"}""");
        Assert.StartsWith($"{path}: 'number' is not what this program writes there", Assert.Throws<DataException>(Again(run, lab).Execute).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "[1");
        Assert.EndsWith("Remove the file: the lab measures again.", Assert.Throws<DataException>(() => Again(run, lab)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_found_in_the_folders_given_and_in_those_in_them()
    {
        var place = folder["data"];
        Directory.CreateDirectory(Path.Combine(place, "inner"));
        File.WriteAllText(Path.Combine(place, "inner", "T91.zip"), "");
        var options = new LabOptions { Data = new DataOptions { Folders = [place] } };
        var run = Begin(new SmallLab(_ => { }), options);
        Assert.Equal(Path.Combine(place, "inner", "T91.zip"), run.FindFile("T91.zip", "It holds 91 images."));
        Assert.Equal(
            $"The lab small needs Set5.zip. It holds five. Looked in {place} and the folders in it: give its folder by --data DIR.",
            Assert.Throws<DataException>(() => run.FindFile("Set5.zip", "It holds five.")).Message);
        // A place may be the file itself.
        var itself = Begin(new SmallLab(_ => { }), new LabOptions { Data = new DataOptions { Folders = [Path.Combine(place, "inner", "T91.zip")] } });
        Assert.Equal(Path.Combine(place, "inner", "T91.zip"), itself.FindFile("T91.zip", ""));
    }

    [Fact]
    public void A_lab_that_cannot_begin_leaves_no_folder()
    {
        var run = Begin(new SmallLab(run => run.FindFile("nowhere.zip", "It is not there.")));
        Assert.Throws<DataException>(run.Execute);
        Assert.False(Directory.Exists(run.Folder));

        // What was measured stays, and so does a lab that is gone on with.
        var lab = new SmallLab(run =>
        {
            run.Measure("number", () => 1.5);
            run.FindFile("nowhere.zip", "It is not there.");
        });
        var kept = Begin(lab);
        Assert.Throws<DataException>(kept.Execute);
        File.Delete(Path.Combine(kept.Folder, "measured.json"));
        Assert.Throws<DataException>(Again(kept, new SmallLab(run => run.FindFile("nowhere.zip", ""))).Execute);
        Assert.True(Directory.Exists(kept.Folder));
    }

    [Fact]
    public void A_lab_without_a_data_set_says_so() => Assert.Equal(
        "The lab small names no data set. Override Dataset, or find files by FindFile.", Assert.Throws<UsageException>(() => Begin(new SmallLab(_ => { })).Data()).Message);

    [Fact]
    public void Settings_teach()
    {
        var settings = LabSettings.Of(new SmallLab(_ => { }));
        Assert.Equal(["size", "kind", "seed", "threads"], settings.All.Select(setting => setting.Name));
        Assert.Equal("The lab small has no setting 'sise'. Did you mean 'size'?", Assert.Throws<UsageException>(() => settings.With("sise", "1")).Message);
        Assert.Equal("The setting size is a whole number from 1 to 9: received '10'.", Assert.Throws<UsageException>(() => settings.With("size", "10")).Message);
        Assert.Equal("The setting kind is one or two: received 'tow'. Did you mean 'two'?", Assert.Throws<UsageException>(() => settings.With("kind", "tow")).Message);
        Assert.Equal((3, "two"), (settings.Get(SmallLab.Size), settings.With("Kind", "TWO").Get(SmallLab.Kind)));
        Assert.False(settings.With("size", "4").IsDefault(SmallLab.Size));
        Assert.Equal(
            "The lab clash has two settings of one name; seed, threads are there by themselves.", Assert.Throws<UsageException>(() => LabSettings.Of(new ClashingLab())).Message);
    }

    private static TrainingOptions Options(int epochs) => new() { Epochs = epochs, BatchSize = 16, Schedule = new ConstantRate(0.05), TensorBoard = false };

    private LabRun Begin(Lab lab, LabOptions? options = null) =>
        LabRun.Begin(lab, LabSettings.Of(lab).With("size", "5").With("threads", "1"), (options ?? new()) with { Root = folder["runs"] });

    // As Resume does, for labs that are not in the list.
    private static LabRun Again(LabRun run, Lab lab, Action<string>? say = null) =>
        LabRun.Resume(run.Folder, new LabOptions { Say = say }, registry: new Registry { OwnLabs = [lab] });

    private sealed class SmallLab(Action<LabRun> work) : Lab
    {
        public static readonly LabSetting<int> Size = LabSetting.Whole("size", "how large", 3, 1, 9);
        public static readonly LabSetting<string> Kind = LabSetting.Choice("kind", "which", "one", "one", "two");

        public override string Name => "small";

        public override string Title => "A small lab";

        public override string Question => "Does it work?";

        public override IReadOnlyList<LabSetting> Settings => [Size, Kind];

        public override void Run(LabRun run) => work(run);
    }

    private sealed class ClashingLab : Lab
    {
        public override string Name => "clash";

        public override string Title => "Clash";

        public override string Question => "?";

        public override IReadOnlyList<LabSetting> Settings => [LabSetting.Whole("seed", "twice", 1)];

        public override void Run(LabRun run) => Assert.Fail("It cannot begin.");
    }
}
