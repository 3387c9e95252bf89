using System.Text.Json;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>A lab's folder as it was read last: its configuration and figures are read again only when the files changed.</summary>
internal sealed class LabEntry(string id, string name, string path, Registry? registry)
{
    private const long LargestFile = 4 << 20;

    private readonly Lock gate = new();
    private LabConfiguration? configuration;
    private LabFigures? figures;
    private string fault = "";
    private DateTime configured = DateTime.MinValue, counted = DateTime.MinValue;

    public string Id => id;

    public string Path => path;

    public LabSummary Summarize()
    {
        lock (gate)
        {
            Configure();
            var state = State();
            if (state == RunState.Complete) Count();
            return new LabSummary(id, name, state)
            {
                Lab = configuration?.Lab,
                Fault = fault,
                IsQuick = configuration?.IsQuick == true,
                Settings = configuration is null ? [] : SettingsOf(configuration),
                Data = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(configuration?.Data?.Name ?? "")),
                Begun = Directory.GetCreationTime(path) is var made && configured != DateTime.MinValue && configured.ToLocalTime() < made
                    ? configured.ToLocalTime() : made,
                Progress = state is RunState.Running or RunState.Killed ? Progress() : null,
                HasPage = File.Exists(System.IO.Path.Combine(path, LabRun.PageName)),
                Figures = state == RunState.Complete ? figures : null,
            };
        }
    }

    private static IReadOnlyList<RunSetting> SettingsOf(LabConfiguration made)
    {
        var usual = made.IsQuick ? LabSettings.QuickOf(made.Lab) : LabSettings.Of(made.Lab);
        return [.. made.Settings.All.Where(one => one.Name != "data")
            .Select(one => new RunSetting(one.Name, made.Settings.Format(one), usual.Format(one)))];
    }

    private RunState State()
    {
        if (FolderLock.IsHeld(path)) return RunState.Running;
        if (LabRun.IsComplete(path)) return RunState.Complete;
        return FolderLock.HolderOf(path) is not null ? RunState.Killed : RunState.Stopped;
    }

    // The folder of the training stands in a file that anybody may have written: it is a name, and no path.
    private LabProgress? Progress()
    {
        if (LabLive.Read(path) is not { } live) return null;
        var isName = live.Run.Length > 0 && live.Run == System.IO.Path.GetFileName(live.Run) && live.Run is not ("." or "..");
        var folder = System.IO.Path.Combine(path, isName ? live.Run : "");
        return new(live, isName && !FolderWalk.IsLink(folder) ? LiveState.Read(folder) : null);
    }

    private void Configure()
    {
        var file = new FileInfo(System.IO.Path.Combine(path, LabConfiguration.FileName));
        if (!file.Exists || file.LastWriteTimeUtc == configured) return;
        configured = file.LastWriteTimeUtc;
        (configuration, fault) = (null, "");
        try
        {
            if (file.Length > LargestFile) throw new DataException($"{LabConfiguration.FileName} has {file.Length:N0} bytes.");
            configuration = LabConfiguration.Read(path, registry);
        }
        catch (FeatureMapException error)
        {
            fault = error.Message.Replace(path + System.IO.Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        }
    }

    private void Count()
    {
        var file = new FileInfo(System.IO.Path.Combine(path, LabRun.ResultsName));
        if (file.LastWriteTimeUtc == counted) return;
        (counted, figures) = (file.LastWriteTimeUtc, null);
        try
        {
            if (file.Length > LargestFile) return;
            figures = StrictJson.Parse(File.ReadAllBytes(file.FullName), Figures, depth: 64);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or KeyNotFoundException
            or InvalidOperationException)
        {
            fault = $"Its {LabRun.ResultsName} cannot be read: {error.Message}";
        }
    }

    private static LabFigures Figures(JsonElement root)
    {
        static double Number(JsonElement parent, string name) => parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : double.NaN;
        var trainings = root.GetProperty("trainings").EnumerateArray().Select(one => new LabFigure(one.GetProperty("name").GetString()
            ?? "",
            one.GetProperty("folder").GetString() ?? "", Number(one, "accuracy"), Number(one, "loss"), Number(one, "seconds"))).ToList();
        return new LabFigures(root.GetProperty("command").GetString() ?? "", trainings.Sum(one => double.IsFinite(one.Seconds)
            ? one.Seconds : 0),
            trainings, [.. root.GetProperty("measured").EnumerateObject().Select(one => (one.Name, one.Value.GetRawText()))]);
    }
}
