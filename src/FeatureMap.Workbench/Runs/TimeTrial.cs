using System.Diagnostics;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>How long a training will take and how much memory it needs, measured by a few of its steps. Writes no run.</summary>
public static class TimeTrial
{
    /// <summary>Does the trial with the network, batch and threads of the request.</summary>
    /// <param name="request">What is to be trained: a new run.</param>
    /// <param name="context">Told notices; stops the trial.</param>
    /// <exception cref="UsageException">The request goes on with a run or begins with pretrained weights, or the linter has
    /// errors.</exception>
    /// <exception cref="DataException">The data are not there.</exception>
    /// <exception cref="ShapeException">The network does not fit the data.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number within these steps.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TimeTrialResult Run(TrainRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.Resumed is not null)
            throw new UsageException("A trial is of a new training, and a run that goes on says its remaining time itself: leave "
                + "TrainArguments.Resume out.");
        if (request.Pretrained is not null)
            throw new UsageException("The time of a training that begins with pretrained weights is not told by steps of one kind: its "
                + "head learns first, from what the body makes of all images once. Leave from out, or train one epoch.");
        var data = request.LoadData(context);
        var start = request.Start(data);
        context.Tell(start.Notice);
        var options = start.Complete(request.Recipe.Options(request.Settings, data)) with
        {
            Lint = null,
            LaneWidth = request.Lanes,
            Device = context.Device,
            Cancellation = context.Cancellation,
        };
        LintFirst.Check(start.Network, data, options, request, context);
        var others = new OtherWork();
        List<(string Name, StepTrialResult Trial)> parts = [];
        if (ProgressiveTraining.Of(request.Recipe, request.Settings, data) is { } progressive)
        {
            parts.Add(("small images", StepTrial.Run(progressive.Network, data, progressive.Small(options))));
            options = options with { Epochs = progressive.LargeEpochs };
        }
        parts.Add((parts.Count == 0 ? "" : "images of their own size", StepTrial.Run(start.Network, data, options)));
        return new TimeTrialResult(parts, data.Training.Count, data.Validation.Count)
        {
            PeakBytes = PeakBytes(),
            OtherProcessors = others.Processors(),
        };
    }

    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64);
    }
}

/// <summary>What a <see cref="TimeTrial"/> found.</summary>
/// <param name="Parts">The trainings that follow each other: one without a name, or small images and those of their own size.</param>
/// <param name="TrainingImages">Images to learn from.</param>
/// <param name="ValidationImages">Images to judge by.</param>
public sealed record TimeTrialResult(IReadOnlyList<(string Name, StepTrialResult Trial)> Parts, int TrainingImages, int ValidationImages)
{
    /// <summary>Seconds of the whole training; data and report are not counted.</summary>
    public double TotalSeconds => Parts.Sum(part => part.Trial.TotalSeconds);

    /// <summary>Epochs of the whole training.</summary>
    public int Epochs => Parts.Sum(part => part.Trial.Epochs);

    /// <summary>Seconds of an epoch on average, with its validation.</summary>
    public double EpochSeconds => TotalSeconds / Epochs;

    /// <summary>The most memory that this process had: the images, and what a step needs.</summary>
    public long PeakBytes { get; init; }

    /// <summary>Processors that other processes used meanwhile, such as 1.5; not a number where this system does not say it.</summary>
    public double OtherProcessors { get; init; } = double.NaN;

    /// <summary>The slowest timed step as a multiple of the fastest.</summary>
    public double Unrest => Parts.Max(part => part.Trial.Unrest);
}
