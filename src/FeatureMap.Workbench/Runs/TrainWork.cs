using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// Does what a <see cref="TrainRequest"/> asks for: loads the data, asks the linter, makes the folder, trains (on small images first, where
/// that is asked for) and writes the report.
/// </summary>
/// <param name="request">What is to be trained.</param>
/// <param name="context">Told notices; stops the training.</param>
/// <param name="watcher">Who watches; null for nobody.</param>
/// <example><code>
/// var context = new WorkContext { Notice = Console.WriteLine };
/// var request = TrainRequest.From(new TrainArguments { Recipe = "mnist-20k", Assignments = [("epochs", "2")] }, context);
/// var outcome = new TrainWork(request, context).Run();
/// </code></example>
public sealed class TrainWork(TrainRequest request, WorkContext context, TrainWatcher? watcher = null)
{
    private readonly TrainWatcher watcher = watcher ?? new();

    /// <summary>Trains. What is stopped is saved, and a request with <see cref="TrainRequest.Resumed"/> goes on with it.</summary>
    /// <exception cref="DataException">The data are not there, or not those that the run was made with; or a file cannot be
    /// written.</exception>
    /// <exception cref="UsageException">Settings contradict each other, or the linter has errors.</exception>
    /// <exception cref="ShapeException">The network does not fit the data.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number.</exception>
    /// <exception cref="RankException">Of several ranks one does not answer, or cannot begin.</exception>
    public TrainOutcome Run()
    {
        if (request.Resumed is var (before, made) && File.Exists(before.ModelPath)) return AlreadyComplete(before, made);
        context.CheckRanks();
        using var held = request.Resumed?.Folder.Hold();
        TellOtherDevice();
        var data = LoadData();
        var start = request.Pretrained is { } pretrained ? TrainStart.OfPretrained(pretrained, request.Settings, data)
            : request.Start(data);
        var network = start.Network;
        context.Tell(start.Notice);
        var options = start.Complete(request.Recipe.Options(request.Settings, data)) with { Lint = null };
        LintFirst.Check(network, data, options, request, context);
        var tuning = start.Pretrained is { } model ? PlanOf(model, data, options) : null;
        var progressive = ProgressiveTraining.Of(request.Recipe, request.Settings, data);
        var configuration = new RunConfiguration
        {
            Recipe = request.Resumed is { } begun ? begun.Configuration.Recipe : request.Recipe.Name,
            Settings = Resolved(data, options),
            Data = RunData.Of(data),
            Facts = [.. context.Device.Facts.Select(fact => new ReportFact(fact.Key, fact.Value)),
                .. tuning is null ? (ReportFact[])[] : [new(PretrainedSum, tuning.BodySha256)]],
        };
        context.Ranks?.Agree(null); // before anything is written
        var folder = request.Resumed?.Folder ?? RunFolder.Create(request.Root, request.RunName, configuration: configuration.ToJson());
        using var holding = folder.Hold();
        watcher.Begin(new TrainStage(network, data, folder, progressive) { FineTuning = tuning, Loss = options.Loss });
        if (progressive is not null)
        {
            var (small, stopped) = TrainSmall(progressive, options, data, folder);
            if (small is null) return Outcome(folder, configuration, stopped!);
            options = progressive.Large(options, small);
        }
        if (tuning is { HeadOnly: false })
        {
            var (head, stopped) = TrainHead(tuning, folder);
            if (head is null) return Outcome(folder, configuration, stopped!);
            options = tuning.AllOptions(head);
        }
        var run = tuning is { HeadOnly: true } ? Train(tuning.Head, tuning.HeadOptions, Features(tuning), folder) : Train(network, options, data, folder);
        if (!run.IsComplete) return Outcome(folder, configuration, run);
        var hasReport = request.WithReport && WriteReport(folder, configuration, run.Model, data);
        return Outcome(folder, configuration, run) with { HasReport = hasReport };
    }

    // It goes on all the same; whoever wants the bits of one device should know.
    private void TellOtherDevice()
    {
        if (request.Resumed is not var (folder, made)) return;
        var begun = made.Facts.FirstOrDefault(fact => fact.Name == DeviceFact)?.Value.Split(',')[0] ?? ComputeDevice.Processor.Name;
        if (begun != context.Device.Name)
            context.Tell($"The run {folder.Name} was begun on {begun} and goes on on {context.Device}: with the same order, augmentation "
                + "and masks, but not with the bits that it would have had there.");
        else if (made.Facts.FirstOrDefault(fact => fact.Name == PrecisionFact) is { } precision
            && context.Device.Facts.FirstOrDefault(fact => fact.Key == PrecisionFact).Value is var own && own != precision.Value)
            context.Tell($"The run {folder.Name} was begun with {precision.Value}, and goes on with {own}.");
    }

    // With the size and colours that the images themselves decided, so that other images are made the same way; and with the patches and
    // the loss that follow from masks, so that a change of what is usual changes no run.
    private RecipeSettings Resolved(SplitData data, TrainingOptions options) => data.Training.Targets is { AreOfWholeImage: true }
        ? Chosen(data) with { Training = request.Settings.Training with { Loss = options.Loss } } : Chosen(data);

    private RecipeSettings Chosen(SplitData data) => data.Origin != DataOrigin.Path ? request.Settings
        : (Masks.Are(data) ? Masks.Resolved(request.Settings, data) : request.Settings) with
        {
            Data = request.Settings.Data with { Images = DataChoice.Of(data).Images },
        };

    private static TrainOutcome Outcome(RunFolder folder, RunConfiguration configuration, TrainingRun run) =>
        new(folder, configuration, run.Model, run.Epochs) { IsComplete = run.IsComplete, Run = run };

    /// <summary>
    /// The training is done and its model is saved: a report that cannot be written, on a full disk, is said and no more.
    /// </summary>
    private bool WriteReport(RunFolder folder, RunConfiguration configuration, Model model, SplitData data)
    {
        try
        {
            RunReport.Write(folder, configuration, model, data, request.Settings.Training.Threads);
            return true;
        }
        catch (Exception error) when (error is DataException or IOException or UnauthorizedAccessException)
        {
            context.Tell($"The model is saved; only the report is missing: {error.Message} Write it later: RunReport.Write of "
                + $"{ShownPath.Of(folder.Location)}");
            return false;
        }
    }

    private SplitData LoadData()
    {
        if (request.Resumed is not { } resumed) return request.LoadData(context);
        var input = resumed.Configuration.Recipe.Length == 0 ? NetworkFile.Load(resumed.Folder.NetworkPath).Input : (Shape?)null;
        var images = request.Settings.Data.Images;
        var isMoved = images.ImageFolder != resumed.Configuration.Settings.Data.Images.ImageFolder;
        var data = DataAccess.LoadAgain(resumed.Configuration, request.DataPlaces, context, input, isMoved ? images : null);
        return resumed.Configuration.Data.Difference(data) is not { } difference ? data
            : throw new DataException($"The run {resumed.Folder.Name} goes on only with the images that it was made with. {difference} "
            + "Put them back, give their place by TrainArguments.Data, or start a new run without TrainArguments.Resume.");
    }

    /// <summary>The part on small images, in a folder of its own: its model, or the training where it was stopped.</summary>
    private (Model? Model, TrainingRun? Stopped) TrainSmall(
        ProgressiveTraining progressive, TrainingOptions options, SplitData data, RunFolder whole)
    {
        var folder = RunFolder.At(Path.Combine(whole.Location, ProgressiveTraining.FolderName));
        if (File.Exists(folder.ModelPath)) return (ModelFile.Load(folder.Location), null);
        watcher.BeginPart(folder, progressive.SmallEpochs);
        var run = Train(progressive.Network, progressive.Small(options), data, folder);
        if (!run.IsComplete) return (null, run);
        watcher.BeginPart(whole, progressive.LargeEpochs);
        return (run.Model, null);
    }

    // Another body than the run began with would go on to other numbers, and nothing would say so.
    private FineTuningPlan PlanOf(Model model, SplitData data, TrainingOptions options)
    {
        var plan = FineTuningPlan.Of(model, data, request.Settings.ToFineTuning(options with { Notice = context.Tell, Cancellation = context.Cancellation }));
        return request.Resumed is not var (folder, made) || made.Facts.FirstOrDefault(fact => fact.Name == PretrainedSum) is not { } began
            || began.Value == plan.BodySha256 ? plan
            : throw new DataException($"The run {folder.Name} began with other weights than {request.Settings.From} has now. Put the file back.");
    }

    private const string DeviceFact = "Device", PrecisionFact = "Precision", PretrainedSum = "Pretrained body (SHA-256)";

    private SplitData Features(FineTuningPlan plan)
    {
        context.Tell(plan.HasKeptFeatures ? "What the body makes of the images is kept from before." : "The body looks at all images once; "
            + "what it makes of them is kept for the next time.");
        return plan.Features();
    }

    /// <summary>The training of the head, in a folder of its own: the whole model after it, or the training where it was stopped.</summary>
    private (Model? Model, TrainingRun? Stopped) TrainHead(FineTuningPlan plan, RunFolder whole)
    {
        if (plan.HeadEpochs == 0 || whole.Checkpoints.Steps().Count > 0) return (plan.Model, null);
        var folder = RunFolder.At(Path.Combine(whole.Location, FineTuning.HeadFolderName));
        if (File.Exists(folder.ModelPath)) return (ModelFile.Load(folder.Location), null);
        watcher.BeginPart(folder, plan.HeadEpochs);
        var run = Train(plan.Head, plan.HeadOptions, Features(plan), folder);
        if (!run.IsComplete) return (null, run);
        watcher.BeginPart(whole, request.Settings.Training.Epochs);
        return (run.Model, null);
    }

    private TrainingRun Train(Network network, TrainingOptions options, SplitData data, RunFolder folder) =>
        watcher.Watch(progress => Trainer.Fit(network, data, options with
        {
            LaneWidth = request.Lanes,
            Device = context.Device,
            Collective = context.Ranks?.Collective,
            Folder = folder,
            Resume = request.Resumed is not null,
            Progress = progress,
            EpochEnded = watcher.EndEpoch,
            Notice = context.Tell,
            Cancellation = context.Cancellation,
        }));

    private TrainOutcome AlreadyComplete(RunFolder folder, RunConfiguration configuration)
    {
        var outcome = new TrainOutcome(folder, configuration, ModelFile.Load(folder.Location), RunLog.Read(folder.Location).Epochs)
        {
            IsComplete = true,
            HasReport = File.Exists(folder.ReportPath),
        };
        watcher.FindComplete(outcome);
        // A kill between the model and the report leaves a run that is complete and has none.
        if (!request.WithReport || outcome.HasReport) return outcome;
        using var held = folder.Hold();
        return outcome with { HasReport = WriteReport(folder, configuration, outcome.Model, LoadData()) };
    }
}

/// <summary>What a training gave.</summary>
/// <param name="Folder">The folder of the run.</param>
/// <param name="Configuration">What it was made with.</param>
/// <param name="Model">The model; where the training was stopped, as it is now.</param>
/// <param name="Epochs">What the log says of each epoch.</param>
public sealed record TrainOutcome(RunFolder Folder, RunConfiguration Configuration, Model Model, IReadOnlyList<EpochRecord> Epochs)
{
    /// <summary>Whether the training came to its end.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Whether the run has a report.</summary>
    public bool HasReport { get; init; }

    /// <summary>The training; null where the run was complete already, and nothing was trained.</summary>
    public TrainingRun? Run { get; init; }
}
