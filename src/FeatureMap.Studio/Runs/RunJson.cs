using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Runs as data.</summary>
internal static class RunJson
{
    public static JsonObject Of(IReadOnlyList<RunSummary> runs, IReadOnlyList<TrainingStart> starts) => new()
    {
        ["schema"] = 1,
        ["runs"] = new JsonArray([.. runs.Select(Summary)]),
        ["starts"] = new JsonArray([.. starts.Select(Of)]),
    };

    public static JsonObject Of(RunDetail run, HistoryView history)
    {
        var json = Summary(run.Summary);
        json["schema"] = 1;
        json["rows"] = run.Rows;
        json["log"] = new JsonArray([.. run.Log.Select(line => JsonValue.Create(line))]);
        json["curve"] = new JsonArray([.. run.Summary.Epochs.Select(Epoch)]);
        json["steps"] = new JsonArray([.. run.Steps.Select(step => new JsonObject
        {
            ["step"] = step.Step,
            ["epoch"] = step.Epoch,
            ["loss"] = Finite(step.Loss),
            ["learningRate"] = Finite(step.LearningRate),
        })]);
        json["layers"] = LayersSection.Json(run);
        json["history"] = HistorySection.Json(history);
        return json;
    }

    public static JsonObject Summary(RunSummary run) => new()
    {
        ["id"] = run.Id,
        ["name"] = run.Name,
        ["state"] = Word(run.State),
        ["recipe"] = run.Recipe,
        ["data"] = run.Data,
        ["begun"] = run.Begun.ToString("s", System.Globalization.CultureInfo.InvariantCulture),
        ["seconds"] = Finite(run.Seconds),
        ["metric"] = run.Metric,
        ["epochs"] = run.Epochs.Count,
        ["of"] = run.EpochCount,
        ["best"] = Value(run.Best),
        ["last"] = Value(run.Last),
        ["live"] = run.Live is { } live ? Live(run, live) : null,
        ["note"] = run.Note,
        ["problem"] = run.Fault.Length > 0 ? run.Fault : null,
        ["damagedRows"] = run.DamagedRows,
        ["settings"] = new JsonObject([.. run.Settings.Select(one => KeyValuePair.Create(one.Name,
            (JsonNode?)JsonValue.Create(one.Text)))]),
    };

    /// <summary>Where a run is, as numbers and as the texts that a page shows.</summary>
    public static JsonObject Live(RunSummary run, RunLive live) => new()
    {
        ["step"] = live.Step,
        ["steps"] = live.TotalSteps,
        ["epoch"] = live.Epoch,
        ["epochs"] = live.Epochs,
        ["loss"] = Finite(live.Loss),
        ["learningRate"] = Finite(live.LearningRate),
        ["imagesPerSecond"] = Finite(live.ImagesPerSecond),
        ["remainingSeconds"] = Finite(live.RemainingSeconds),
        ["share"] = Share(live),
        ["texts"] = new JsonObject([.. Texts(run, live).Concat(Results(run)).Select(one => KeyValuePair.Create(one.Name,
            (JsonNode?)JsonValue.Create(one.Text)))]),
    };

    /// <summary>The same texts for the page itself.</summary>
    public static IReadOnlyList<(string Name, string Title, string Text)> Texts(RunSummary run, RunLive live) =>
    [
        ("step", "step", $"{live.Step:N0} of {live.TotalSteps:N0}"),
        ("epoch", "epoch", $"{live.Epoch:N0} of {live.Epochs:N0}"),
        ("loss", "loss of the step", ReportText.Number(live.Loss)),
        ("epoch-loss", "loss of the epoch so far", ReportText.Number(live.EpochLoss)),
        ("epoch-metric", $"{run.Metric} of the epoch so far", double.IsFinite(live.EpochMetric) ? run.Format(live.EpochMetric) : "–"),
        ("rate", "learning rate", ReportText.Number(live.LearningRate)),
        ("speed", "images per second", ReportText.Number(live.ImagesPerSecond)),
        ("remaining", "remaining", double.IsFinite(live.RemainingSeconds) ? ReportText.Duration(live.RemainingSeconds) : "–"),
    ];

    /// <summary>What validation said so far, in the same way.</summary>
    public static IReadOnlyList<(string Name, string Title, string Text)> Results(RunSummary run) =>
    [
        ("best", $"best {run.Metric}", Result(run.Best)),
        ("last", $"last {run.Metric}", Result(run.Last)),
    ];

    private static string Result(RunValue? value) => value is null ? "–" : $"{value.Text} after epoch {value.Epoch}";

    public static double Share(RunLive live) => live.TotalSteps == 0 ? 0 : Math.Clamp((double)live.Step / live.TotalSteps, 0, 1);

    public static string Word(RunState state) => $"{state}".ToLowerInvariant();

    public static JsonObject Of(TrainingStart start) => new()
    {
        ["id"] = start.Id,
        ["kind"] = $"{start.Kind}".ToLowerInvariant(),
        ["state"] = $"{start.State}".ToLowerInvariant(),
        ["command"] = start.Command,
        ["run"] = start.Run,
        ["address"] = start.Page.Length > 0 ? start.Page : start.Run is not { } id ? (start.Kind == StartKind.Lab ? LabLink.List
            : RunLink.List)
            : start.Kind == StartKind.Lab ? LabLink.To(id) : RunLink.To(id),
        ["problem"] = start.State == StartState.Failed ? start.Fault : null,
    };

    private static JsonObject Epoch(RunEpoch epoch) => new()
    {
        ["epoch"] = epoch.Epoch,
        ["step"] = epoch.Step,
        ["trainLoss"] = Finite(epoch.TrainLoss),
        ["validationLoss"] = Finite(epoch.ValidationLoss),
        ["trainMetric"] = Finite(epoch.TrainMetric),
        ["validationMetric"] = Finite(epoch.ValidationMetric),
        ["learningRate"] = Finite(epoch.LearningRate),
        ["seconds"] = Finite(epoch.Seconds),
        ["imagesPerSecond"] = Finite(epoch.ImagesPerSecond),
    };

    private static JsonObject? Value(RunValue? value) => value is null ? null
        : new() { ["epoch"] = value.Epoch, ["value"] = Finite(value.Value), ["text"] = value.Text };

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}

/// <summary>Addresses of the pages of runs.</summary>
internal static class RunLink
{
    public const string List = "/runs", Compare = "/compare", Train = "/train";

    public static string To(string id, string query = "", string part = "") =>
        $"{List}/{Uri.EscapeDataString(id)}{part}{(query.Length > 0 ? $"?{query}" : "")}";

    public static string Mistakes(string id, string query = "") => To(id, query, "/mistakes");
}
