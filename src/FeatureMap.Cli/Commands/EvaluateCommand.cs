using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Cli;

/// <summary><c>evaluate</c>: a finished run on the validation images of its data set.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private readonly Argument<string> run = new("run") { Description = "The folder of a finished run" };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string?> threads = ThreadsOption(), lanes = LanesOption();

    public EvaluateCommand(Terminal terminal)
        : base(terminal, "evaluate", "Judge a finished run on the validation images", "featuremap evaluate runs/mnist-20k-20260131-120000")
    {
        Arguments.Add(run);
        foreach (var option in (Option[])[data, threads, lanes])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var (folder, configuration, model) = RunInput.Finished(parse.GetValue(run)!);
        var settings = parse.GetValue(threads) is { } count ? configuration.Settings.With("threads", count) : configuration.Settings;
        var width = LaneOption.Parse(parse.GetValue(lanes), Terminal);
        var split = DataAccess.Load(configuration, parse.GetValue(data)!, Terminal);
        var set = split.Validation;
        var isKnown = Datasets.All.Any(info => info.Name == split.Name);
        if (!isKnown && !set.ClassNames.SequenceEqual(model.ClassNames))
            throw new DataException($"The run {folder.Name} tells the classes {string.Join(", ", model.ClassNames)} apart; {split.Source} has {string.Join(", ", set.ClassNames)}. Its labels would mean other things: give data with the same class folders.");
        var result = model.Evaluate(set, settings.ChooseLoss(split), settings.Threads, width);
        if (Terminal.IsJson) Terminal.Write(Document(folder, split, model.Weights.Sha256(), result));
        else Write(folder, split, result);
        return 0;
    }

    private void Write(RunFolder folder, SplitData split, EvaluationResult result)
    {
        var set = split.Validation;
        var confusion = result.Confusion(set);
        var counts = set.CountPerClass();
        var right = Enumerable.Range(0, set.ClassCount).Sum(label => confusion[label, label]);
        var table = new TextTable();
        table.Add("Run", folder.Name);
        table.Add("Data", Text($"{split.Name}, {set.Count:N0} validation images, {DataAccess.Origin(split)}"));
        table.Add("Accuracy", Text($"{result.Accuracy * 100:0.00} % ({right:N0} of {set.Count:N0} right)"));
        table.Add("Loss", Text($"{result.Loss:0.0000}"));
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        var classes = new TextTable("class", "images", "right", "share", "most often taken for").AlignRight(1, 2, 3);
        for (var label = 0; label < set.ClassCount; label++)
        {
            var wrong = Enumerable.Range(0, set.ClassCount).Where(other => other != label).MaxBy(other => confusion[label, other]);
            classes.Add(
                set.ClassNames[label], Text($"{counts[label]:N0}"), Text($"{confusion[label, label]:N0}"),
                counts[label] == 0 ? "" : Text($"{100.0 * confusion[label, label] / counts[label]:0.00} %"),
                confusion[label, wrong] == 0 ? "" : Text($"{set.ClassNames[wrong]} ({confusion[label, wrong]:N0} times)"));
        }
        classes.Write(Terminal.Output);
    }

    private static JsonObject Document(RunFolder folder, SplitData split, string weights, EvaluationResult result)
    {
        var set = split.Validation;
        var confusion = result.Confusion(set);
        var range = Enumerable.Range(0, set.ClassCount).ToArray();
        return new JsonObject
        {
            ["run"] = folder.Location,
            ["dataset"] = split.Name,
            ["dataSource"] = split.Source,
            ["images"] = set.Count,
            ["accuracy"] = result.Accuracy,
            ["correct"] = range.Sum(label => confusion[label, label]),
            ["loss"] = Terminal.Number(result.Loss),
            ["weightsSha256"] = weights,
            ["classes"] = new JsonArray([.. set.ClassNames.Select(name => JsonValue.Create(name))]),
            ["confusion"] = new JsonArray([.. range.Select(label => new JsonArray([.. range.Select(other => JsonValue.Create(confusion[label, other]))]))]),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
