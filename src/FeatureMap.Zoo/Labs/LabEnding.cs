using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>What ends every lab: the section on how the page was made, the page itself, and the figures beside it.</summary>
internal sealed class LabEnding(LabRun run, LabConfiguration configuration, JsonObject measured)
{
    public void Write()
    {
        var small = Small();
        if (run.IsQuick || small.Count > 0)
        {
            var named = string.Join(", ", small.Select(setting => $"{setting.Name} {run.Settings.Format(setting)}"));
            run.Page.Notice = "A first look. Its figures decide nothing: "
                + (small.Count == 0 ? "it began as the small version" : $"{named} {(small.Count == 1 ? "is" : "are")} as in --quick or less")
                + $". The whole lab: featuremap lab {run.Lab.Name}{Places(configuration)}";
        }
        MadeBy();
        run.Page.Write(run.PagePath);
        RunFolder.WriteText(run.ResultsPath, Results().ToJsonString(LabMeasurements.Format) + "\n");
    }

    // The settings that make the quick version small, where they are as small here.
    private List<LabSetting> Small()
    {
        var small = new List<LabSetting>();
        foreach (var (key, value) in run.Lab.Quick)
        {
            var setting = run.Settings.Find(key);
            if (run.Settings.IsDefault(setting)) continue;
            if (Number(run.Settings.Format(setting)) is { } here && Number(value) is { } quick && Number(setting.Default) is { } usual
                ? quick < usual && here <= quick : run.Settings.Format(setting) == run.Settings.With(key, value).Format(setting))
                small.Add(setting);
        }
        return small;

        static double? Number(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The line that runs the lab again; where the data are is left to whoever types it.</summary>
    public static string Command(LabConfiguration configuration)
    {
        // A page that is mailed names no place of this machine: of data at a path the name alone.
        var usual = configuration.IsQuick ? LabSettings.QuickOf(configuration.Lab) : LabSettings.Of(configuration.Lab);
        var changed = configuration.Settings.All
            .Where(setting => setting != LabSetting.Threads && configuration.Settings.Format(setting) != usual.Format(setting))
            .Select(setting => configuration.Settings.Format(setting) is var value && setting == LabSetting.Data
                && Path.IsPathFullyQualified(value) ? $" --data {Quoted(Path.GetFileName(value))}"
                    : $" --set {setting.Name}={Quoted(value)}");
        var quick = configuration.IsQuick ? " --quick" : "";
        return $"featuremap lab {configuration.Lab.Name}{quick}{Places(configuration)}{string.Concat(changed)}";
    }

    private static string Places(LabConfiguration configuration) => configuration.Folders.Count > 0 ? " --data DIR" : "";

    private void MadeBy()
    {
        var page = run.Page.Section("How it was made", "Everything that is needed to repeat it: the same command gives the same numbers, "
            + "except those of the clock. A click marks the whole command."
            + (configuration.Folders.Count > 0 ? " DIR is the folder of the data." : "")).Code(Command(configuration));
        List<ReportFact> facts = [];
        if (configuration.Data is { } data)
            facts.Add(new("Data", $"{data.Name}, {data.Training:N0} + {data.Validation:N0} images"));
        facts.AddRange(run.Settings.All.Where(setting => setting != LabSetting.Data && setting != LabSetting.Threads && (setting != LabSetting.ImageSize || !run.Settings.IsDefault(setting))).Select(setting => new ReportFact(setting.Name, run.Settings.Format(setting))));
        if (run.Trainings.Count > 0) facts.Add(new("Training time in all", ReportText.Duration(run.Trainings.Sum(training => training.Seconds))));
        page.Facts(facts);
        if (run.Trainings.Count == 0) return;
        page.Table(
            new ReportTable(
                ["Training", "Parameters", "Epochs", "Accuracy, %", "Loss", "Seconds"],
                [.. run.Trainings.Select(training => (IReadOnlyList<string>)
                [
                    training.Name, ReportText.Count(training.Model.Network.TrainableCount), $"{training.Epochs.Count}", ReportText.Number(training.Accuracy * 100, "0.00"), ReportText.Number(training.Loss, "0.0000"), ReportText.Number(training.Seconds, "0.0"),
                ])]),
            "Each training has a folder beside this page, with its log, its model and its checkpoints: 'featuremap report FOLDER' makes its report. Accuracy and loss are those of validation after the last epoch.",
            links: [.. run.Trainings.Select(training => training.Folder.Name + "/")]);
    }

    private JsonObject Results() => new()
    {
        ["lab"] = run.Lab.Name,
        ["command"] = Command(configuration),
        ["quick"] = run.IsQuick,
        ["settings"] = new JsonObject(run.Settings.All.Select(setting => KeyValuePair.Create<string, JsonNode?>(setting.Name, run.Settings.Format(setting)))),
        ["data"] = configuration.Data is { } data ? new JsonObject { ["name"] = data.Name, ["training"] = data.Training, ["validation"] = data.Validation } : null,
        ["trainings"] = new JsonArray([.. run.Trainings.Select(Describe)]),
        ["measured"] = measured,
    };

    private static JsonNode Describe(LabTraining training) => new JsonObject
    {
        ["name"] = training.Name,
        ["folder"] = training.Folder.Name,
        ["parameters"] = training.Model.Network.TrainableCount,
        ["epochs"] = training.Epochs.Count,
        ["accuracy"] = Finite(training.Accuracy),
        ["loss"] = Finite(training.Loss),
        ["trainAccuracy"] = Finite(training.Epochs[^1].TrainAccuracy),
        ["trainLoss"] = Finite(training.Epochs[^1].TrainLoss),
        ["seconds"] = Finite(training.Seconds),
        ["weightsSha256"] = training.Model.Weights.Sha256(),
    };

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static string Quoted(string value) => value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || "/.-_+,:".Contains(c, StringComparison.Ordinal)) ? value : $"\"{value}\"";
}
