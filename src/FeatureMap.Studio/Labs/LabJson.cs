using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Studio;

/// <summary>Labs as data.</summary>
internal static class LabJson
{
    public static JsonObject Of(IReadOnlyList<Lab> labs, IReadOnlyList<LabSummary> begun, IReadOnlyList<TrainingStart> starts) => new()
    {
        ["schema"] = 1,
        ["labs"] = new JsonArray([.. labs.Select(lab => new JsonObject
        {
            ["name"] = lab.Name,
            ["title"] = lab.Title,
            ["question"] = lab.Question,
            ["needs"] = lab.Needs,
        })]),
        ["begun"] = new JsonArray([.. begun.Select(Summary)]),
        ["starts"] = new JsonArray([.. starts.Where(start => start.Kind == StartKind.Lab).Select(RunJson.Of)]),
    };

    public static JsonObject Of(LabForm form, LabFormState state, IReadOnlyList<TrainPlace> places) => new()
    {
        ["schema"] = 1,
        ["state"] = state.Query,
        ["lab"] = form.Lab.Name,
        ["question"] = form.Lab.Question,
        ["quick"] = form.Choice.IsQuick,
        ["command"] = TrainCommandLine.Text(TrainCommandLine.Of(form.Arguments)),
        ["problem"] = form.Fault.Length > 0 ? form.Fault : null,
        ["trainings"] = form.Plan?.Trainings,
        ["estimatedSeconds"] = form.Estimate?.Seconds,
        ["data"] = new JsonArray([.. places.Select(place => new JsonObject { ["id"] = place.Id, ["name"] = place.Name,
            ["about"] = place.About })]),
        ["settings"] = new JsonArray([.. form.Fields.Select(field => new JsonObject
        {
            ["name"] = field.Name,
            ["value"] = field.Value,
            ["usual"] = field.Usual,
            ["meaning"] = field.Meaning,
            ["range"] = field.Range,
            ["problem"] = field.Fault.Length > 0 ? field.Fault : null,
        })]),
    };

    public static JsonObject Of(LabSummary lab, IReadOnlyList<RunSummary> trainings)
    {
        var json = Summary(lab);
        json["schema"] = 1;
        json["settings"] = new JsonObject([.. lab.Settings.Select(one => KeyValuePair.Create(one.Name,
            (JsonNode?)JsonValue.Create(one.Text)))]);
        json["runs"] = new JsonArray([.. trainings.Select(RunJson.Summary)]);
        json["figures"] = lab.Figures is not { } figures ? null : new JsonObject
        {
            ["command"] = figures.Command,
            ["seconds"] = figures.Seconds,
            ["trainings"] = new JsonArray([.. figures.Trainings.Select(one => new JsonObject
            {
                ["name"] = one.Name,
                ["folder"] = one.Folder,
                ["accuracy"] = Finite(one.Accuracy),
                ["loss"] = Finite(one.Loss),
                ["seconds"] = Finite(one.Seconds),
            })]),
            ["measured"] = new JsonObject([.. figures.Measured.Select(one => KeyValuePair.Create(one.Name, JsonNode.Parse(one.Json)))]),
        };
        return json;
    }

    public static JsonObject Summary(LabSummary lab) => new()
    {
        ["id"] = lab.Id,
        ["name"] = lab.Name,
        ["state"] = RunJson.Word(lab.State),
        ["lab"] = lab.Lab?.Name,
        ["quick"] = lab.IsQuick,
        ["data"] = lab.Data,
        ["begun"] = lab.Begun.ToString("s", System.Globalization.CultureInfo.InvariantCulture),
        ["problem"] = lab.Fault.Length > 0 ? lab.Fault : null,
        ["live"] = lab.Progress is { } progress ? Live(progress) : null,
        ["page"] = lab.HasPage ? LabLink.Page(lab.Id) : null,
    };

    /// <summary>Where a lab is, as numbers and as the texts that a page shows.</summary>
    public static JsonObject Live(LabProgress progress) => new()
    {
        ["trainings"] = progress.Lab.Trainings,
        ["expected"] = progress.Lab.Expected,
        ["now"] = progress.Lab.Now,
        ["said"] = progress.Lab.Said,
        ["step"] = progress.Training?.Step,
        ["steps"] = progress.Training?.TotalSteps,
        ["remainingSeconds"] = Finite(progress.RemainingSeconds),
        ["share"] = progress.Share,
        ["texts"] = new JsonObject([.. Texts(progress).Select(one => KeyValuePair.Create(one.Name,
            (JsonNode?)JsonValue.Create(one.Text)))]),
    };

    /// <summary>The same texts for the page itself.</summary>
    public static IReadOnlyList<(string Name, string Title, string Text)> Texts(LabProgress progress)
    {
        var (lab, at) = (progress.Lab, progress.Training);
        return
        [
            ("trainings", "trainings done", lab.Expected > 0 ? $"{lab.Trainings:N0} of {lab.Expected:N0}" : $"{lab.Trainings:N0}"),
            ("now", "now", lab.Now.Length > 0 ? lab.Now : "between two trainings"),
            ("step", "step of it", at is null ? "–" : $"{at.Step:N0} of {at.TotalSteps:N0}"),
            ("loss", "loss of the step", at is null ? "–" : ReportText.Number(at.Loss)),
            ("speed", "images per second", at is null ? "–" : ReportText.Number(at.ImagesPerSecond)),
            ("remaining", "remaining, about", double.IsFinite(progress.RemainingSeconds) ? ReportText.Duration(progress.RemainingSeconds)
                : "–"),
            ("said", "last", lab.Said.Length > 0 ? lab.Said : "–"),
        ];
    }

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
