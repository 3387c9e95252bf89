using System.Globalization;

namespace FeatureMap.Training;

/// <summary>
/// How a network became what it is: the folder <c>history</c> of a run, with a file for each epoch (<see cref="HistoryEpoch"/>) and the
/// images that they show (<see cref="HistorySamples"/>). Each file is complete or not there. A history stays below 100 MB: where all epochs
/// would take more, every second, fourth, eighth ... of them is kept, and the newest.
/// </summary>
/// <param name="folder">The folder of the run; it need not have a history.</param>
/// <example><code>
/// var history = new RunHistory("runs/mnist-20k-20260131-120000");
/// foreach (var epoch in history.Epochs()) Console.WriteLine($"{epoch}: {history.Read(epoch).Confusion.Sum(one => one.Images)} images");
/// </code></example>
public sealed class RunHistory(string folder)
{
    /// <summary>The name of the folder in that of the run.</summary>
    public const string FolderName = "history";

    /// <summary>The most bytes that a history may have.</summary>
    public const long MostBytes = 100_000_000;

    private const string Prefix = "epoch-", Suffix = ".safetensors", SamplesName = "samples.safetensors";
    private readonly string place = Path.Combine(Path.GetFullPath(folder), FolderName);

    /// <summary>The epochs that are kept, in their order; empty where there is no history.</summary>
    public IReadOnlyList<int> Epochs()
    {
        try
        {
            return !Directory.Exists(place) ? []
                : [.. Directory.EnumerateFiles(place, $"{Prefix}*{Suffix}").Select(EpochOf).OfType<int>().Order()];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // as one that is not there
        }
    }

    /// <summary>One of <see cref="Epochs"/>.</summary>
    /// <param name="epoch">Its number.</param>
    /// <exception cref="DataException">It is not there, cut short, or changed; the message says which file.</exception>
    public HistoryEpoch Read(int epoch)
    {
        var read = HistoryFile.ReadEpoch(PathOf(epoch));
        return read.Epoch == epoch ? read
            : throw new DataException($"{FolderName}/{Path.GetFileName(PathOf(epoch))} holds epoch {read.Epoch}: the file was renamed. "
                + "Give it back its name.");
    }

    /// <summary>The images that the epochs show; null where there is no history.</summary>
    /// <exception cref="DataException">The file is cut short or changed.</exception>
    public HistorySamples? ReadSamples() => File.Exists(SamplesPath) ? HistoryFile.ReadSamples(SamplesPath) : null;

    /// <summary>
    /// Of how many epochs one is kept, so that a history of them stays below a limit: a power of two, which depends on nothing but the
    /// number of epochs and how large one may be. So a run that was resumed keeps the same ones.
    /// </summary>
    internal static int Stride(int epochs, long bytes, long limit)
    {
        var stride = 1;
        while (((epochs / stride) + 1) * bytes > limit && stride < 1 << 30) stride *= 2;
        return stride;
    }

    /// <summary>Writes an epoch, and removes those that are no longer kept.</summary>
    internal void Write(HistoryEpoch epoch, int stride)
    {
        Make();
        HistoryFile.Write(PathOf(epoch.Epoch), epoch);
        Remove(other => other % stride != 0 && other != epoch.Epoch);
    }

    /// <summary>Writes the images.</summary>
    internal void Write(HistorySamples samples)
    {
        Make();
        HistoryFile.Write(SamplesPath, samples);
    }

    /// <summary>Removes epochs.</summary>
    internal void Remove(Func<int, bool> isGone)
    {
        foreach (var epoch in Epochs().Where(isGone))
        {
            try
            {
                File.Delete(PathOf(epoch));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw DurableFile.Failed(PathOf(epoch), error);
            }
        }
    }

    private string SamplesPath => Path.Combine(place, SamplesName);

    private string PathOf(int epoch) => Path.Combine(place, $"{Prefix}{epoch.ToString("00000", CultureInfo.InvariantCulture)}{Suffix}");

    private static int? EpochOf(string path) => Path.GetFileName(path)[Prefix.Length..^Suffix.Length] is var number
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && epoch > 0 ? epoch : null;

    private void Make()
    {
        try
        {
            Directory.CreateDirectory(place);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(place, error);
        }
    }
}
