using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

/// <summary>How a lab is run: nothing here but the device changes what comes out.</summary>
public sealed record LabOptions
{
    /// <summary>Where data are looked for, and who is told about downloads.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>The folder of all runs, in which the folder of a new lab is made.</summary>
    public string Root { get; init; } = "runs";

    /// <summary>Whether a new lab is the small version of itself: its page then says that its figures decide nothing.</summary>
    public bool IsQuick { get; init; }

    /// <summary>SIMD register width.</summary>
    public LaneWidth LaneWidth { get; init; } = LaneWidth.Automatic;

    /// <summary>What computes the trainings.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Processor;

    /// <summary>
    /// The ranks that run the lab together, each a process of its own with the same lab, settings and data: every training is cut over
    /// them, and its bits are those of one process. Rank 0 has the folder, measures what is no training, and writes; of the others each
    /// is given a <see cref="Root"/> of its own (or a folder with the <c>lab.json</c> of the one that is gone on with), which nobody needs
    /// afterwards. Null for this process alone.
    /// </summary>
    public ICollective? Collective { get; init; }

    /// <summary>Called once, before the first training or measurement, when data and files are there.</summary>
    public Action? Beginning { get; init; }

    /// <summary>Told a line whenever something is done.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>Told what the user should know, such as which data stand in for those asked for.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Stops the lab after the current step; everything is saved.</summary>
    public CancellationToken Cancellation { get; init; }
}
