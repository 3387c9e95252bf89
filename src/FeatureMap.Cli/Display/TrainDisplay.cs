using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>What <c>train</c> says: what is trained, a line per epoch, how it ended and what to do next.</summary>
internal sealed class TrainDisplay(Terminal terminal, TrainRequest request, Network network, SplitData data, RunFolder folder, ProgressiveTraining? progressive)
{
    private readonly RunFolder main = folder;
    private int epochs = progressive?.LargeEpochs ?? request.Settings.Training.Epochs;

    private readonly string run = Terminal.Shown(folder.Location);

    /// <summary>The folder of the part that is trained now; the run itself, unless small images come first.</summary>
    public RunFolder Folder { get; private set; } = folder;

    /// <summary>Another part of the training begins.</summary>
    /// <returns>The folder of the part before.</returns>
    public RunFolder Begin(RunFolder part, int partEpochs)
    {
        var before = Folder;
        (Folder, epochs) = (part, partEpochs);
        return before;
    }

    public void WriteHeader()
    {
        var training = request.Settings.Training;
        var table = new TextTable();
        table.Add("Recipe", $"{request.Recipe.Name}: {request.Recipe.Description}");
        table.Add("Data", $"{data.Name}, {data.Training.Count:N0} training + {data.Validation.Count:N0} validation images, "
            + $"{DataAccess.Origin(data)}");
        if (data.Origin == DataOrigin.Path) table.Add("Classes", Classes());
        table.Add("Network", $"{(request.Settings.ChooseArchitecture() is { } named ? $"{named.Name}, " : "")}{network.Input} -> "
            + $"{network.Output}, {network.Layers.Count - 1} layers, {network.TrainableCount:N0} parameters, {network.MultiplyAdds:N0} "
            + "MACs per image");
        table.Add("Training", $"{Count(training.Epochs, "epoch")}, batch {training.BatchSize}, {training.Optimizer}, {training.Schedule}, "
            + $"seed {training.Seed}");
        if (progressive is not null)
            table.Add("Sizes", $"{Count(progressive.SmallEpochs, "epoch")} with images of {progressive.Network.Input.Height}x{progressive.Network.Input.Width}, then {progressive.LargeEpochs} of {network.Input.Height}x{network.Input.Width}");
        table.Add("Machine", $"{Count(TrainResult.Threads(request.Settings), "thread")}, {LaneOption.Shown(request.Lanes)}");
        table.Add("Run", run + (request.Resumed is null ? "" : Resumed()));
        table.Write(terminal.Prose);
        terminal.Prose.WriteLine();
        terminal.Prose.WriteLine("              training          validation      learning");
        terminal.Prose.WriteLine("  epoch     loss  accuracy     loss  accuracy       rate  seconds");
        terminal.Prose.Flush();
    }

    // The classes are the names of folders: a glance at them shows whether the right folders were taken.
    private string Classes()
    {
        const int Most = 12;
        var names = data.Training.ClassNames;
        return names.Count <= Most ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Most))}, ... ({names.Count:N0} in all)";
    }

    public string EpochLine(EpochRecord row)
    {
        var epoch = $"{row.Epoch}/{epochs}";
        return $"{epoch,7}  {row.TrainLoss,7:0.0000}  {row.Metric.Format(row.TrainMetric),8}  {row.ValidationLoss,7:0.0000}  "
            + $"{row.Metric.Format(row.ValidationMetric),8}  {Rate(row.LearningRate),9}  {row.Seconds,7:0.0}";
    }

    public void WriteEnd(TrainingRun result, bool withReport)
    {
        var right = result.Validation!.Predicted.Where((predicted, i) => predicted == data.Validation.Label(i)).Count();
        var table = new TextTable();
        table.Add("Accuracy", $"{result.Validation.Accuracy * 100:0.00} % on the validation images after the last epoch ({right:N0} of "
            + $"{data.Validation.Count:N0} right)");
        table.Add("Time", Time(result) + (progressive is not null && TrainResult.SmallSeconds(main) is { } small ? $"; {small:0.0} s "
            + "before with small images" : ""));
        table.Add("Weights", $"SHA-256 {result.Model.Weights.Sha256()}");
        table.Add("Run", run);
        if (withReport) table.Add("Report", Terminal.Shown(main.ReportPath));
        terminal.Prose.WriteLine();
        table.Write(terminal.Prose);
        terminal.Prose.WriteLine();
        terminal.Prose.WriteLine("Next:");
        terminal.Prose.WriteLine($"  featuremap evaluate {run}");
        terminal.Prose.WriteLine($"  featuremap predict {run} IMAGE.png");
    }

    public void WriteStopped()
    {
        var step = Folder.Checkpoints.Steps() is [var newest, ..] ? newest : 0;
        terminal.Error.WriteLine();
        terminal.Error.WriteLine($"Stopped after step {step:N0} of {TotalSteps:N0}; everything is saved. Go on with:");
        terminal.Error.WriteLine($"  featuremap train --resume {run}");
    }

    /// <summary>After an error of the disk or of the folder: what is safe, and how it goes on.</summary>
    public void WriteFailed()
    {
        if (!Directory.Exists(Folder.Location)) return;
        terminal.Error.WriteLine(Folder.Checkpoints.Steps() is [var step, ..]
            ? $"The run is safe up to step {step:N0} of {TotalSteps:N0}. When the cause is removed, go on with:"
            : "No checkpoint was written yet. When the cause is removed, begin again with:");
        terminal.Error.WriteLine($"  featuremap train --resume {run}");
    }

    private long TotalSteps
    {
        get
        {
            var batch = Math.Min(request.Settings.Training.BatchSize, data.Training.Count);
            return (long)epochs * ((data.Training.Count + batch - 1) / batch);
        }
    }

    private string Resumed() => progressive is not null && main.Checkpoints.Steps().Count == 0 ? ", goes on with its "
        + "small images" : main.Checkpoints.Steps() is [var newest, ..] ? $", goes on after step {newest:N0} of "
        + $"{TotalSteps:N0}" : ", starts again: there is no checkpoint yet";

    private static string Time(TrainingRun result)
    {
        if (result.Epochs.Count == 0) return "nothing was left to train";
        var seconds = result.Epochs[^1].TotalSeconds;
        var reached = result.SecondsToAccuracy(0.99) is { } moment ? $"99 % after {moment:0.0} s" : "99 % was not reached";
        return $"{seconds:0.0} s, {TrainResult.ImagesPerSecond(result.Epochs):N0} images/s; {reached}";
    }

    private static string Rate(double rate) => rate.ToString(rate >= 1e-4 ? "0.00000" : "0.0e-0", CultureInfo.InvariantCulture);

    private static string Count(int number, string noun) => $"{number:N0} {noun}{(number == 1 ? "" : "s")}";
}
