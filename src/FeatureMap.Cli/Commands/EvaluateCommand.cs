using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>evaluate</c>: a finished run on the validation images of its data set, or a model file on those of any.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private const int MostMistakes = 10;
    private readonly Argument<string> run = new("run") { Description = "The folder of a finished run, a model.safetensors with its network.json beside it, or an ONNX file" };
    private readonly Option<string?> dataset = new("--dataset") { Description = "For a model file: the name of the data set, unless --data is the data themselves", HelpName = "NAME" };
    private readonly Option<string[]> data = DataOption();
    private readonly ImageOptions table = new("task", "image-folder", "file-column", "label-column");
    private readonly Option<string?> threads = ThreadsOption(), lanes = LanesOption(), views = ViewsOption.Create();
    private readonly Option<string?> input = OnnxOptions.InputOption(" and whose data do not tell it"), output = OnnxOptions.OutputOption();

    public EvaluateCommand(Terminal terminal)
        : base(terminal, "evaluate", "Judge a finished run or a model file on the validation images",
            "featuremap evaluate runs/mnist-20k-20260131-120000",
            "featuremap evaluate runs/cifar10-20260131-120000 --views mirror",
            "featuremap evaluate digits.onnx --dataset mnist",
            "featuremap evaluate runs/flowers-20260131-120000 --data labels.csv --images photos/")
    {
        Arguments.Add(run);
        foreach (var option in (Option[])[dataset, data, views, threads, lanes, input, output])
            Options.Add(option);
        table.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var seen = ViewsOption.Parse(parse.GetValue(views));
        var evaluation = Evaluation.Run(
            new EvaluationRequest(parse.GetValue(run)!)
            {
                Dataset = parse.GetValue(dataset),
                Data = parse.GetValue(data)!,
                Table = table.Read(parse),
                Views = seen,
                Lanes = LaneOption.Parse(parse.GetValue(lanes), Terminal),
                Threads = parse.GetValue(threads) is { } number ? new TrainingOptions().With("threads", number).Threads : null,
                Onnx = OnnxOptions.Of(parse, input, output, Terminal),
            },
            Terminal.Context);
        if (Terminal.IsJson) Terminal.Write(Document(evaluation, seen));
        else Write(seen == TestTimeViews.One ? evaluation.Name : $"{evaluation.Name}, views: {ViewsOption.Shown(seen)}", evaluation);
        return 0;
    }

    private void Write(string name, Evaluation evaluation)
    {
        var (split, result) = (evaluation.Data, evaluation.Result);
        var set = split.Validation;
        var confusion = result.Confusion(set);
        var counts = set.CountPerClass();
        var right = Enumerable.Range(0, set.ClassCount).Sum(label => confusion[label, label]);
        var table = new TextTable();
        table.Add("Model", name);
        table.Add("Data", $"{split.Name}, {set.Count:N0} validation images, {DataAccess.Origin(split)}");
        table.Add("Accuracy", $"{result.Accuracy * 100:0.00} % ({right:N0} of {set.Count:N0} right)");
        table.Add("Loss", $"{result.Loss:0.0000}");
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        var classes = new TextTable("class", "images", "right", "share", "most often taken for").AlignRight(1, 2, 3);
        for (var label = 0; label < set.ClassCount; label++)
        {
            var wrong = Enumerable.Range(0, set.ClassCount).Where(other => other != label).MaxBy(other => confusion[label, other]);
            classes.Add(
                set.ClassNames[label], $"{counts[label]:N0}", $"{confusion[label, label]:N0}",
                counts[label] == 0 ? "" : $"{100.0 * confusion[label, label] / counts[label]:0.00} %",
                confusion[label, wrong] == 0 ? "" : $"{set.ClassNames[wrong]} ({confusion[label, wrong]:N0} times)");
        }
        classes.Write(Terminal.Output);
        WriteMistakes(evaluation);
    }

    // By their files, so that they can be looked at; images without files of their own have only a number, which --json gives.
    private void WriteMistakes(Evaluation evaluation)
    {
        var (set, result) = (evaluation.Data.Validation, evaluation.Result);
        int[] wrong = [.. evaluation.Mistakes];
        if (wrong.Length == 0 || set.FileOf(0) is null) return;
        Terminal.Output.WriteLine();
        var mistakes = new TextTable(wrong.Length > MostMistakes ? $"mistakes ({MostMistakes} of {wrong.Length:N0}; "
            + "--json has all)" : "mistakes", "is", "taken for");
        foreach (var i in wrong.Take(MostMistakes))
            mistakes.Add(set.FileOf(i)!, set.ClassNames[set.Label(i)], ClassName(set, result.Predicted[i]));
        mistakes.Write(Terminal.Output);
    }

    private static string ClassName(ImageSet set, int label) => label < set.ClassCount ? set.ClassNames[label] : $"{label}";

    private static JsonObject Document(Evaluation evaluation, TestTimeViews views)
    {
        var (split, result) = (evaluation.Data, evaluation.Result);
        var set = split.Validation;
        var confusion = result.Confusion(set);
        var range = Enumerable.Range(0, set.ClassCount).ToArray();
        return new JsonObject
        {
            ["run"] = evaluation.Location,
            ["dataset"] = split.Name,
            ["dataSource"] = split.Source,
            ["images"] = set.Count,
            ["views"] = ViewsOption.Shown(views),
            ["accuracy"] = Terminal.Number(result.Accuracy),
            ["correct"] = range.Sum(label => confusion[label, label]),
            ["loss"] = Terminal.Number(result.Loss),
            ["weightsSha256"] = evaluation.Model.Weights.Sha256(),
            ["classes"] = new JsonArray([.. set.ClassNames.Select(name => JsonValue.Create(name))]),
            ["mistakes"] = new JsonArray([.. evaluation.Mistakes.Select(i => new JsonObject
            {
                ["image"] = i,
                ["file"] = set.FileOf(i),
                ["class"] = set.ClassNames[set.Label(i)],
                ["predicted"] = ClassName(set, result.Predicted[i]),
            })]),
            ["confusion"] = new JsonArray([.. range.Select(label => new JsonArray([.. range.Select(other => JsonValue.Create(confusion[label, other]))]))]),
        };
    }
}
