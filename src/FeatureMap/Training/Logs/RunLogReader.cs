using System.Text;
using System.Text.Json;

namespace FeatureMap.Training;

/// <summary>
/// Reads <c>log.jsonl</c> of a run bit by bit while it grows, for whoever watches a training: each call reads what came since the last one.
/// A log that was cut back, as a resumed run does it, or replaced is read again from its beginning. A row that is damaged, or of another
/// program, is counted and passed over; half a row at the end waits for its rest. Not for several threads at once.
/// </summary>
/// <param name="folder">The folder of the run; it need not have a log yet.</param>
/// <example><code>
/// var reader = new RunLogReader("runs/mnist-20k-20260131-120000");
/// foreach (var epoch in reader.Read().Epochs) Console.WriteLine($"{epoch.Epoch}: {epoch.ValidationLoss}");
/// </code></example>
public sealed class RunLogReader(string folder)
{
    private const int LargestRead = 16 * 1024 * 1024, Known = 256;
    private readonly string path = Path.Combine(Path.GetFullPath(folder), RunLog.JsonFileName);

    // The bytes before the place where reading goes on: other ones there mean another log.
    private byte[] before = [];
    private long place;

    /// <summary>Rows that were read since the beginning of the log, damaged and unknown ones included.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows among them that are damaged.</summary>
    public int Damaged { get; private set; }

    /// <summary>What came since the last call; nothing where there is no log.</summary>
    public RunLogNews Read()
    {
        var (rows, isNew) = (new NewRows([], [], []), false);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            isNew = !GoesOn(stream);
            if (isNew) (place, before, Rows, Damaged) = (0, [], 0, 0);
            while (ReadPart(stream, rows))
            {
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is being replaced, or there is none: what was read stays, and the next call looks again.
        }
        return new RunLogNews(rows.Epochs, rows.Steps, isNew) { Layers = rows.Layers };
    }

    private bool GoesOn(FileStream stream)
    {
        if (stream.Length < place) return false;
        stream.Position = place - before.Length;
        var there = new byte[before.Length];
        stream.ReadExactly(there);
        return there.AsSpan().SequenceEqual(before);
    }

    /// <summary>Reads on, up to the last line end of a part; whether there may be more.</summary>
    private bool ReadPart(FileStream stream, NewRows rows)
    {
        var content = new byte[Math.Min(LargestRead, stream.Length - place)];
        stream.Position = place;
        var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        var end = content.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        // A line of this length is of no log.
        if (end == 0 && length == LargestRead) end = length;
        if (end == 0) return false;
        for (var at = 0; at < end;)
        {
            var line = content.AsSpan(at, end - at);
            var next = line.IndexOf((byte)'\n') is >= 0 and var found ? found : line.Length;
            Add(line[..next], rows);
            at += next + 1;
        }
        place += end;
        before = [.. before, .. content.AsSpan(Math.Max(0, end - Known), Math.Min(end, Known))];
        if (before.Length > Known) before = before[^Known..];
        return place < stream.Length;
    }

    private void Add(ReadOnlySpan<byte> line, NewRows rows)
    {
        Rows++;
        try
        {
            var row = RunLog.Parse(Encoding.UTF8.GetString(line).TrimEnd('\r'));
            if (row.Epoch is { } epoch) rows.Epochs.Add(epoch);
            if (row.StepRow is { } step) rows.Steps.Add(step);
            if (row.Layers is { } layers) rows.Layers.Add(layers);
        }
        catch (Exception error) when (error is JsonException or FormatException or OverflowException)
        {
            Damaged++;
        }
    }

    private sealed record NewRows(List<EpochRecord> Epochs, List<StepRecord> Steps, List<LayersRecord> Layers);
}

/// <summary>What came to a log.</summary>
/// <param name="Epochs">Rows of epochs, in their order.</param>
/// <param name="Steps">Rows of steps, in their order.</param>
/// <param name="IsRestarted">Whether they begin at the beginning of the log again: what was read before counts no more.</param>
public sealed record RunLogNews(IReadOnlyList<EpochRecord> Epochs, IReadOnlyList<StepRecord> Steps, bool IsRestarted)
{
    /// <summary>Rows of layers, in their order.</summary>
    public IReadOnlyList<LayersRecord> Layers { get; init; } = [];
}
