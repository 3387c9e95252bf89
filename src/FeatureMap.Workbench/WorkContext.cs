using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// Whom work tells what, and how it is stopped: the one thing that a terminal, a studio or a program of your own gives to everything that
/// is done here. All of it may be left out; only registry and device change a result. The callbacks come on the thread that
/// does the work, those of downloads and decoding on any thread.
/// </summary>
public sealed record WorkContext
{
    /// <summary>Told what the user should know, such as which data stand in for those asked for: a sentence or more.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>
    /// Which recipes, labs, words and lint rules there are: those of the library, and those of your own. Runs that are made with your own
    /// are opened again by the same.
    /// </summary>
    public Registry Registry { get; init; } = Registry.Default;

    /// <summary>What computes trainings, evaluations and predictions; what is done around them stays on the processor.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Processor;

    /// <summary>Makes what is told how far the downloads of a data set are: one for each set that is loaded.</summary>
    public Func<IProgress<DownloadProgress>>? Downloading { get; init; }

    /// <summary>Makes what is told how far the decoding of image files is: one for each set that is loaded.</summary>
    public Func<IProgress<DecodeProgress>>? Decoding { get; init; }

    /// <summary>Asks the work to stop: a training stops at a step and is saved.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The ranks that train together; null for this process alone.</summary>
    public RankTeam? Ranks { get; init; }

    /// <summary>Whether data that are not here may be downloaded: not where somebody only looks.</summary>
    internal bool MayDownload { get; init; } = true;

    /// <summary>How data are loaded in this context.</summary>
    /// <param name="folders">Where to look; empty for everywhere.</param>
    public DataOptions Data(IReadOnlyList<string> folders) => new()
    {
        Folders = folders,
        AllowDownload = MayDownload,
        Progress = Downloading?.Invoke(),
        Decoding = Decoding?.Invoke(),
        Cancellation = Cancellation,
    };

    /// <summary>Refuses a device together with several ranks.</summary>
    internal void CheckRanks()
    {
        if (Ranks is not null && Device != ComputeDevice.Processor)
            throw new UsageException($"Several ranks compute on the processors of their machines, and the device '{Device}' was "
                + "asked for: leave it out, or train with one process.");
    }

    internal void Tell(string? notice)
    {
        if (notice is not null) Notice?.Invoke(notice);
    }
}
