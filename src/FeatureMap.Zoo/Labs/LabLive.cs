using System.Globalization;
using System.Text.Json;

namespace FeatureMap.Zoo;

/// <summary>
/// Where a lab is, as <c>live.json</c> of its folder says it: for whoever watches from another process. It is replaced when a training or
/// measurement begins or ends; between, <c>live.json</c> in the folder of the training (<see cref="Training.LiveState"/>) says where that
/// is. The file is there as long as the lab runs; one that a kill left behind says how far it came.
/// </summary>
public sealed record LabLive
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "live.json";

    private const int LargestFile = 16 * 1024;

    /// <summary>Trainings that are done, those before a resume included.</summary>
    public required int Trainings { get; init; }

    /// <summary>How many there are going to be, as far as is known; 0 where it is not.</summary>
    public required int Expected { get; init; }

    /// <summary>The training or measurement that it is at; empty between two.</summary>
    public string Now { get; init; } = "";

    /// <summary>The folder of the training that it is at, below that of the lab; empty where it trains nothing.</summary>
    public string Run { get; init; } = "";

    /// <summary>The last line that it said, such as <c>3 of 14  adam, seed 0: 97.31 %, 2.4 s</c>.</summary>
    public string Said { get; init; } = "";

    /// <summary>Images that all trainings show to their networks, over all epochs; 0 where that is not known.</summary>
    public long Images { get; init; }

    /// <summary>Those of the trainings that are done.</summary>
    public long ImagesDone { get; init; }

    /// <summary>Those of the training that it is at.</summary>
    public long ImagesOfTraining { get; init; }

    /// <summary>Seconds that an image took in the trainings of this process, measurements included; not a number before the
    /// first.</summary>
    public double SecondsPerImage { get; init; } = double.NaN;

    /// <summary>The number of the process that runs it.</summary>
    public required int Process { get; init; }

    /// <summary>When it was written, universal time.</summary>
    public required DateTime Time { get; init; }

    /// <summary>Reads the file of a lab's folder; null where there is none, or none that can be read.</summary>
    /// <param name="folder">The folder.</param>
    public static LabLive? Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
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

    /// <summary>The text of the file.</summary>
    internal string ToJson() => StrictJson.Write(json =>
    {
        json.WriteNumber("trainings", Trainings);
        json.WriteNumber("expected", Expected);
        json.WriteString("now", Now);
        json.WriteString("run", Run);
        json.WriteString("said", Said);
        json.WriteNumber("images", Images);
        json.WriteNumber("imagesDone", ImagesDone);
        json.WriteNumber("imagesOfTraining", ImagesOfTraining);
        if (double.IsFinite(SecondsPerImage)) json.WriteNumber("secondsPerImage", SecondsPerImage);
        else json.WriteNull("secondsPerImage");
        json.WriteNumber("process", Process);
        json.WriteString("time", Time);
    });

    private static LabLive? Of(JsonElement root) => root.ValueKind != JsonValueKind.Object ? null : new LabLive
    {
        Trainings = root.GetProperty("trainings").GetInt32(),
        Expected = root.GetProperty("expected").GetInt32(),
        Now = root.GetProperty("now").GetString() ?? "",
        Run = root.GetProperty("run").GetString() ?? "",
        Said = root.GetProperty("said").GetString() ?? "",
        Images = root.GetProperty("images").GetInt64(),
        ImagesDone = root.GetProperty("imagesDone").GetInt64(),
        ImagesOfTraining = root.GetProperty("imagesOfTraining").GetInt64(),
        SecondsPerImage = root.GetProperty("secondsPerImage") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble()
            : double.NaN,
        Process = root.GetProperty("process").GetInt32(),
        Time = DateTime.Parse(root.GetProperty("time").GetString() ?? "", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
    };
}
