using System.Globalization;
using System.Text.Json;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>
/// A learning-rate range test as a file that is replaced while the test runs, so that another process can draw its curve: what was tested,
/// the points so far, and whether that is all.
/// </summary>
public sealed record RangeTestFile
{
    private const int CurrentVersion = 1;
    private const long LargestFile = 16 << 20;

    /// <summary>The recipe.</summary>
    public required string Recipe { get; init; }

    /// <summary>Settings that were given, by name; the recipe has the others.</summary>
    public IReadOnlyList<(string Key, string Value)> Assignments { get; init; } = [];

    /// <summary>Optimiser and batch, in words.</summary>
    public string Setup { get; init; } = "";

    /// <summary>The first rate.</summary>
    public required double Lowest { get; init; }

    /// <summary>The last rate.</summary>
    public required double Highest { get; init; }

    /// <summary>How many steps there are to be.</summary>
    public required int Steps { get; init; }

    /// <summary>The steps so far, and whether the loss exploded.</summary>
    public LearningRateRange Range { get; init; } = new([], Exploded: false);

    /// <summary>Whether the test came to its end; the steps are all that there will be.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The number of the process that tests.</summary>
    public int Process { get; init; } = Environment.ProcessId;

    /// <summary>When it was written, universal time.</summary>
    public DateTime Time { get; init; } = DateTime.UtcNow;

    /// <summary>Whether the process that wrote it still tests; one that was killed leaves a file that is not complete.</summary>
    public bool IsRunning
    {
        get
        {
            if (IsComplete) return false;
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(Process);
                return process.StartTime.ToUniversalTime() <= Time; // another one may have got its number
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                return false;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return true; // it is there, and not ours to look into
            }
        }
    }

    /// <summary>Reads one; null where there is none, or none that can be read.</summary>
    /// <param name="path">The file.</param>
    public static RangeTestFile? Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > LargestFile) return null;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return StrictJson.Parse(content, Of);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            return null; // it is being replaced, or it is no such file
        }
    }

    /// <summary>Writes it in place of an earlier one: a reader finds the old or the new one, whole.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        RunFolder.WriteText(path, StrictJson.Write(json =>
        {
            json.WriteNumber("version", CurrentVersion);
            json.WriteString("recipe", Recipe);
            json.WriteStartObject("settings");
            foreach (var (key, value) in Assignments) json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteString("setup", Setup);
            Number("lowest", Lowest);
            Number("highest", Highest);
            json.WriteNumber("steps", Steps);
            json.WriteBoolean("complete", IsComplete);
            json.WriteBoolean("exploded", Range.Exploded);
            Number("suggested", Range.Suggested ?? double.NaN);
            Number("steepest", Range.Steepest ?? double.NaN);
            Number("lowestLossAt", Range.Lowest ?? double.NaN);
            json.WriteNumber("process", Process);
            json.WriteString("time", Time);
            json.WriteStartArray("points");
            foreach (var point in Range.Points)
            {
                json.WriteStartArray();
                foreach (var value in (double[])[point.LearningRate, point.Loss, point.SmoothLoss])
                    if (double.IsFinite(value)) json.WriteNumberValue(value);
                    else json.WriteNullValue();
                json.WriteEndArray();
            }
            json.WriteEndArray();

            void Number(string name, double value)
            {
                if (double.IsFinite(value)) json.WriteNumber(name, value);
                else json.WriteNull(name);
            }
        }));
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The folder {folder} cannot be made: {error.Message.TrimEnd('.')}. Choose one that is writable.",
                error);
        }
    }

    private static RangeTestFile? Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || root.GetProperty("version").GetInt32() != CurrentVersion) return null;
        static double Value(JsonElement element) => element.ValueKind == JsonValueKind.Number ? element.GetDouble() : double.NaN;
        return new RangeTestFile
        {
            Recipe = root.GetProperty("recipe").GetString() ?? "",
            Assignments = [.. root.GetProperty("settings").EnumerateObject().Select(one => (one.Name, one.Value.GetString() ?? ""))],
            Setup = root.GetProperty("setup").GetString() ?? "",
            Lowest = root.GetProperty("lowest").GetDouble(),
            Highest = root.GetProperty("highest").GetDouble(),
            Steps = root.GetProperty("steps").GetInt32(),
            IsComplete = root.GetProperty("complete").GetBoolean(),
            Range = new([.. root.GetProperty("points").EnumerateArray().Select(one => new LearningRatePoint(Value(one[0]), Value(one[1]),
                Value(one[2]))).Where(point => point.LearningRate > 0 && double.IsFinite(point.LearningRate))],
                root.GetProperty("exploded").GetBoolean()),
            Process = root.GetProperty("process").GetInt32(),
            Time = DateTime.Parse(root.GetProperty("time").GetString() ?? "", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        };
    }
}
