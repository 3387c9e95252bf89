using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>Does what a <see cref="TrainRequest"/> asks for.</summary>
internal sealed class TrainWork(TrainRequest request, Terminal terminal)
{
    public int Run()
    {
        if (request.Resumed is { } resumed && File.Exists(resumed.Folder.ModelPath)) return AlreadyComplete(resumed.Folder, resumed.Configuration);
        using var held = request.Resumed?.Folder.Hold();
        var data = LoadData();
        var start = TrainStart.Of(request.Recipe, request.Settings, data);
        var network = start.Network;
        if (start.Notice is { } changed) terminal.Notice(changed);
        var options = start.Complete(request.Recipe.Options(request.Settings, data)) with { Lint = null };
        LintFirst.Check(network, data, options, request, terminal);
        var progressive = ProgressiveTraining.Of(request.Recipe, request.Settings, data);
        var configuration = new RunConfiguration
        {
            Recipe = request.Resumed is { } begun ? begun.Configuration.Recipe : request.Recipe.Name,
            Settings = request.Settings,
            Data = RunData.Of(data),
        };
        var folder = request.Resumed?.Folder ?? RunFolder.Create(request.Root, request.Recipe.Name, configuration: configuration.ToJson());
        using var holding = folder.Hold();
        var display = new TrainDisplay(terminal, request, network, data, folder, progressive);
        display.WriteHeader();
        TrainingRun run;
        try
        {
            if (progressive is not null)
            {
                var (small, stopped) = TrainSmall(progressive, options, data, display);
                if (small is null) return Stopped(stopped!, folder, configuration, display);
                options = progressive.Large(options, small);
            }
            run = Train(network, options, data, folder, display);
        }
        catch (Exception error) when (error is DataException or IOException or UnauthorizedAccessException)
        {
            var code = Failure.Report(error, terminal);
            display.WriteFailed();
            return code;
        }
        if (!run.IsComplete) return Stopped(run, folder, configuration, display);
        var hasReport = request.WithReport && WriteReport(folder, configuration, run.Model, data);
        if (terminal.IsJson) terminal.Write(TrainResult.Document(folder, configuration, run.Model, run.Epochs, isComplete: true));
        display.WriteEnd(run, hasReport);
        return 0;
    }

    /// <summary>
    /// The training is done and its model is saved: a report that cannot be written, on a full disk, is said and no more.
    /// </summary>
    private bool WriteReport(RunFolder folder, RunConfiguration configuration, Model model, SplitData data)
    {
        try
        {
            ReportBuilder.Write(folder, model, data, TrainResult.Facts(configuration, model), request.Settings.Training.Threads);
            return true;
        }
        catch (Exception error) when (error is DataException or IOException or UnauthorizedAccessException)
        {
            terminal.Notice($"The model is saved; only the report is missing: {error.Message} Write it later: featuremap report "
                + $"{Terminal.Shown(folder.Location)}");
            return false;
        }
    }

    private SplitData LoadData()
    {
        if (request.Resumed is not { } resumed) return request.LoadData(terminal);
        var input = resumed.Configuration.Recipe.Length == 0 ? NetworkFile.Load(resumed.Folder.NetworkPath).Input : (Shape?)null;
        var data = DataAccess.LoadAgain(resumed.Configuration, request.DataPlaces, terminal, input);
        return resumed.Configuration.Data.Difference(data) is not { } difference ? data
            : throw new DataException($"The run {resumed.Folder.Name} goes on only with the images that it was made with. {difference} "
            + "Put them back, give their place by --data, or start a new run without --resume.");
    }

    /// <summary>The part on small images, in a folder of its own: its model, or the training where it was stopped.</summary>
    private (Model? Model, TrainingRun? Stopped) TrainSmall(ProgressiveTraining progressive, TrainingOptions options, SplitData data, TrainDisplay display)
    {
        var folder = RunFolder.At(Path.Combine(display.Folder.Location, ProgressiveTraining.FolderName));
        if (File.Exists(folder.ModelPath)) return (ModelFile.Load(folder.Location), null);
        var whole = display.Begin(folder, progressive.SmallEpochs);
        var run = Train(progressive.Network, progressive.Small(options), data, folder, display);
        if (!run.IsComplete) return (null, run);
        display.Begin(whole, progressive.LargeEpochs);
        return (run.Model, null);
    }

    private int Stopped(TrainingRun run, RunFolder folder, RunConfiguration configuration, TrainDisplay display)
    {
        if (terminal.IsJson) terminal.Write(TrainResult.Document(folder, configuration, run.Model, run.Epochs, isComplete: false));
        display.WriteStopped();
        return Failure.Failed;
    }

    private TrainingRun Train(Network network, TrainingOptions options, SplitData data, RunFolder folder, TrainDisplay display)
    {
        TrainingRun Fit(IProgress<TrainingProgress>? progress, Action<string> line) => Trainer.Fit(network, data, options with
        {
            LaneWidth = request.Lanes,
            Folder = folder,
            Resume = request.Resumed is not null,
            Progress = progress,
            EpochEnded = record => line(display.EpochLine(record)),
            Notice = terminal.Notice,
            Cancellation = terminal.Cancellation,
        });
        return terminal.IsInteractive && !terminal.IsJson
            ? LiveProgress.Run(Fit)
            : Fit(null, line =>
            {
                terminal.Prose.WriteLine(line);
                terminal.Prose.Flush();
            });
    }

    private int AlreadyComplete(RunFolder folder, RunConfiguration configuration)
    {
        var model = ModelFile.Load(folder.Location);
        terminal.Prose.WriteLine($"The run {folder.Name} is already complete: there is nothing to go on with.");
        // A kill between the model and the report leaves a run that is complete and has none.
        if (request.WithReport && !File.Exists(folder.ReportPath))
        {
            using var held = folder.Hold();
            if (WriteReport(folder, configuration, model, LoadData()))
                terminal.Prose.WriteLine($"Its report was missing and is written now: {Terminal.Shown(folder.ReportPath)}");
        }
        terminal.Prose.WriteLine($"Judge it with 'featuremap evaluate {Terminal.Shown(folder.Location)}', or train again without --resume.");
        if (terminal.IsJson) terminal.Write(TrainResult.Document(folder, configuration, model, RunLog.Read(folder.Location).Epochs, isComplete: true));
        return 0;
    }
}
