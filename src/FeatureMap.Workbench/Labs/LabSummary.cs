using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>A lab of a <see cref="LabCatalogue"/>, as its folder says it.</summary>
/// <param name="Id">What it is asked for by; it is looked up in a list and is no part of any path.</param>
/// <param name="Name">Its folder below that of all runs.</param>
/// <param name="State">What it is doing.</param>
public sealed record LabSummary(string Id, string Name, RunState State)
{
    /// <summary>The lab; null where its <c>lab.json</c> cannot be read.</summary>
    public Lab? Lab { get; init; }

    /// <summary>Why its configuration cannot be read; empty where it can.</summary>
    public string Fault { get; init; } = "";

    /// <summary>Whether it is the small version, whose figures decide nothing.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Its settings, in the order of display; what is usual is that of the whole lab or of the small version.</summary>
    public IReadOnlyList<RunSetting> Settings { get; init; } = [];

    /// <summary>The data set, or the name of the folder or file of the data; empty where it has none, or was not that far.</summary>
    public string Data { get; init; } = "";

    /// <summary>When it was begun, local time.</summary>
    public DateTime Begun { get; init; }

    /// <summary>Where it is now; where its process was killed, where it was; null otherwise.</summary>
    public LabProgress? Progress { get; init; }

    /// <summary>Whether it has a page to read.</summary>
    public bool HasPage { get; init; }

    /// <summary>The figures of a lab that is complete; null before.</summary>
    public LabFigures? Figures { get; init; }

    /// <summary>Whether it can go on.</summary>
    public bool CanResume => State is RunState.Stopped or RunState.Killed && Lab is not null;
}

/// <summary>Where a lab is: its own word and that of the training that it is at.</summary>
/// <param name="Lab">What the lab says.</param>
/// <param name="Training">Where the training is that it is at; null where it trains nothing.</param>
public sealed record LabProgress(LabLive Lab, LiveState? Training)
{
    /// <summary>How much of the work is done, 0 to 1: by images where the lab knows how many, otherwise by trainings.</summary>
    public double Share => Math.Clamp(Lab.Images > 0 ? (Lab.ImagesDone + (OfTraining * Lab.ImagesOfTraining)) / Lab.Images
        : Lab.Expected > 0 ? (Lab.Trainings + OfTraining) / Lab.Expected : 0, 0, 1);

    /// <summary>Seconds until its end, at the speed so far; not a number where nothing says it.</summary>
    public double RemainingSeconds
    {
        get
        {
            var perImage = double.IsFinite(Lab.SecondsPerImage) ? Lab.SecondsPerImage
                : Training is { RemainingSeconds: var seconds } && OfTraining < 1 ? seconds / ((1 - OfTraining) * Lab.ImagesOfTraining)
                : double.NaN;
            var left = Lab.Images - Lab.ImagesDone - (OfTraining * Lab.ImagesOfTraining);
            return Lab.Images > 0 && double.IsFinite(perImage) ? Math.Max(0, left * perImage) : double.NaN;
        }
    }

    private double OfTraining => Training is { TotalSteps: > 0 } at ? (double)at.Step / at.TotalSteps : 0;
}

/// <summary>What <c>results.json</c> of a complete lab says.</summary>
/// <param name="Command">The command that repeats it.</param>
/// <param name="Seconds">All its trainings together.</param>
/// <param name="Trainings">Each training: name, folder, accuracy (not a number where none was measured), loss and seconds.</param>
/// <param name="Measured">Each measurement: name, and its value as JSON.</param>
public sealed record LabFigures(string Command, double Seconds, IReadOnlyList<LabFigure> Trainings,
    IReadOnlyList<(string Name, string Json)> Measured);

/// <summary>A training of a complete lab.</summary>
/// <param name="Name">Its name in the lab.</param>
/// <param name="Folder">Its folder below that of the lab.</param>
/// <param name="Accuracy">Validation accuracy after the last epoch, 0 to 1; not a number where none was measured.</param>
/// <param name="Loss">Validation loss after the last epoch.</param>
/// <param name="Seconds">What it took.</param>
public sealed record LabFigure(string Name, string Folder, double Accuracy, double Loss, double Seconds);
