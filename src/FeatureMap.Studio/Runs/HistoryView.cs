using FeatureMap.Training;

namespace FeatureMap.Studio;

/// <summary>The history of a run at one epoch: what a page shows of it.</summary>
/// <param name="Kept">The epochs that are kept.</param>
/// <param name="Asked">The epoch that was asked for; 0 for the newest.</param>
internal sealed record HistoryView(IReadOnlyList<int> Kept, int Asked)
{
    /// <summary>What is kept of the epoch that is shown; null where nothing is, or where it cannot be read.</summary>
    public HistoryEpoch? Epoch { get; private init; }

    /// <summary>The images that it shows.</summary>
    public HistorySamples? Samples { get; private init; }

    /// <summary>What cannot be read, and why; empty for nothing.</summary>
    public string Fault { get; private init; } = "";

    /// <summary>The epoch that is shown: the last kept one that is not behind the one that was asked for; 0 for none.</summary>
    public int Shown { get; private init; }

    /// <summary>The kept epochs before and behind the one that is shown; 0 for none.</summary>
    public (int Before, int Behind) Beside => (Kept.LastOrDefault(epoch => epoch < Shown), Kept.FirstOrDefault(epoch => epoch > Shown));

    /// <summary>Reads what is shown of an epoch.</summary>
    /// <param name="history">The history of a run.</param>
    /// <param name="asked">The epoch; 0 for the newest.</param>
    public static HistoryView Of(RunHistory history, int asked)
    {
        var kept = history.Epochs();
        var isNewest = kept.Count == 0 || asked == 0 || asked >= kept[^1];
        var view = new HistoryView(kept, isNewest ? 0 : asked);
        if (kept.Count == 0) return view;
        var shown = isNewest ? kept[^1] : kept.LastOrDefault(epoch => epoch <= asked, kept[0]);
        var (epoch, epochFault) = Read(() => history.Read(shown));
        var (samples, samplesFault) = Read(history.ReadSamples);
        return view with { Shown = shown, Epoch = epoch, Samples = samples, Fault = $"{epochFault} {samplesFault}".Trim() };
    }

    private static (T? Value, string Fault) Read<T>(Func<T> read) where T : class?
    {
        try
        {
            return (read(), "");
        }
        catch (DataException error)
        {
            return (null, error.Message);
        }
    }
}
