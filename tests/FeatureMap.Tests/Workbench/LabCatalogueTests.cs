using FeatureMap.Tests.Cli;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>Labs as their folders say them: complete, stopped, killed, damaged and foreign ones; and the form of a lab.</summary>
public sealed class LabCatalogueTests : IDisposable
{
    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    private LabCatalogue Catalogue => new(world.Runs);

    [Fact]
    public void A_lab_is_listed_with_its_figures_and_tells_how_long_the_next_takes()
    {
        var run = Run("2");
        var lab = Assert.Single(Catalogue.Labs);
        Assert.Equal((RunState.Complete, "compare-normalizations", true, false), (lab.State, lab.Lab!.Name, lab.HasPage, lab.IsQuick));
        Assert.Equal(run.Trainings.Select(training => (training.Name, training.Folder.Name, training.Accuracy)),
            lab.Figures!.Trainings.Select(one => (one.Name, one.Folder, one.Accuracy)));
        Assert.Equal(run.Trainings.Sum(training => training.Seconds), lab.Figures.Seconds, 1e-9);
        Assert.Contains(lab.Settings, one => one is { Name: "epochs", Text: "2", Usual: "6", IsChanged: true });
        Assert.Contains("<h1>", Catalogue.Page(lab.Id), StringComparison.Ordinal);
        // The runs of the lab are runs too, below its name.
        Assert.Equal(run.Trainings.Count, new RunCatalogue(world.Runs).Runs.Count(one => one.Name.StartsWith(lab.Name
            + Path.DirectorySeparatorChar, StringComparison.Ordinal)));
        var same = Catalogue.Estimate(run.Lab, run.Settings.With("seed", "5"))!;
        Assert.Equal((lab.Figures.Seconds, true), (same.Seconds, same.IsSame));
        var twice = Catalogue.Estimate(run.Lab, run.Settings.With("epochs", "4"))!;
        Assert.False(twice.IsSame);
        Assert.Equal(2 * lab.Figures.Seconds, twice.Seconds, 1e-9);
        Assert.Null(Catalogue.Estimate(Labs.Get("compare-optimizers"), LabSettings.Of(Labs.Get("compare-optimizers"))));
    }

    [Fact]
    public void A_stopped_a_killed_and_a_damaged_lab_are_told_apart()
    {
        var run = Open("1");
        var catalogue = Catalogue;
        Assert.Equal((RunState.Stopped, true), (catalogue.Labs[0].State, catalogue.Labs[0].CanResume));
        File.WriteAllText(Path.Combine(run.Folder, ".locked-by"), "process 1 on elsewhere, since 2026-01-31 12:00:00");
        File.WriteAllText(Path.Combine(run.Folder, ".lock"), "");
        Assert.Equal(RunState.Killed, catalogue.Labs[0].State);
        // A file that anybody may have written leads nowhere else.
        File.WriteAllText(Path.Combine(run.Folder, LabLive.FileName), """
            {"trainings": 1, "expected": 4, "now": "x", "run": "../..", "said": "", "images": 100, "imagesDone": 25, "imagesOfTraining": 10,
             "secondsPerImage": 0.5, "process": 1, "time": "2026-01-31T12:00:00Z"}
            """);
        var progress = catalogue.Labs[0].Progress!;
        Assert.Null(progress.Training);
        Assert.Equal((0.25, 37.5), (progress.Share, progress.RemainingSeconds));
        Assert.Contains("killed before, and can be resumed", Assert.Throws<DataException>(() =>
            catalogue.Stop(catalogue.Labs[0].Id)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no page yet", Assert.Throws<DataException>(() => catalogue.Page(catalogue.Labs[0].Id)).Message,
            StringComparison.Ordinal);
        var file = Path.Combine(run.Folder, LabConfiguration.FileName);
        File.WriteAllText(file, "{}");
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(2));
        var damaged = catalogue.Labs[0];
        Assert.Null(damaged.Lab);
        Assert.False(damaged.CanResume);
        Assert.Contains("'version' is missing", damaged.Fault, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => catalogue.Open("lab-x"));
        Assert.False(catalogue.Has("../.."));
    }

    [Fact]
    public void Remaining_time_is_told_by_the_training_until_the_lab_knows_more()
    {
        var training = new LiveState
        {
            Step = 25,
            TotalSteps = 100,
            Epoch = 1,
            Epochs = 1,
            RemainingSeconds = 30,
            Process = 1,
            Time = DateTime.UtcNow
        };
        var live = new LabLive { Trainings = 0, Expected = 4, Images = 400, ImagesOfTraining = 100, Process = 1, Time = DateTime.UtcNow };
        // 75 of its 100 images in 30 seconds: 0.4 s an image, 375 of 400 are left.
        Assert.Equal(150, new LabProgress(live, training).RemainingSeconds, 1e-9);
        Assert.Equal(75, new LabProgress(live with { SecondsPerImage = 0.2 }, training).RemainingSeconds, 1e-9);
        Assert.Equal(25.0 / 400, new LabProgress(live, training).Share, 1e-12);
        Assert.Equal(0.25 / 4, new LabProgress(live with { Images = 0 }, training).Share, 1e-12);
        Assert.True(double.IsNaN(new LabProgress(live with { Images = 0 }, training).RemainingSeconds));
        Assert.True(double.IsNaN(new LabProgress(live, null).RemainingSeconds));
    }

    [Fact]
    public void The_form_of_a_lab_checks_what_is_typed_and_gives_what_is_to_be_run()
    {
        var catalogue = Catalogue;
        var training = new TrainDesk(null, world.Runs, new ModelShelf(null, world.Runs), new RunCatalogue(world.Runs), [world.Data]);
        var desk = new LabDesk(training, catalogue);
        Assert.All(desk.Labs, lab => Assert.Empty(desk.Fill(new LabChoice(lab.Name, IsQuick: true)).Fault));
        var form = desk.Fill(new LabChoice("compare-optimizers", IsQuick: true)
        {
            Data = "digits",
            Settings = [("seeds", "2"), ("epochs",
            "5")]
        });
        // What is as usual was not changed.
        Assert.Equal([("data", "digits"), ("epochs", "5")], form.Arguments.Assignments);
        Assert.Equal((true, 14, 14L * 5 * 1000), (form.Arguments.IsQuick, form.Plan!.Trainings, form.Plan.Images));
        var wrong = desk.Fill(new LabChoice("compare-optimizers", IsQuick: false) { Settings = [("epochs", "many")] });
        Assert.Contains("epochs", wrong.Fault, StringComparison.Ordinal);
        Assert.Equal(wrong.Fault, wrong.Fields.Single(field => field.Name == "epochs").Fault);
        Assert.Contains("Did you mean 'epochs'", Fails("compare-optimizers", ("epoch", "1")), StringComparison.Ordinal);
        Assert.Contains("twice", Fails("compare-optimizers", ("epochs", "1"), ("Epochs", "2")), StringComparison.Ordinal);
        Assert.Contains("from the list", Fails("compare-optimizers", ("data", "/etc")), StringComparison.Ordinal);
        Assert.Contains("Did you mean 'compare-optimizers'", Fails("compare-optimisers"), StringComparison.Ordinal);
        Assert.Contains("is a published set", Assert.Throws<UsageException>(() => desk.Fill(new LabChoice("segmentation",
            false)
        { Data = "digits" })).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain(desk.PlacesOf(Labs.Get("segmentation")), place => place.Id == "digits");

        string Fails(string lab, params (string, string)[] settings) =>
            Assert.Throws<UsageException>(() => desk.Fill(new LabChoice(lab, false) { Settings = settings })).Message;
    }

    private LabRun Open(string epochs) => LabWork.Open(new LabArguments
    {
        Lab = "compare-normalizations",
        Out = world.Runs,
        Data = [world.Data],
        Assignments = [("epochs", epochs), ("seeds", "1"), ("rates", "1"), ("training-images", "96"), ("batch-size", "16"), ("threads",
            "1")],
    }, new WorkContext());

    private LabRun Run(string epochs)
    {
        var run = Open(epochs);
        run.Execute();
        return run;
    }
}
