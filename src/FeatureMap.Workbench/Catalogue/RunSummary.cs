namespace FeatureMap.Workbench;

/// <summary>What a run is doing.</summary>
public enum RunState
{
    /// <summary>A process trains it now.</summary>
    Running,

    /// <summary>It was stopped before its end and can be resumed.</summary>
    Stopped,

    /// <summary>Its process was killed: the folder says who holds it, and nobody does. It can be resumed from its last
    /// checkpoint.</summary>
    Killed,

    /// <summary>It is at its end and has a model.</summary>
    Complete,
}

/// <summary>A value and the epoch after which it was measured.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Text">The same for people, such as <c>99.43 %</c>.</param>
public sealed record RunValue(int Epoch, double Value, string Text);

/// <summary>A setting of a run.</summary>
/// <param name="Name">Its key, such as <c>batch-size</c>.</param>
/// <param name="Text">Its value, the way it is typed.</param>
/// <param name="Usual">What its recipe has; the same text where it was not changed.</param>
public sealed record RunSetting(string Name, string Text, string Usual)
{
    /// <summary>Whether it was changed for this run.</summary>
    public bool IsChanged => Text != Usual;
}

/// <summary>An epoch of a run; not a number where nothing was measured.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">Steps until its end.</param>
/// <param name="TrainLoss">Loss on the training images as they were met.</param>
/// <param name="ValidationLoss">Loss on the validation images.</param>
/// <param name="TrainMetric">The metric on the training images.</param>
/// <param name="ValidationMetric">The metric on the validation images.</param>
/// <param name="LearningRate">The rate of its last step.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="TotalSeconds">Seconds since the start of the run.</param>
/// <param name="ImagesPerSecond">Training images per second.</param>
public sealed record RunEpoch(int Epoch, long Step, double TrainLoss, double ValidationLoss, double TrainMetric, double ValidationMetric,
    double LearningRate, double Seconds, double TotalSeconds, double ImagesPerSecond);

/// <summary>A step that was written to the log.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Loss">The loss of its images.</param>
/// <param name="LearningRate">Its rate.</param>
public sealed record RunStep(long Step, int Epoch, double Loss, double LearningRate);

/// <summary>Where a run is that trains now, or was when its process was killed.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Of how many.</param>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Epochs">Of how many.</param>
/// <param name="Loss">The loss of the last step.</param>
/// <param name="EpochLoss">Of the running epoch so far.</param>
/// <param name="EpochMetric">The metric of the running epoch so far.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="ImagesPerSecond">In the running epoch.</param>
/// <param name="RemainingSeconds">Until the end.</param>
/// <param name="Process">The process that trains.</param>
/// <param name="Time">When this was written, universal time.</param>
public sealed record RunLive(long Step, long TotalSteps, int Epoch, int Epochs, double Loss, double EpochLoss, double EpochMetric,
    double LearningRate, double ImagesPerSecond, double RemainingSeconds, int Process, DateTime Time);

/// <summary>A run of a <see cref="RunCatalogue"/>, as its folder says it.</summary>
/// <param name="Id">What it is asked for by; it is looked up in a list and is no part of any path.</param>
/// <param name="Name">Its folder below that of all runs.</param>
/// <param name="State">What it is doing.</param>
public sealed record RunSummary(string Id, string Name, RunState State)
{
    /// <summary>The recipe; <c>lab:NAME</c> for a training of a lab, empty for one that a program began.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>The data set, or the name of the folder or file of the data.</summary>
    public string Data { get; init; } = "";

    /// <summary>How many training and validation images.</summary>
    public (int Training, int Validation) Images { get; init; }

    /// <summary>Why its configuration cannot be read; empty where it can. Its log is shown all the same.</summary>
    public string Fault { get; init; } = "";

    /// <summary>Rows of its log that are damaged.</summary>
    public int DamagedRows { get; init; }

    /// <summary>What is measured besides the loss, such as <c>accuracy</c>.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>Whether more of it is better.</summary>
    public bool HigherIsBetter { get; init; } = true;

    /// <summary>Epochs that have ended.</summary>
    public IReadOnlyList<RunEpoch> Epochs { get; init; } = [];

    /// <summary>How many it is to have; 0 where that is not known.</summary>
    public int EpochCount { get; init; }

    /// <summary>The best validation metric; the least validation loss where none was measured; null before the first epoch.</summary>
    public RunValue? Best { get; init; }

    /// <summary>The same of the last epoch.</summary>
    public RunValue? Last { get; init; }

    /// <summary>Where it is now; where its process was killed, where it was; null otherwise.</summary>
    public RunLive? Live { get; init; }

    /// <summary>When it was begun, local time.</summary>
    public DateTime Begun { get; init; }

    /// <summary>Seconds of training so far.</summary>
    public double Seconds { get; init; } = double.NaN;

    /// <summary>What the user wrote about it.</summary>
    public string Note { get; init; } = "";

    /// <summary>Its settings, in the order of display; empty where they cannot be read.</summary>
    public IReadOnlyList<RunSetting> Settings { get; init; } = [];

    /// <summary>Whether it has a report.</summary>
    public bool HasReport { get; init; }

    /// <summary>Whether it can go on: it was stopped or killed, and nothing that only a program can say is missing.</summary>
    public bool CanResume => State is RunState.Stopped or RunState.Killed && Fault.Length == 0 && !Recipe.StartsWith("lab:",
        StringComparison.Ordinal);

    /// <summary>A value of the metric for people.</summary>
    public Func<double, string> Format { get; init; } = value => $"{value:0.0000}";

    /// <summary>A setting's value; empty where it has none.</summary>
    /// <param name="name">Its key.</param>
    public string Setting(string name) => Settings.FirstOrDefault(one => one.Name == name)?.Text ?? "";
}

/// <summary>A run with everything that its log has.</summary>
/// <param name="Summary">What stands in the list.</param>
/// <param name="Steps">Rows of steps; of very many every second, fourth ... one.</param>
/// <param name="Log">The last lines of the log, as text.</param>
/// <param name="Rows">Rows that the log has: what is told of later ones is new.</param>
public sealed record RunDetail(RunSummary Summary, IReadOnlyList<RunStep> Steps, IReadOnlyList<string> Log, long Rows)
{
    /// <summary>Gradients, updates and dead units of the layers, epoch by epoch; empty for a run that kept none.</summary>
    public IReadOnlyList<Training.LayersRecord> Layers { get; init; } = [];
}
