using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>evaluate</c>: a finished run on the validation images of its data set, or a model file on those of any.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private const int MostMistakes = 10;
    private readonly Argument<string> run = new("run") { Description = "The folder of a finished run, a model.safetensors with its network.json beside it, or an ONNX file" };
    private readonly Option<string?> dataset = new("--dataset") { Description = "For a model file: the name of the data set, unless --data is the data themselves", HelpName = "NAME" };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string?> threads = ThreadsOption(), lanes = LanesOption(), views = ViewsOption.Create();
    private readonly Option<string?> input = OnnxChoice.InputOption(" and whose data do not tell it"), output = OnnxChoice.OutputOption();

    public EvaluateCommand(Terminal terminal)
        : base(terminal, "evaluate", "Judge a finished run or a model file on the validation images",
            "featuremap evaluate runs/mnist-20k-20260131-120000",
            "featuremap evaluate runs/cifar10-20260131-120000 --views mirror",
            "featuremap evaluate digits.onnx --dataset mnist")
    {
        Arguments.Add(run);
        foreach (var option in (Option[])[dataset, data, views, threads, lanes, input, output])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var source = parse.GetValue(run)!;
        var seen = ViewsOption.Parse(parse.GetValue(views));
        var width = LaneOption.Parse(parse.GetValue(lanes), Terminal);
        // A mistake is told before data are loaded.
        if (parse.GetValue(threads) is { } number) _ = new TrainingOptions().With("threads", number);
        var (name, model, split, loss, training) = Directory.Exists(source) ? OfRun(source, parse) : OfFile(source, parse);
        if (parse.GetValue(threads) is { } count) training = training.With("threads", count);
        if (loss is null && model.Network.OutputValues == OutputValues.IndependentProbabilities)
        {
            Terminal.Notice(model.Network.Output.Channels == 1 && split.ClassCount == 2
                ? $"The network ends in one sigmoid: it is taken for the probability of {split.Validation.ClassNames[1]}."
                : "The network ends in a sigmoid: the loss is the binary cross-entropy, which takes each label for a question of its own.");
        }
        var result = TestTimeAugmentation.Apply(model, seen).Evaluate(split.Validation, loss, training.Threads, width);
        if (result.Values.Count(double.IsNaN) is var missing and > 0)
            Terminal.Notice($"What the network gives for {missing:N0} of {split.Validation.Count:N0} images is not a number, so there is "
                + "no accuracy. Its weights or its normalisation are broken.");
        if (Terminal.IsJson) Terminal.Write(Document(Directory.Exists(source) ? RunFolder.Open(source).Location : Path.GetFullPath(source), split, model.Weights.Sha256(), seen, result));
        else Write(seen == TestTimeViews.One ? name : $"{name}, views: {ViewsOption.Shown(seen)}", split, result);
        return 0;
    }

    private (string Name, Model Model, SplitData Data, Loss? Loss, TrainingOptions Training) OfRun(string source, ParseResult parse)
    {
        OnnxChoice.Of(parse, input, output, Terminal).MustBeEmpty(source);
        var (folder, configuration, model) = RunInput.Finished(source);
        var split = DataAccess.Load(configuration, parse.GetValue(data)!, Terminal, model.Network.Input);
        DataAccess.CheckClasses($"The run {folder.Name}", model, split);
        if (configuration.OnlyInCode.FirstOrDefault(custom => custom.Setting == "loss").What is { } own)
            Terminal.Notice($"The run was trained with a loss of its program, {own}, which nobody else has: the loss told here is the "
                + "usual one.");
        return (folder.Name, model, split, configuration.Settings.ToOptions(split).Loss, configuration.Settings.Training);
    }

    private (string Name, Model Model, SplitData Data, Loss? Loss, TrainingOptions Training) OfFile(string source, ParseResult parse)
    {
        // Where a file takes images of any size, it takes them as they come.
        var model = RunInput.Model(
            source, choice: OnnxChoice.Of(parse, input, output, Terminal),
            shape: _ => DataAccess.Load(DataSource.Of(parse.GetValue(dataset), parse.GetValue(data)!), Terminal).ImageShape);
        var split = DataAccess.LoadFor(model, Path.GetFileName(source), parse.GetValue(dataset), parse.GetValue(data)!, Terminal);
        return (Path.GetFileName(source), model, split, null, new TrainingOptions());
    }

    private void Write(string name, SplitData split, EvaluationResult result)
    {
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
        WriteMistakes(set, result);
    }

    // By their files, so that they can be looked at; images without files of their own have only a number, which --json gives.
    private void WriteMistakes(ImageSet set, EvaluationResult result)
    {
        int[] wrong = [.. Wrong(set, result)];
        if (wrong.Length == 0 || set.FileOf(0) is null) return;
        Terminal.Output.WriteLine();
        var mistakes = new TextTable(wrong.Length > MostMistakes ? $"mistakes ({MostMistakes} of {wrong.Length:N0}; "
            + "--json has all)" : "mistakes", "is", "taken for");
        foreach (var i in wrong.Take(MostMistakes))
            mistakes.Add(set.FileOf(i)!, set.ClassNames[set.Label(i)], ClassName(set, result.Predicted[i]));
        mistakes.Write(Terminal.Output);
    }

    private static IEnumerable<int> Wrong(ImageSet set, EvaluationResult result) => Enumerable.Range(0, set.Count).Where(i => result.Predicted[i] != set.Label(i));

    private static string ClassName(ImageSet set, int label) => label < set.ClassCount ? set.ClassNames[label] : $"{label}";

    private static JsonObject Document(string location, SplitData split, string weights, TestTimeViews views, EvaluationResult result)
    {
        var set = split.Validation;
        var confusion = result.Confusion(set);
        var range = Enumerable.Range(0, set.ClassCount).ToArray();
        return new JsonObject
        {
            ["run"] = location,
            ["dataset"] = split.Name,
            ["dataSource"] = split.Source,
            ["images"] = set.Count,
            ["views"] = ViewsOption.Shown(views),
            ["accuracy"] = Terminal.Number(result.Accuracy),
            ["correct"] = range.Sum(label => confusion[label, label]),
            ["loss"] = Terminal.Number(result.Loss),
            ["weightsSha256"] = weights,
            ["classes"] = new JsonArray([.. set.ClassNames.Select(name => JsonValue.Create(name))]),
            ["mistakes"] = new JsonArray([.. Wrong(set, result).Select(i => new JsonObject
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
