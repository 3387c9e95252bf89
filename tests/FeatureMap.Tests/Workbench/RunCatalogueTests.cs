using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>Runs by what their folders say: complete, running, stopped, killed, damaged and foreign ones.</summary>
public sealed class RunCatalogueTests
{
    private static readonly Lazy<string> Config = new(Made);

    // A run of the tool that ended, once for all tests.
    private static string Made()
    {
        using var place = new TemporaryFolder();
        var request = TrainRequest.From(new TrainArguments
        {
            Recipe = "mnist-1k",
            Out = place.Location,
            NoReport = true,
            Assignments = [("data", "digits"), ("epochs", "1"), ("training-images", "320")],
        }, new WorkContext());
        return File.ReadAllText(new TrainWork(request, new WorkContext()).Run().Folder.ConfigPath);
    }

    private static string Run(TemporaryFolder place, string name, int epochs, bool isComplete)
    {
        var folder = Directory.CreateDirectory(Path.Combine(place.Location, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.Value);
        using (var log = new RunLog(folder))
            for (var i = 1; i <= epochs; i++) log.Write(Training.RunLogTests.Epoch(i));
        if (isComplete) File.WriteAllText(Path.Combine(folder, "model.safetensors"), "");
        return folder;
    }

    [Fact]
    public void States_are_told_apart()
    {
        using var place = new TemporaryFolder();
        Run(place, "complete", 3, isComplete: true);
        var killed = Run(place, "killed", 2, isComplete: false);
        File.WriteAllText(Path.Combine(killed, ".lock"), "");
        File.WriteAllText(Path.Combine(killed, ".locked-by"), "process 999999 on elsewhere, since 2026-01-31 12:00:00");
        File.WriteAllText(Path.Combine(killed, "live.json"), """
            {"step": 250, "steps": 300, "epoch": 3, "epochs": 3, "loss": 0.5, "epochLoss": 0.5, "epochMetric": null, "learningRate": 0.1,
            "imagesPerSecond": 1000, "remainingSeconds": 5, "process": 999999, "time": "2026-01-31T12:00:00Z"}
            """);
        Run(place, "stopped", 1, isComplete: false);
        var running = RunFolder.Open(Run(place, "running", 0, isComplete: false));
        using var held = running.Hold();
        var catalogue = new RunCatalogue(place.Location);
        Assert.Equal([("run-complete", RunState.Complete), ("run-killed", RunState.Killed), ("run-running", RunState.Running),
            ("run-stopped", RunState.Stopped)], catalogue.Runs.Select(run => (run.Id, run.State)).Order());
        var dead = catalogue.Open("run-killed").Summary;
        Assert.Equal((250L, 300L, true), (dead.Live!.Step, dead.Live.TotalSteps, dead.CanResume));
        var complete = catalogue.Open("run-complete").Summary;
        Assert.Equal((3, 3, "mnist-1k", "digits", null), (complete.Best!.Epoch, complete.Last!.Epoch, complete.Recipe, complete.Data,
            complete.Live));
        Assert.Equal((false, "97.67 %"), (complete.CanResume, complete.Best.Text));
        Assert.Equal("1", complete.Setting("epochs"));
        Assert.True(complete.Settings.Single(one => one.Name == "epochs").IsChanged);
        Assert.Equal("run-running", catalogue.RunOf(Environment.ProcessId));
        Assert.Null(catalogue.RunOf(1));
    }

    [Fact]
    public void What_came_a_moment_ago_is_found()
    {
        using var place = new TemporaryFolder();
        var (runs, models) = (new RunCatalogue(place.Location), new ModelShelf(null, place.Location));
        Assert.Empty(runs.Runs);
        Assert.False(runs.Has("run-late"));
        Assert.False(models.Has("run-late"));
        ModelFile.Save(BundledModels.Digits, Run(place, "late", 3, isComplete: true));
        Assert.True(runs.Has("run-late"));
        Assert.Equal("late", runs.Open("run-late").Summary.Name);
        Assert.True(models.Has("run-late"));
        Assert.Throws<UsageException>(() => runs.Open("run-never"));
    }

    [Fact]
    public void Damaged_and_foreign_folders_are_shown_or_left_out_and_are_no_fault()
    {
        using var place = new TemporaryFolder();
        Directory.CreateDirectory(place["foreign"]);
        File.WriteAllText(Path.Combine(place["foreign"], "config.json"), """{"model_type": "bert"}""");
        var other = Run(place, "other-version", 1, isComplete: false);
        File.WriteAllText(Path.Combine(other, "config.json"), """{"version": 99}""");
        var truncated = Run(place, "truncated", 3, isComplete: false);
        var log = Path.Combine(truncated, "log.jsonl");
        File.WriteAllBytes(log, File.ReadAllBytes(log)[..^40]);
        File.AppendAllText(Path.Combine(Run(place, "dirty", 2, isComplete: false), "log.jsonl"), "\0\0\0 nonsense\n{\"kind\":\"epoch\"}\n");
        Directory.CreateDirectory(place["empty"]);
        File.WriteAllText(place["file"], "");
        Run(place, "inside/lab-x/first", 1, isComplete: true);
        Directory.CreateDirectory(Path.Combine(place["truncated"], "small"));
        File.WriteAllText(Path.Combine(place["truncated"], "small", "log.jsonl"), "");
        if (!OperatingSystem.IsWindows()) Directory.CreateSymbolicLink(place["link"], truncated);
        var runs = new RunCatalogue(place.Location).Runs;
        Assert.Equal(["dirty", "inside/lab-x/first", "other-version", "truncated"],
            runs.Select(run => run.Name.Replace('\\', '/')).Order(StringComparer.Ordinal));
        var found = runs.ToDictionary(run => run.Name.Replace('\\', '/'));
        Assert.Contains("config.json", found["other-version"].Fault, StringComparison.Ordinal);
        Assert.DoesNotContain(place.Location, found["other-version"].Fault, StringComparison.Ordinal);
        Assert.False(found["other-version"].CanResume);
        Assert.Equal(2, found["truncated"].Epochs.Count);
        Assert.Equal((2, 2), (found["dirty"].Epochs.Count, found["dirty"].DamagedRows));
        Assert.Equal("run-inside-lab-x-first", found["inside/lab-x/first"].Id);
        Assert.Empty(new RunCatalogue(place["no-such-folder"]).Runs);
        Assert.Empty(new RunCatalogue(null).Runs);
    }

    [Fact]
    public void A_log_is_read_on_and_read_again_when_it_was_cut_back()
    {
        using var place = new TemporaryFolder();
        var folder = Run(place, "grows", 2, isComplete: false);
        var catalogue = new RunCatalogue(place.Location);
        Assert.Equal((2, 2L), (catalogue.Open("run-grows").Summary.Epochs.Count, catalogue.Open("run-grows").Rows));
        using var log = new RunLog(folder);
        log.Write(new StepRecord { Step = 250, Epoch = 3, Loss = 0.5, LearningRate = 0.1 });
        log.Write(Training.RunLogTests.Epoch(3));
        var grown = catalogue.Open("run-grows");
        Assert.Equal((3, 1, 4L), (grown.Summary.Epochs.Count, grown.Steps.Count, grown.Rows));
        log.TruncateAfter(100);
        Assert.Equal((1, 0, 1L), (catalogue.Open("run-grows").Summary.Epochs.Count, catalogue.Open("run-grows").Steps.Count,
            catalogue.Open("run-grows").Rows));
    }

    [Fact]
    public void Notes_are_kept_and_what_is_not_there_is_explained()
    {
        using var place = new TemporaryFolder();
        Run(place, "mnist-1k-20260131-120000", 1, isComplete: true);
        var catalogue = new RunCatalogue(place.Location);
        var id = catalogue.Runs.Single().Id;
        catalogue.Write(id, "warm up longer\n<b>");
        Assert.Equal("warm up longer\n<b>", new RunCatalogue(place.Location).Open(id).Summary.Note);
        Assert.Contains("4,000", Assert.Throws<UsageException>(() => catalogue.Write(id, new string('x', 4001))).Message,
            StringComparison.Ordinal);
        Assert.Contains("Did you mean", Assert.Throws<UsageException>(() => catalogue.Open(id[..^1])).Message, StringComparison.Ordinal);
        var error = Assert.Throws<DataException>(() => catalogue.Stop(id));
        Assert.Contains("complete", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(place.Location, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_means_the_same_run_on_the_shelf_of_models()
    {
        using var place = new TemporaryFolder();
        Run(place, "a b", 1, isComplete: false);
        File.WriteAllText(Path.Combine(Run(place, "a-b", 1, isComplete: true), "network.json"), "{}");
        var run = new RunCatalogue(place.Location).Runs.Single(run => run.Name == "a-b");
        Assert.Equal("run-a-b-2", run.Id);
        Assert.Equal(run.Id, new ModelShelf(null, place.Location).Models.Single(model => model.Name == "a-b").Id);
    }

    [Fact]
    public void The_run_of_a_process_is_one_that_it_holds()
    {
        using var place = new TemporaryFolder();
        var killed = Run(place, "killed", 1, isComplete: false);
        File.WriteAllText(Path.Combine(killed, ".lock"), "");
        File.WriteAllText(Path.Combine(killed, ".locked-by"), $"process {Environment.ProcessId} on {Environment.MachineName}, since "
            + "2026-01-31 12:00:00");
        var catalogue = new RunCatalogue(place.Location);
        Assert.Null(catalogue.RunOf(Environment.ProcessId));
        using var held = RunFolder.Open(Run(place, "running", 0, isComplete: false)).Hold();
        Assert.Equal("run-running", catalogue.RunOf(Environment.ProcessId));
    }

    [Fact]
    public void Named_places_are_offered_for_training_with_the_ids_of_the_data_shelf()
    {
        using var place = new TemporaryFolder();
        string[] named = [.. ((string[])["one", "two"]).Select(above => Directory.CreateDirectory(place[$"{above}/my pets"]).FullName)];
        var desk = new TrainDesk(null, place["runs"], new ModelShelf(), new RunCatalogue(null), named);
        var offered = desk.Places.Select(one => one.Id).Where(id => id.StartsWith("place-", StringComparison.Ordinal)).ToList();
        Assert.Equal(["place-my-pets", "place-my-pets-2"], offered);
        Assert.Equal(offered, new DataShelf(named).Sets.Where(set => set.Kind == SetKind.Place).Select(set => set.Id));
    }

    [Fact]
    public void A_running_mean_that_forgets_and_seeds_together_have_the_values_of_their_definition()
    {
        // 0.5: 4; (0.25*4 + 0.5*8) / 0.75 = 20/3; (0.125*4 + 0.25*8 + 0.5*0) / 0.875 = 20/7
        var smooth = RunCurves.Smooth([(1, 4), (2, 8), (3, 0)], 0.5);
        Assert.Equal([4, 20.0 / 3, 20.0 / 7], smooth.Select(point => Math.Round(point.Y, 12)).Zip([4, 20.0 / 3, 20.0 / 7],
            (had, wanted) => Math.Abs(had - wanted) < 1e-11 ? wanted : had));
        Assert.Equal([(1.0, 4.0), (2.0, 8.0)], RunCurves.Smooth([(1, 4), (2, 8)], 0));
        Assert.Throws<UsageException>(() => RunCurves.Smooth([], 1));
        var (mean, range) = RunCurves.Together([[(1, 2), (2, 4), (3, 9)], [(1, 4), (2, 8)]]);
        Assert.Equal([(1.0, 3.0), (2.0, 6.0)], mean);
        Assert.Equal([(1.0, 2.0, 4.0), (2.0, 4.0, 8.0)], range);
    }
}
