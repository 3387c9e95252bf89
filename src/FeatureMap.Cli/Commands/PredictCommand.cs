using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>predict</c>: what a model sees in image files.</summary>
internal sealed class PredictCommand : ToolCommand
{
    private readonly Argument<string> source = new("run") { Description = "A finished run, a model.safetensors with its network.json beside it, or an ONNX file; or an architecture with --weights" };
    private readonly Argument<string[]> images = new("image") { Description = "PNG, JPEG or BMP files, or folders or archives of them", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> leastScore = new("--least-score")
    {
        Description = "For a detector: boxes with a lower score are left out; 0.3 where it is left out",
        HelpName = "S"
    };
    private readonly Option<string?> draw = new("--draw")
    {
        Description = "For a detector: a folder for the pictures with their boxes drawn on them, and a page of all",
        HelpName = "FOLDER"
    };
    private readonly Option<bool> invert = new("--invert") { Description = "Exchange dark and light: for dark ink on light paper, as the digits of MNIST are light on dark" };
    private readonly Option<bool> resize = new("--resize") { Description = "Make images of another size than the network takes fit; a run that was trained so needs no --resize" };
    private readonly Option<string?> fit = new("--fit") { Description = "How images are made to fit: crop (the middle), pad or squash; as in the run where it is left out", HelpName = "HOW" };
    private readonly Option<bool> calibrated = CalibratedOption();
    private readonly Option<string?> csv = new("--csv") { Description = "Write a table of comma-separated values as well", HelpName = "FILE" };
    private readonly Option<string?> classes = new("--classes")
    {
        Description = "A text file with the names of the classes, one on each "
        + "line in the order of the scores, or a JSON file of them: for models that have none, such as published weights",
        HelpName = "FILE"
    };
    private readonly Option<string?> top = new("--top") { Description = "How many classes to show per image; 3 where it is left out, 1 for folders and archives", HelpName = "K" };

    private readonly DeviceOptions device;
    private readonly Option<string?> masks = new("--masks")
    {
        Description = "For a network of masks: the folder that they are written to; "
        + "beside the pictures where it is left out",
        HelpName = "DIR"
    };

    private readonly Option<string?> weights = WeightsOption(), views = ViewsOption.Create();
    private readonly Option<string?> input = OnnxOptions.InputOption(" and other images than the first "
        + "are to tell it"), output = OnnxOptions.OutputOption();

    public PredictCommand(Terminal terminal)
        : base(
            terminal, "predict", "Tell what images show",
            "featuremap predict runs/mnist-20k-20260131-120000 seven.png",
            "featuremap predict runs/bccd-20260131-120000 cells.jpg --draw found --csv found.csv",
            "featuremap predict runs/mnist-20k-20260131-120000 photo.jpg --resize --invert",
            "featuremap predict runs/flowers-20260131-120000 photos/ --csv answers.csv",
            "featuremap predict runs/membranes-20260131-120000 micrographs/ --masks found --csv areas.csv",
            "featuremap predict resnet-18 --weights resnet18.pth dog.jpg --resize --classes imagenet.txt")
    {
        Options.Add(leastScore);
        Options.Add(draw);
        Arguments.Add(source);
        Arguments.Add(images);
        foreach (var option in (Option[])[invert, resize, fit, classes, top, csv, masks, calibrated, views, weights, input, output])
            Options.Add(option);
        device = new DeviceOptions(terminal.Tool);
        device.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var paths = parse.GetValue(images)!;
        if (parse.GetValue(weights) is null && DetectorInput.Find(parse.GetValue(source)!, Terminal.Context.Registry) is { } detector)
            return Detect(detector, paths, parse);
        foreach (var option in (Option<string?>[])[leastScore, draw])
            if (parse.GetValue(option) is not null)
                throw new UsageException($"{option.Name} is for detectors, and {parse.GetValue(source)} tells what a whole image shows: "
                    + $"leave it "
                    + "out.");
        var shown = (int)(Whole(parse, top) ?? (paths.Any(path => Directory.Exists(path) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) ? 1 : 3));
        var request = new PredictRequest(parse.GetValue(source)!, paths)
        {
            Invert = parse.GetValue(invert),
            Resize = parse.GetValue(resize),
            Fit = parse.GetValue(fit) is { } how ? ImageFit.Parse(how) : null,
            Views = ViewsOption.Parse(parse.GetValue(views)),
            Weights = parse.GetValue(weights),
            ClassFile = parse.GetValue(classes),
            IsCalibrated = parse.GetValue(calibrated),
            Onnx = OnnxOptions.Of(parse, input, output, Terminal),
        };
        var context = device.Context(parse, Terminal);
        var model = FilePredictions.Open(request, context);
        if (model.GivesLabelMaps)
        {
            foreach (var option in (Option[])[resize, top])
                if (parse.GetResult(option) is { Implicit: false })
                    throw new UsageException($"{option.Name} is for models that tell what a whole image shows, and this gives a class for "
                        + "every pixel of an image of any size: leave it out.");
            return WriteMasks(model, request, parse, context);
        }
        if (parse.GetValue(masks) is not null)
            throw new UsageException("--masks is the folder for masks, and this network tells what a whole image shows: leave it out.");
        if (model.GivesQuantities) return WriteNumbers(model, request, parse, context);
        var predictions = FilePredictions.Of(model, request, context);
        if (Terminal.IsJson) Terminal.Write(Document(predictions, shown));
        else Write(predictions, shown, (int?)Whole(parse, top));
        foreach (var (_, message) in predictions.Failures)
            Terminal.Complain(message);
        if (parse.GetValue(csv) is { } file)
        {
            PredictionTable.Write(predictions, shown, file);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(file))}: {predictions.Answers.Count + predictions.Failures.Count:N0} files");
        }
        if (predictions.Failures.Count == 0) return 0;
        if (predictions.Answers.Count > 0)
            Terminal.Complain($"{predictions.Failures.Count:N0} of {predictions.Answers.Count + predictions.Failures.Count:N0} files could not be read; the others are answered.");
        return Failure.Failed;
    }

    private int WriteMasks(Model model, PredictRequest request, ParseResult parse, WorkContext context)
    {
        var made = MaskPredictions.Of(model, request, parse.GetValue(masks), context);
        if (Terminal.IsJson) Terminal.Write(MaskText.Document(made));
        else MaskText.Write(made, Terminal);
        foreach (var (_, message) in made.Failures)
            Terminal.Complain(message);
        if (parse.GetValue(csv) is { } table)
        {
            made.WriteTable(table);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(table))}: {made.Answers.Count + made.Failures.Count:N0} files");
        }
        return made.Failures.Count == 0 ? 0 : Failure.Failed;
    }

    private int WriteNumbers(Model model, PredictRequest request, ParseResult parse, WorkContext context)
    {
        foreach (var option in (Option[])[classes, top, calibrated])
            if (parse.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} is for models that tell classes, and this one tells numbers "
                    + $"({string.Join(", ", model.ClassNames)}): leave it out.");
        var predictions = NumberPredictions.Of(model, request, context);
        if (Terminal.IsJson)
            Terminal.Write(new JsonObject
            {
                ["predictions"] = new JsonArray([.. predictions.Answers.Select(answer => new JsonObject
                {
                    ["image"] = answer.Path,
                    ["numbers"] = new JsonObject(predictions.Names.Zip(answer.Numbers, (name, number) =>
                        KeyValuePair.Create(name, (JsonNode?)Terminal.Number(number)))),
                })]),
                ["errors"] = new JsonArray([.. predictions.Failures.Select(failure => new JsonObject { ["image"] = failure.Path,
                    ["message"] = failure.Message })]),
            });
        else
        {
            var table = new TextTable(["image", .. predictions.Names]).AlignRight([.. Enumerable.Range(1, predictions.Names.Count)]);
            foreach (var (path, numbers) in predictions.Answers)
                table.Add([path, .. numbers.Select(number => $"{number:G5}")]);
            table.Write(Terminal.Output);
        }
        foreach (var (_, message) in predictions.Failures)
            Terminal.Complain(message);
        if (parse.GetValue(csv) is { } file)
        {
            predictions.WriteTable(file);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(file))}: "
                + $"{predictions.Answers.Count + predictions.Failures.Count:N0} files");
        }
        return predictions.Failures.Count == 0 ? 0 : Failure.Failed;
    }

    // Of several labels those that are said, and the nearest where none is.
    private static IEnumerable<(int Class, string Name, double Probability)> Shown(FilePredictions predictions, Prediction prediction,
        int? asked,
        int shown) => !predictions.AreLabels || asked is not null ? prediction.Top(shown) : prediction.Said() is { Count: > 0 } said ? said
        : prediction.Top(1).Select(one => one with { Name = $"none; {one.Name}" });

    private void Write(FilePredictions predictions, int shown, int? asked)
    {
        var table = new TextTable();
        foreach (var (path, prediction) in predictions.Answers)
            table.Add([path, .. Shown(predictions, prediction, asked, shown).Select(one =>
                $"{one.Name} {one.Probability * 100,6:0.00} %")]);
        table.Write(Terminal.Output);
    }

    private static JsonObject Document(FilePredictions predictions, int shown) => new()
    {
        ["independent"] = predictions.IsIndependent,
        ["predictions"] = new JsonArray([.. predictions.Answers.Select(answer => new JsonObject
        {
            ["image"] = answer.Path,
            ["class"] = answer.Prediction.ClassName,
            ["probability"] = Terminal.Number(answer.Prediction.Probability),
            ["top"] = new JsonArray([.. answer.Prediction.Top(shown).Select(one => new JsonObject { ["class"] = one.Name, ["label"] = one.Class, ["probability"] = Terminal.Number(one.Probability) })]),
        })]),
        ["errors"] = new JsonArray([.. predictions.Failures.Select(failure => new JsonObject { ["image"] = failure.Path, ["message"] = failure.Message })]),
    };

    private int Detect(Detector detector, string[] paths, ParseResult parse)
    {
        foreach (var option in (Option[])[invert, resize, fit, classes, top, calibrated, views, input, output])
            if (parse.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} is for models that tell what a whole image shows, and this is a detector: leave "
                    + $"it out.");
        if (parse.GetValue(masks) is not null)
            throw new UsageException("--masks is the folder for masks, and this is a detector, which finds boxes: leave it out. --draw "
                + "FOLDER draws them.");
        var least = parse.GetValue(leastScore) is not { } text ? 0.3
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) ? score
            : throw new UsageException($"--least-score is a number from 0 to 1: received '{text}'.");
        var folder = parse.GetValue(draw);
        var found = DetectionPredictions.Of(new(detector, paths) { LeastScore = least, Draw = folder },
            device.Context(parse, Terminal));
        if (Terminal.IsJson) Terminal.Write(DetectionText.Document(found));
        else DetectionText.Write(Terminal, found);
        foreach (var (_, message) in found.Failures)
            Terminal.Complain(message);
        if (folder is not null && found.Answers.Count > 0)
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(folder))}: {found.Answers.Count:N0} pictures with their boxes, "
                + $"and a page");
        if (parse.GetValue(csv) is { } file)
        {
            found.WriteCsv(file);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(file))}: {found.Answers.Sum(one => one.Boxes.Count):N0} boxes");
        }
        return found.Failures.Count == 0 ? 0 : Failure.Failed;
    }
}
