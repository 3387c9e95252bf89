using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>What <c>train</c> says: what is trained, a line per epoch, how it ended and what to do next.</summary>
internal sealed class TrainDisplay(Terminal terminal, TrainRequest request, ComputeDevice device) : TrainWatcher
{
    private TrainStage? stage;
    private RunFolder? folder;
    private int epochs;
    private bool hadReport;
    private Action<string> writeLine = line =>
    {
        terminal.Prose.WriteLine(line);
        terminal.Prose.Flush();
    };

    /// <summary>Whether the training itself has begun: from then on it is known what is safe.</summary>
    public bool HasBegun => stage is not null;

    private TrainStage Stage => stage ?? throw new InvalidOperationException("Nothing was begun.");

    // The folder of the part that is trained now; the run itself, unless small images come first.
    private RunFolder Folder => folder ?? Stage.Folder;

    private string Run => Terminal.Shown(Stage.Folder.Location);

    public override void BeginPart(RunFolder folder, int epochs)
    {
        (this.folder, this.epochs) = (folder, epochs);
        if (Stage.FineTuning is not null) writeLine(folder.Location == Stage.Folder.Location ? "  all layers" : "  the head alone");
    }

    public override TrainingRun Watch(Func<IProgress<TrainingProgress>?, TrainingRun> train)
    {
        if (!terminal.IsInteractive || terminal.IsJson) return train(null);
        var progress = new LiveProgress(terminal);
        var before = writeLine;
        writeLine = progress.WriteLine;
        try
        {
            return train(progress);
        }
        finally
        {
            progress.Clear();
            writeLine = before;
        }
    }

    public override void EndEpoch(EpochRecord epoch) => writeLine(EpochLine(epoch));

    public override void FindComplete(TrainOutcome outcome)
    {
        hadReport = outcome.HasReport;
        terminal.Prose.WriteLine($"The run {outcome.Folder.Name} is already complete: there is nothing to go on with.");
    }

    public override void Begin(TrainStage stage)
    {
        this.stage = stage;
        if (terminal.RankNotice is { } notice) terminal.Notice(notice);
        var (network, data, _, progressive) = stage;
        var training = request.Settings.Training;
        epochs = progressive?.LargeEpochs ?? training.Epochs;
        var table = new TextTable();
        table.Add("Recipe", $"{request.Recipe.Name}: {request.Recipe.Description}");
        table.Add("Data", $"{data.Name}, {data.Training.Count:N0} training + {data.Validation.Count:N0} validation images"
            + $"{(Masks.Are(data) ? " with masks" : "")}, {DataAccess.Origin(data)}");
        var said = data.Training.Targets is { AreOfWholeImage: true } targets ? targets.Kind : (TargetKind?)null;
        if (data.Origin == DataOrigin.Path || said is not null)
            table.Add(said switch { TargetKind.Labels => "Labels", TargetKind.Quantities => "Numbers", _ => "Classes" }, Classes(data));
        if (said is not null && stage.Loss is { } loss) table.Add("Loss", loss.Name);
        if (Masks.Are(data)) AddMasks(table, data, network);
        table.Add("Network", $"{(request.Settings.ChooseArchitecture() is { } named ? $"{named.Name}, " : "")}{network.Input} -> "
            + $"{network.Output}, {network.Layers.Count - 1} layers, {network.TrainableCount:N0} parameters, {network.MultiplyAdds:N0} "
            + "MACs per image");
        if (stage.FineTuning is { } tuning) AddFineTuning(table, tuning);
        if (request.IsDetection && request.Settings.From.Length > 0) AddPretrained(table);
        table.Add("Training", $"{Count(training.Epochs, "epoch")}, batch {training.BatchSize}, {training.Optimizer}, {training.Schedule}, "
            + $"seed {training.Seed}");
        if (progressive is not null)
            table.Add("Sizes", $"{Count(progressive.SmallEpochs, "epoch")} with images "
                + $"of {progressive.Network.Input.Height}x{progressive.Network.Input.Width}, "
                    + $"then {progressive.LargeEpochs} of {network.Input.Height}x{network.Input.Width}");
        table.Add("Machine", $"{Count(RunFacts.Threads(request.Settings), "thread")}, "
            + (device == ComputeDevice.Processor ? LaneOption.Shown(request.Lanes) : $"{device.Facts[0].Value}, {device.Facts[1].Value}"));
        if (terminal.Ranks is { } ranks) table.Add("Ranks", RanksOf(ranks, training.BatchSize));
        table.Add("Run", Run + (request.Resumed is null ? "" : Resumed()));
        table.Write(terminal.Prose);
        terminal.Prose.WriteLine();
        terminal.Prose.WriteLine("              training          validation      learning");
        var measure = request.IsDetection ? "mAP50" : Masks.Are(data) ? "error" : said switch
        {
            TargetKind.Labels => "mAP",
            TargetKind.Quantities => data.ClassCount == 1 ? "MAE" : "error",
            _ => "accuracy",
        };
        terminal.Prose.WriteLine($"  epoch     loss  {measure,8}     loss  {measure,8}       rate  seconds");
        terminal.Prose.Flush();
    }

    private static string RanksOf(RankTeam team, int batch)
    {
        var (ranks, shards) = (team.Collective.Ranks, (batch + 15) / 16);
        var (least, most) = (shards / ranks, (shards + ranks - 1) / ranks);
        return $"{team.Names}: each batch of {batch} images is "
            + $"{Count(shards, "shard")} of 16, {(least == most ? $"{most}" : $"{least} or {most}")} for each rank"
            + (least == 0 ? $"; {ranks - shards} of the ranks have nothing to do" : "");
    }

    private void AddFineTuning(TextTable table, FineTuningPlan tuning)
    {
        var (settings, features) = (request.Settings, tuning.Body.Network.Output);
        table.Add("Weights", $"{Terminal.Shown(settings.From)}, {features.Count:N0} features at '{tuning.BodyEnd}'");
        table.Add("Pictures", settings.Preparation is { } preparation ? $"{settings.Data.Images.Size}, {preparation}"
            : $"{settings.Data.Images.Size}, prepared as the file of the weights says");
        table.Add("Learns", tuning.HeadOnly ? $"the head of {tuning.Head.TrainableCount:N0} numbers; the body, {tuning.Body.Network.TrainableCount:N0}, "
            + "stays as it is, weights and statistics"
            : $"{(tuning.HeadEpochs == 0 ? "" : $"{Count(tuning.HeadEpochs, "epoch")} the head alone, {tuning.Head.TrainableCount:N0} numbers; then ")}all "
            + $"{tuning.LearningCount:N0}, early layers at lower "
            + $"rates{(tuning.StayingLayers.Count == 0 ? "" : "; batch norms stay as they are")}");
    }

    private void AddMasks(TextTable table, SplitData data, Network network)
    {
        var (shape, patch) = (data.ImageShape, network.Input);
        var training = request.Recipe.Options(request.Settings, data);
        var times = training.Sampler is RepeatSampler repeat ? repeat.Times : 1;
        table.Add("Cut", shape == patch ? $"whole images of {shape}, {Count(times, "time")} each in an epoch"
            : $"{times:N0} {(times == 1 ? "patch" : "patches")} of {patch.Height}x{patch.Width} from each image of "
                + $"{shape.Height}x{shape.Width} in "
            + $"an epoch, {training.Augmentation}; held-out images are judged in tiles");
        table.Add("Loss", training.Loss!.Name);
        if (request.Settings.From.Length > 0)
            table.Add("Weights", $"{Terminal.Shown(request.Settings.From)}: they learn at a tenth of the rate, and their batch norms stay; "
                + "the decoder is new");
    }

    // The classes are the names of folders: a glance at them shows whether the right folders were taken.
    private static string Classes(SplitData data)
    {
        const int Most = 12;
        var names = data.ClassNames;
        return names.Count <= Most ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Most))}, ... ({names.Count:N0} in all)";
    }

    private string EpochLine(EpochRecord row)
    {
        var epoch = $"{row.Epoch}/{epochs}";
        return $"{epoch,7}  {row.TrainLoss,7:0.0000}  {row.Metric.Format(row.TrainMetric),8}  {row.ValidationLoss,7:0.0000}  "
            + $"{row.Metric.Format(row.ValidationMetric),8}  {Rate(row.LearningRate),9}  {row.Seconds,7:0.0}";
    }

    public void WriteEnd(TrainingRun result, bool withReport)
    {
        var data = Stage.Data;
        var table = new TextTable();
        if (result.Segmentation is { } maps)
        {
            table.Add("Pixels", $"{maps.PixelError * 100:0.00} % of {maps.CountedPixels:N0} are wrong, in "
                + $"{Count(maps.Images, "whole image")} held out");
            table.Add("mIoU", $"{maps.MeanIntersectionOverUnion * 100:0.00} % "
                + $"({string.Join(", ", maps.PerClass.Take(6).Select(one => $"{one.Name} {one.IntersectionOverUnion * 100:0.0} %"))}"
                + $"{(maps.PerClass.Count > 6 ? ", ..." : "")})");
        }
        else if (result.Labels is { } labels) AnswerText.Add(table, labels);
        else if (result.Quantities is { } numbers) AnswerText.Add(table, numbers);
        else
        {
            var right = result.Validation!.Predicted.Where((predicted, i) => predicted == data.Validation.Label(i)).Count();
            table.Add("Accuracy", $"{result.Validation.Accuracy * 100:0.00} % on the validation images after the last epoch ({right:N0} of "
                + $"{data.Validation.Count:N0} right)");
        }
        var before = Stage.Progressive is null ? null : RunFacts.SmallSeconds(Stage.Folder);
        table.Add("Time", Time(result) + (before is { } small ? $"; {small:0.0} s before with small images" : ""));
        Finish(table, result, withReport, $"evaluate {Run}", $"predict {Run} IMAGE.png");
    }

    /// <summary>After the training of a detector.</summary>
    public void WriteDetectorEnd(TrainingRun result, bool withReport)
    {
        var table = new TextTable();
        if (result.Validation is { } judged)
            table.Add("mAP@0.5", $"{judged.Metric!.Format(judged.Value)} on the validation pictures after the last epoch");
        if (result.Epochs.Count > 0)
            table.Add("Time", $"{result.Epochs[^1].TotalSeconds:0.0} s, {RunFacts.ImagesPerSecond(result.Epochs):0.0} images/s");
        Finish(table, result, withReport, $"evaluate {Run} --html judged.html", $"predict {Run} PICTURE.jpg --draw found");
    }

    // What every training ends with, and the commands that go on with it.
    private void Finish(TextTable table, TrainingRun result, bool withReport, params string[] next)
    {
        table.Add("Weights", $"SHA-256 {result.Model.Weights.Sha256()}");
        table.Add("Run", Run);
        if (withReport) table.Add("Report", Terminal.Shown(Stage.Folder.ReportPath));
        terminal.Prose.WriteLine();
        table.Write(terminal.Prose);
        terminal.Prose.WriteLine();
        terminal.Prose.WriteLine("Next:");
        foreach (var command in next)
            terminal.Prose.WriteLine($"  {terminal.Tool.Name} {command}");
    }

    private void AddPretrained(TextTable table)
    {
        table.Add("Weights", Terminal.Shown(request.Settings.From));
        table.Add("Learns", request.Settings.HeadOnly ? "the pyramid and its heads; the body stays as it is"
            : "the pyramid and its heads, the body at a tenth of the rate; its layers up to 4 pixels to a cell and its statistics stay");
    }

    /// <summary>After a run that was complete before.</summary>
    public void WriteComplete(TrainOutcome outcome)
    {
        if (!hadReport && outcome.HasReport)
            terminal.Prose.WriteLine($"Its report was missing and is written now: {Terminal.Shown(outcome.Folder.ReportPath)}");
        terminal.Prose.WriteLine($"Judge it with '{terminal.Tool.Name} evaluate {Terminal.Shown(outcome.Folder.Location)}', or train "
            + "again without --resume.");
    }

    public void WriteStopped()
    {
        var step = Folder.Checkpoints.Steps() is [var newest, ..] ? newest : 0;
        terminal.Error.WriteLine();
        terminal.Error.WriteLine($"Stopped after step {step:N0} of {TotalSteps:N0}; everything is saved. Go on with:");
        terminal.Error.WriteLine($"  {GoingOn}");
    }

    /// <summary>After an error of the disk or of the folder: what is safe, and how it goes on.</summary>
    public void WriteFailed()
    {
        if (!Directory.Exists(Folder.Location)) return;
        terminal.Error.WriteLine(Folder.Checkpoints.Steps() is [var step, ..]
            ? $"The run is safe up to step {step:N0} of {TotalSteps:N0}. When the cause is removed, go on with:"
            : "No checkpoint was written yet. When the cause is removed, begin again with:");
        terminal.Error.WriteLine($"  {GoingOn}");
    }

    private string GoingOn => $"{terminal.Tool.Name} train --resume {Run}{terminal.Tool.Typed(device)}";

    private long TotalSteps
    {
        get
        {
            var training = request.Recipe.Options(request.Settings, Stage.Data);
            var images = training.Sampler.Count(Stage.Data.Training, training.BatchSize);
            var batch = Math.Min(training.BatchSize, images);
            return (long)epochs * ((images + batch - 1) / batch);
        }
    }

    private string Resumed() => Stage.FineTuning is { HeadOnly: false } && Stage.Folder.Checkpoints.Steps().Count == 0
        ? ", goes on with its head" : Stage.Progressive is not null && Stage.Folder.Checkpoints.Steps().Count == 0 ? ", goes on with its "
        + "small images" : Stage.Folder.Checkpoints.Steps() is [var newest, ..] ? $", goes on after step {newest:N0} of "
        + $"{TotalSteps:N0}" : ", starts again: there is no checkpoint yet";

    private static string Time(TrainingRun result)
    {
        if (result.Epochs.Count == 0) return "nothing was left to train";
        var seconds = result.Epochs[^1].TotalSeconds;
        if (result.Data.Training.Targets is { AreOfWholeImage: true }) return $"{seconds:0.0} s, "
            + $"{RunFacts.ImagesPerSecond(result.Epochs):N0} images/s";
        var reached = result.SecondsToAccuracy(0.99) is { } moment ? $"99 % after {moment:0.0} s" : "99 % was not reached";
        var speed = $"{seconds:0.0} s, {RunFacts.ImagesPerSecond(result.Epochs):N0} "
            + $"{(Masks.Are(result.Data) ? "patches/s" : $"images/s; {reached}")}";
        return speed;
    }

    private static string Rate(double rate) => rate.ToString(rate >= 1e-4 ? "0.00000" : "0.0e-0", CultureInfo.InvariantCulture);

    private static string Count(int number, string noun) => $"{number:N0} {noun}{(number == 1 ? "" : "s")}";
}
