using System.CommandLine;
using FeatureMap.Analysis;
using FeatureMap.Models;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>evaluate</c>: a finished run on the validation images of its data set, or a model file on those of any.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private readonly Argument<string> run = new("run") { Description = "The folder of a finished run, a model.safetensors with its network.json beside it, or an ONNX file" };
    private readonly Option<string?> dataset = new("--dataset") { Description = "For a model file: the name of the data set, unless --data is the data themselves", HelpName = "NAME" };
    private readonly Option<string[]> data = DataOption();
    private readonly ImageOptions labels = new("task", "image-folder", "file-column", "label-column", "label-separator",
        "label-names", "number-column", "mask-classes", "mask-ignore",
        "mask-colours");
    private readonly DeviceOptions device;
    private readonly Option<string?> threads = ThreadsOption(), lanes = LanesOption(), views = ViewsOption.Create();
    private readonly Option<string?> input = OnnxOptions.InputOption(" and whose data do not tell it"), output = OnnxOptions.OutputOption();
    private readonly Option<string?> csv = new("--csv")
    {
        Description = "Write a table of comma-separated values as well: a line for each image with its file, class, answer and probability",
        HelpName = "FILE",
    };

    private readonly Option<string?> html = new("--html")
    {
        Description = "Write a page as well: classes, curves, calibration, confusions and the worst mistakes",
        HelpName = "FILE",
    };

    private readonly Option<bool> calibrate = new("--calibrate")
    {
        Description = "Measure on these images by how much scores must be divided so that probabilities are as sure as right, and keep it "
            + "in the model",
    };

    private readonly Option<bool> calibrated = CalibratedOption();
    private readonly Option<string?> part = new("--part")
    {
        Description = "For a detector: the pictures to judge by, train, validation or test; validation where it is left out",
        HelpName = "PART",
    };

    public EvaluateCommand(Terminal terminal)
        : base(terminal, "evaluate", "Judge a finished run or a model file on the validation images",
            "featuremap evaluate runs/mnist-20k-20260131-120000",
            "featuremap evaluate runs/cifar10-20260131-120000 --views mirror",
            "featuremap evaluate digits.onnx --dataset mnist",
            "featuremap evaluate runs/flowers-20260131-120000 --data labels.csv --images photos/",
            "featuremap evaluate runs/flowers-20260131-120000 --csv answers.csv --html judged.html",
            "featuremap evaluate runs/bccd-20260131-120000 --part test --html cells.html")
    {
        Arguments.Add(run);
        foreach (var option in (Option[])[dataset, data, part, csv, html, calibrate, calibrated, views, threads, lanes, input, output])
            Options.Add(option);
        labels.AddTo(this);
        device = new DeviceOptions(terminal.Tool);
        device.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        if (DetectorInput.Find(parse.GetValue(run)!, Terminal.Context.Registry) is { } detector) return Detection(detector, parse);
        if (parse.GetValue(part) is not null)
            throw new UsageException("--part is for detectors; other models are judged on the validation images: leave it out.");
        var seen = ViewsOption.Parse(parse.GetValue(views));
        var evaluation = Evaluation.Run(
            new EvaluationRequest(parse.GetValue(run)!)
            {
                Dataset = parse.GetValue(dataset),
                Data = parse.GetValue(data)!,
                Table = labels.Read(parse),
                Views = seen,
                Lanes = LaneOption.Parse(parse.GetValue(lanes), Terminal),
                Threads = parse.GetValue(threads) is { } number ? new TrainingOptions().With("threads", number).Threads : null,
                Onnx = OnnxOptions.Of(parse, input, output, Terminal),
                Calibrates = parse.GetValue(calibrate),
                IsCalibrated = parse.GetValue(calibrated),
            },
            device.Context(parse, Terminal));
        var name = seen == TestTimeViews.One ? evaluation.Name : $"{evaluation.Name}, views: {ViewsOption.Shown(seen)}";
        if (Terminal.IsJson) Terminal.Write(EvaluationDocument.Of(evaluation, seen));
        else new EvaluationText(Terminal, evaluation).Write(name);
        if (parse.GetValue(csv) is { } table)
        {
            EvaluationTable.Write(evaluation, table);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(table))}: {evaluation.Data.Validation.Count:N0} images");
        }
        if (parse.GetValue(html) is { } page)
        {
            EvaluationPage.Write(evaluation, page);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(page))}: the page");
        }
        return 0;
    }

    private int Detection(Detector detector, ParseResult parse)
    {
        foreach (var option in (Option[])[dataset, lanes, input, output])
            if (parse.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} has no effect on a detector: leave it out.");
        if (labels.Assignments(parse).FirstOrDefault().Key is { } label)
            throw new UsageException($"--{label} is for classes and masks, and this is a detector: leave it out.");
        var request = new EvaluationRequest(parse.GetValue(run)!)
        {
            Data = parse.GetValue(data)!,
            Views = ViewsOption.Parse(parse.GetValue(views)),
            Threads = parse.GetValue(threads) is { } number ? new TrainingOptions().With("threads", number).Threads : null,
            Calibrates = parse.GetValue(calibrate),
            IsCalibrated = parse.GetValue(calibrated),
            Part = parse.GetValue(part),
        };
        var evaluation = DetectionEvaluation.Run(detector, request, device.Context(parse, Terminal));
        if (Terminal.IsJson) Terminal.Write(DetectionText.Document(evaluation));
        else DetectionText.Write(Terminal, evaluation);
        if (parse.GetValue(csv) is { } table)
        {
            evaluation.WriteCsv(table);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(table))}: {evaluation.Found.Sum(boxes => boxes.Count):N0} boxes");
        }
        if (parse.GetValue(html) is { } page)
        {
            evaluation.WritePage(page);
            Terminal.Prose.WriteLine($"{Terminal.Shown(Path.GetFullPath(page))}: the page");
        }
        return 0;
    }
}
