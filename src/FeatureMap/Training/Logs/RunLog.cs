using System.Text;
using System.Text.Json;

namespace FeatureMap.Training;

/// <summary>
/// The log of a run: <c>log.jsonl</c> (a row per epoch, per epoch's layers and per logged step) and <c>log.csv</c> (a row per epoch).
/// Every row is handed to the operating system at once, so a kill loses none; rows of epochs are also flushed to disk. A row counts once
/// its line end is written:
/// half a row at the end, from a power cut, is ignored by the reader and cut off when the log is opened again. Write the row of an epoch
/// before the checkpoint of the same step, and call <see cref="TruncateAfter"/> when resuming. <c>log.csv</c> is a copy for spreadsheets:
/// where it cannot be written, that is said once and the log goes on without it.
/// </summary>
public sealed class RunLog : IDisposable
{
    /// <summary>The name of the JSON lines file in the run folder.</summary>
    public const string JsonFileName = "log.jsonl";

    /// <summary>The name of the CSV file in the run folder.</summary>
    public const string CsvFileName = "log.csv";

    private readonly string jsonPath, csvPath;
    private readonly MetricInfo metric;
    private readonly Action<string>? notice;
    private FileStream json;
    private FileStream? csv;

    /// <summary>Opens the log of a folder that exists, and goes on at its end.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="metric">What the rows of epochs measure besides the loss; accuracy where null.</param>
    /// <param name="notice">Told when <c>log.csv</c> is left out, because it cannot be written.</param>
    /// <exception cref="DataException"><c>log.jsonl</c> cannot be written.</exception>
    public RunLog(string folder, MetricInfo? metric = null, Action<string>? notice = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        this.metric = metric ?? MetricInfo.Accuracy;
        jsonPath = Path.Combine(Path.GetFullPath(folder), JsonFileName);
        csvPath = Path.Combine(Path.GetFullPath(folder), CsvFileName);
        this.notice = notice;
        json = Open(jsonPath);
        WriteTable(() => csv = OpenCsv());
    }

    /// <summary>Adds the row of an epoch to both files.</summary>
    /// <exception cref="DataException">The disk is full or the file is not writable.</exception>
    public void Write(EpochRecord row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Append(json, jsonPath, LogFormat.Json(row), toDisk: true);
        if (csv is not null) WriteTable(() => Append(csv, csvPath, LogFormat.Csv(row), toDisk: true));
    }

    /// <summary>Adds the row of a step to <c>log.jsonl</c>.</summary>
    /// <exception cref="DataException">The disk is full or the file is not writable.</exception>
    public void Write(StepRecord row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Append(json, jsonPath, LogFormat.Json(row), toDisk: false);
    }

    /// <summary>Adds the row of an epoch's layers to <c>log.jsonl</c>: before the row of the epoch itself.</summary>
    /// <exception cref="DataException">The disk is full or the file is not writable.</exception>
    public void Write(LayersRecord row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Append(json, jsonPath, LogFormat.Json(row), toDisk: false);
    }

    /// <summary>
    /// Removes all rows of steps after <paramref name="step"/>, which a resumed run will write again, and makes <c>log.csv</c> anew from the
    /// rows of epochs that stay, so both files agree however the run ended.
    /// </summary>
    /// <exception cref="DataException">A row inside the log is damaged, or the disk is full; the files are as they were.</exception>
    public void TruncateAfter(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var lines = new StringBuilder();
        var table = new StringBuilder(LogFormat.CsvHeader(metric)).Append('\n');
        foreach (var (line, row) in Rows(jsonPath))
        {
            if (row.Step > step)
                continue;
            lines.Append(line).Append('\n');
            if (row.Epoch is { } epoch)
                table.Append(LogFormat.Csv(epoch)).Append('\n');
        }
        Dispose();
        DurableFile.WriteText(jsonPath, lines.ToString());
        json = Open(jsonPath);
        WriteTable(() =>
        {
            DurableFile.WriteText(csvPath, table.ToString());
            csv = OpenCsv();
        });
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        json.Dispose();
        csv?.Dispose();
        csv = null;
    }

    /// <summary>Reads <c>log.jsonl</c> of a run folder, also while the run goes on. Half a row at the end is ignored, as are rows of unknown kinds.</summary>
    /// <exception cref="DataException">The file is missing or a row inside it is damaged; the message names the line.</exception>
    public static RunLogRows Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var epochs = new List<EpochRecord>();
        var steps = new List<StepRecord>();
        var layers = new List<LayersRecord>();
        foreach (var (_, row) in Rows(Path.Combine(folder, JsonFileName)))
        {
            if (row.Epoch is { } epoch)
                epochs.Add(epoch);
            if (row.StepRow is { } step)
                steps.Add(step);
            if (row.Layers is { } measured)
                layers.Add(measured);
        }
        return new RunLogRows(epochs, steps) { Layers = layers };
    }

    /// <summary>Reads <c>log.csv</c> of a run folder. Half a row at the end is ignored.</summary>
    /// <exception cref="DataException">The file is missing, has other columns, or a row inside it is damaged; the message names the line.</exception>
    public static IReadOnlyList<EpochRecord> ReadCsv(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, CsvFileName);
        var rows = new List<EpochRecord>();
        var number = 0;
        var metric = MetricInfo.Accuracy;
        foreach (var line in Lines(path))
        {
            number++;
            if (number == 1)
            {
                metric = LogFormat.MetricOfCsv(line)
                    ?? throw new DataException($"{path}, line 1: the columns are '{line}'; '{LogFormat.CsvHeader(metric)}' was expected.");
            }
            else
            {
                rows.Add(Parsed(path, number, () => LogFormat.EpochOfCsv(line, metric)));
            }
        }
        return rows;
    }

    private static IEnumerable<(string Line, Row Row)> Rows(string path)
    {
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            yield return (line, Parsed(path, number, () => Parse(line)));
        }
    }

    internal static Row Parse(string line) => StrictJson.Parse(line, RowOf);

    private static Row RowOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException("it is not a JSON object");
        var kind = root.TryGetProperty("kind", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return kind switch
        {
            LogFormat.EpochKind => new Row(LogFormat.Whole(root, "step"), LogFormat.EpochOf(root), null, null),
            LogFormat.StepKind => new Row(LogFormat.Whole(root, "step"), null, LogFormat.StepOf(root), null),
            LogFormat.LayersKind => new Row(LogFormat.Whole(root, "step"), null, null, LogFormat.LayersOf(root)),
            null => throw new FormatException("it has no 'kind'"),
            _ => new Row(root.TryGetProperty("step", out _) ? LogFormat.Whole(root, "step") : 0, null, null, null),
        };
    }

    private static T Parsed<T>(string path, int number, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception error) when (error is JsonException or FormatException or OverflowException)
        {
            throw new DataException($"{path}, line {number} is damaged: {error.Message.TrimEnd('.')}. Remove that line, or move the file away to start a new log.", error);
        }
    }

    // Complete lines only: what follows the last line end is half a row.
    private static IEnumerable<string> Lines(string path)
    {
        string text;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            text = reader.ReadToEnd();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(error is FileNotFoundException or DirectoryNotFoundException
                ? $"{path} does not exist: it is written by training into the run folder." : $"{path} cannot be read: {error.Message}", error);
        }
        for (var at = 0; text.IndexOf('\n', at) is var end and >= 0; at = end + 1)
            yield return text[at..end].TrimEnd('\r');
    }

    private void WriteTable(Action write)
    {
        try
        {
            write();
        }
        catch (DataException error)
        {
            csv?.Dispose();
            csv = null;
            notice?.Invoke($"{CsvFileName} is left out from here on, and the training goes on: {error.Message} {JsonFileName} has every "
                + $"row, and {CsvFileName} is made again from it when the run is resumed.");
        }
    }

    private FileStream OpenCsv()
    {
        var stream = Open(csvPath);
        if (stream.Length == 0)
            Append(stream, csvPath, LogFormat.CsvHeader(metric), toDisk: false);
        return stream;
    }

    private static FileStream Open(string path)
    {
        try
        {
            // Without a buffer each row is one write call, so rows of a killed run are whole.
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            CutHalfRow(stream);
            return stream;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(path, error);
        }
    }

    private static void CutHalfRow(FileStream stream)
    {
        var length = stream.Length;
        var block = new byte[4096];
        while (length > 0)
        {
            var start = Math.Max(0, length - block.Length);
            stream.Position = start;
            var part = block.AsSpan(0, (int)(length - start));
            stream.ReadExactly(part);
            var last = part.LastIndexOf((byte)'\n');
            length = last >= 0 ? start + last + 1 : start;
            if (last >= 0)
                break;
        }
        if (length < stream.Length)
            stream.SetLength(length);
        stream.Position = length;
    }

    private static void Append(FileStream stream, string path, string row, bool toDisk)
    {
        var before = stream.Position;
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(row + "\n"));
            stream.Flush(toDisk);
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            CutBack(stream, before);
            throw DurableFile.Failed(path, error);
        }
    }

    // No half row for the next one to be glued to; the reader would pass over it.
    private static void CutBack(FileStream stream, long length)
    {
        try
        {
            stream.SetLength(length);
        }
        catch (Exception error) when (DurableFile.IsOfDisk(error))
        {
            // The error of the write is the one to tell.
        }
    }

    internal readonly record struct Row(long Step, EpochRecord? Epoch, StepRecord? StepRow, LayersRecord? Layers);
}
