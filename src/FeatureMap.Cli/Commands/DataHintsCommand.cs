using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>data hints</c>: pictures whose labels may be wrong, by trainings that never saw them.</summary>
internal sealed class DataHintsCommand : ToolCommand
{
    private const int Shown = 20;
    private readonly Argument<string> path = new("path")
    {
        Description = "A folder, or a zip, tar or tar.gz, with one folder of pictures "
        + "for each class; or a recipe, for its data"
    };
    private readonly Option<string?> folds = new("--folds")
    {
        Description = "Parts that the pictures are cut into; each is judged by a "
        + "training on the others. 5 where it is left out",
        HelpName = "K"
    };
    private readonly Option<string?> top = new("--top")
    {
        Description = $"How many hints to print; {Shown} where it is left out",
        HelpName = "N"
    };
    private readonly Option<string?> html = new("--html")
    {
        Description = "Write a page with the pictures of the first hints as well",
        HelpName = "FILE"
    };
    private readonly Option<string?> from = new("--from")
    {
        Description = "Judge by a head on pretrained weights, in seconds for each "
        + "part: an .onnx, .pth or safetensors file, a run, or a name such as resnet-18",
        HelpName = "WEIGHTS"
    };
    private readonly Option<string?> preparation = new("--preparation")
    {
        Description = "How pictures were prepared for these weights, "
        + "where their file does not say it",
        HelpName = "HOW"
    };
    private readonly Option<string?> epochs = new("--epochs") { Description = "Passes over the pictures of each training", HelpName = "N" };
    private readonly Option<string?> seed = new("--seed")
    {
        Description = "Decides the parts and the trainings: same seed, same hints",
        HelpName = "S"
    };
    private readonly Option<string?> threads = ThreadsOption();
    private readonly Option<string[]> set = SetOption();
    private readonly ImageOptions images = new();

    public DataHintsCommand(Terminal terminal)
        : base(terminal, "hints", "Find pictures whose labels may be wrong, by trainings that never saw them",
            "featuremap data hints photos/ --html hints.html",
            "featuremap data hints photos.zip --from resnet-18 --top 50")
    {
        Arguments.Add(path);
        foreach (var option in (Option[])[from, preparation, folds, top, html, epochs, seed, threads, set])
            Options.Add(option);
        images.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var shown = (int)(Whole(parse, top) ?? Shown);
        var parts = (int)(Whole(parse, folds, least: 2, most: 100) ?? 5);
        var assignments = parse.GetValue(set)!.Select(Assignment).ToList();
        (string Key, Option<string?> Option)[] given =
            [("epochs", epochs), ("seed", seed), ("threads", threads), ("from", from), ("preparation", preparation)];
        foreach (var (key, option) in given)
            if (parse.GetValue(option) is { } value)
                assignments.Add((key, value));
        if (parse.GetValue(from) is not null) assignments.Add(("head-only", "yes"));
        assignments.AddRange(images.Assignments(parse));
        var request = TrainRequest.From(new TrainArguments { Recipe = parse.GetValue(path), Assignments = assignments }, Terminal.Context);
        var work = LabelHintWork.Run(request, parts, Terminal.Context, new FoldLine(Terminal),
            epoch => Terminal.Redraw($"  epoch {epoch.Epoch}, loss {epoch.TrainLoss:0.000}"));
        if (Terminal.IsJson) Terminal.Write(Document(work));
        else Write(work, shown);
        if (parse.GetValue(html) is { } file)
        {
            work.WritePage(file);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(file))}: the page");
        }
        return 0;
    }

    private void Write(LabelHintWork work, int shown)
    {
        var (data, hints) = (work.Data, work.Hints);
        Terminal.Output.WriteLine();
        var table = new TextTable("probability", "label", "rather", "probability", "file").AlignRight(0, 3);
        foreach (var hint in hints.All.Take(shown))
            table.Add($"{hint.Probability * 100:0.0} %", data.ClassNames[hint.Label], data.ClassNames[hint.Likelier],
                $"{hint.LikelierProbability * 100:0.0} %", hint.File);
        table.Write(Terminal.Output);
        if (hints.All.Count > shown) Terminal.Output.WriteLine($"{shown:N0} of {hints.All.Count:N0} pictures; --top shows more, --json "
            + "has all");
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"{hints.Suspects:N0} of {hints.All.Count:N0} labels look wrong to networks that never saw the picture; "
            + $"{hints.Judgement.Accuracy * 100:0.0} % are what they would say.");
        Terminal.Output.WriteLine("A hint is no verdict: look at each, the first ones first. The fewer labels the networks meet, the more hard "
            + "pictures are among them.");
    }

    private static JsonObject Document(LabelHintWork work) => new()
    {
        ["dataset"] = work.Data.Name,
        ["dataSource"] = work.Data.Source,
        ["images"] = work.Hints.All.Count,
        ["folds"] = work.Hints.Folds,
        ["accuracy"] = work.Hints.Judgement.Accuracy,
        ["suspects"] = work.Hints.Suspects,
        ["hints"] = new JsonArray([.. work.Hints.All.Select(hint => new JsonObject
        {
            ["file"] = hint.File,
            ["image"] = hint.Image,
            ["part"] = hint.IsValidation ? "validation" : "training",
            ["label"] = work.Data.ClassNames[hint.Label],
            ["probability"] = hint.Probability,
            ["likelier"] = work.Data.ClassNames[hint.Likelier],
            ["likelierProbability"] = hint.LikelierProbability,
        })]),
    };

    private sealed class FoldLine(Terminal terminal) : IProgress<HintProgress>
    {
        private readonly System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();

        public void Report(HintProgress value)
        {
            terminal.Prose.WriteLine($"part {value.Fold} of {value.Folds}: {value.Judged:N0} pictures judged by a training on "
                + $"{value.Images:N0} others, {value.Agreement * 100:0.0} % as labelled, {watch.Elapsed.TotalSeconds:0.0} s");
            watch.Restart();
        }
    }
}
