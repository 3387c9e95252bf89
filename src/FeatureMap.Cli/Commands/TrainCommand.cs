using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>train</c>: trains a recipe into a run folder, or goes on with a run.</summary>
internal sealed class TrainCommand : ToolCommand
{
    private readonly Argument<string?> recipe = new("recipe")
    {
        Description = $"A recipe of 'featuremap recipes', or the folder, archive "
        + $"or table (.csv) of the data; '{Zoo.Recipes.DefaultName}' where it is left out",
        Arity = ArgumentArity.ZeroOrOne
    };
    private readonly Option<string?> format = new("--format")
    {
        Description = "For boxes: which annotations are read where there are several, coco, voc, yolo or csv",
        HelpName = "FORMAT"
    };
    private readonly Option<string?> firstPixel = new("--first-pixel")
    {
        Description = "For boxes of VOC and CSV: the number of the first pixel in corners, 1 or 0; told by the boxes where left out",
        HelpName = "N"
    };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string?> epochs = new("--epochs") { Description = "Passes over the training images", HelpName = "N" };
    private readonly Option<string?> seed = new("--seed")
    {
        Description = "Decides weights, order and augmentation: same seed, same bits",
        HelpName = "S"
    };
    private readonly Option<string?> threads = ThreadsOption();
    private readonly Option<string?> root = new("--out")
    {
        Description = "Folder of all runs; 'runs' where it is left out",
        HelpName = "DIR"
    };
    private readonly Option<string[]> set = SetOption();
    private readonly ImageOptions images = new();
    private readonly Option<string?> resume = new("--resume")
    {
        Description = "Go on with a run that was stopped, as if it had not been",
        HelpName = "RUN"
    };
    private readonly Option<string?> from = new("--from") { Description = "Begin with pretrained weights, and fit them to the classes of the data: an .onnx, .pth or safetensors file, a run, or a name such as resnet-18", HelpName = "WEIGHTS" };
    private readonly Option<string?> preparation = new("--preparation") { Description = "How pictures were prepared for these weights, where their file does not say it: imagenet, unit, signed, or rgb or bgr with a mean", HelpName = "HOW" };
    private readonly Option<bool> headOnly = new("--head-only") { Description = "With --from: only the new head learns, in seconds; the body stays as it is" };
    private readonly DeviceOptions device;
    private readonly Option<string?> lanes = LanesOption();
    private readonly Option<bool> overfit = new("--overfit") { Description = "Only check that the network can learn one batch by heart; writes no run" };
    private readonly Option<bool> estimate = new("--estimate")
    {
        Description = "Only do ten steps, and say how long the training will take and how much memory it needs; writes no run",
    };
    private readonly Option<bool> noLint = new("--no-lint")
    {
        Description = "Train whatever the linter says; otherwise its errors refuse "
        + "the training"
    };
    private readonly Option<string?> patience = RankProgram.PatienceOption();
    private readonly Option<bool> noReport = new("--no-report") { Description = "Do not write report.html at the end" };

    public TrainCommand(Terminal terminal)
        : base(
            terminal, "train", "Train a recipe, or go on with a run",
            "featuremap train",
            "featuremap train mnist-20k --epochs 5 --set learning-rate=0.05 --seed 1",
            "featuremap train mnist-20k --data photos.zip --image-size 32",
            "featuremap train photos/ --from resnet-18",
            "featuremap train labels.csv --images photos/",
            "featuremap train bccd.zip --epochs 60",
            "featuremap train photos/ --from body.onnx --preparation imagenet --head-only",
            "featuremap train cifar10 --set batch-size=64 --threads 2 --estimate",
            "featuremap train --resume runs/mnist-20k-20260131-120000",
            "mpirun -n 4 featuremap train cifar10 --threads 2")
    {
        Options.Add(format);
        Options.Add(firstPixel);
        Arguments.Add(recipe);
        foreach (var option in (Option[])[from, preparation, headOnly, data, epochs, seed, threads, root, set, resume, lanes, noLint,
            noReport, patience, overfit, estimate])
            Options.Add(option);
        images.AddTo(this);
        device = new DeviceOptions(terminal.Tool);
        device.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        // Before anything in which ranks could differ.
        var shared = Terminal.Ranks?.Share(new TrainArguments { Resume = parse.GetValue(resume), Out = parse.GetValue(root) });
        if (Terminal.Ranks is not null && shared is null) return 0;
        var assignments = parse.GetValue(set)!.Select(Assignment).ToList();
        foreach (var (key, option) in new[] { ("epochs", epochs), ("seed", seed), ("threads", threads), ("from", from), ("preparation",
            preparation), ("box-format", format), ("first-pixel", firstPixel) })
            if (parse.GetValue(option) is { } value)
                assignments.Add((key, value));
        if (parse.GetValue(headOnly)) assignments.Add(("head-only", "yes"));
        assignments.AddRange(images.Assignments(parse));
        _ = Whole(parse, patience);
        var arguments = new TrainArguments
        {
            Recipe = parse.GetValue(recipe),
            Resume = shared is null ? parse.GetValue(resume) : shared.Resume,
            Out = shared is null ? parse.GetValue(root) : shared.Out,
            Lanes = LaneOption.Parse(parse.GetValue(lanes), Terminal),
            NoReport = parse.GetValue(noReport) || shared is { NoReport: true },
            NoLint = parse.GetValue(noLint),
            Data = parse.GetValue(data)!,
            Assignments = assignments,
        };
        foreach (var alone in (Option<bool>[])[overfit, estimate])
            if (Terminal.Ranks is not null && parse.GetValue(alone))
                throw new UsageException($"{alone.Name} is the work of one process: start it without mpirun.");
        if (parse.GetValue(overfit) && parse.GetValue(estimate))
            throw new UsageException("--overfit and --estimate are two works: leave one of them out.");
        var context = device.Context(parse, Terminal);
        var request = TrainRequest.From(arguments, context);
        if (parse.GetValue(estimate)) return new TimeTrialDisplay(Terminal).Run(request, context);
        if (!parse.GetValue(overfit)) return Train(request, context);
        return request.Resumed is null ? Overfit(request, context)
            : throw new UsageException("--overfit checks a new network and cannot go on with a run: leave --resume out.");
    }

    private int Train(TrainRequest request, WorkContext context)
    {
        if (Terminal.Ranks is { IsFirst: false })
        {
            _ = new TrainWork(request, context).Run();
            return 0;
        }
        var display = new TrainDisplay(Terminal, request, context.Device);
        TrainOutcome outcome;
        try
        {
            outcome = new TrainWork(request, context, display).Run();
        }
        catch (Exception error) when (display.HasBegun && error is DataException or IOException or UnauthorizedAccessException)
        {
            var code = Failure.Report(error, Terminal);
            display.WriteFailed();
            return Terminal.Ranks is null ? code : throw new ReportedException(code);
        }
        if (outcome.Run is null)
        {
            display.WriteComplete(outcome);
            if (Terminal.IsJson) Terminal.Write(TrainDocument.Of(outcome));
            return 0;
        }
        if (Terminal.IsJson) Terminal.Write(TrainDocument.Of(outcome));
        if (outcome.IsComplete && request.IsDetection) display.WriteDetectorEnd(outcome.Run, outcome.HasReport);
        else if (outcome.IsComplete) display.WriteEnd(outcome.Run, outcome.HasReport);
        else display.WriteStopped();
        return outcome.IsComplete ? 0 : Failure.Failed;
    }

    private int Overfit(TrainRequest request, WorkContext context)
    {
        var (result, data) = OverfitWork.Run(request, context);
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["recipe"] = request.Recipe.Name,
                ["images"] = result.Images,
                ["steps"] = result.Steps,
                ["firstLoss"] = Terminal.Number(result.FirstLoss),
                ["lastLoss"] = Terminal.Number(result.LastLoss),
                ["accuracy"] = Terminal.Number(result.Accuracy),
                ["passed"] = result.Passed,
            });
        }
        Terminal.Prose.WriteLine($"{request.Recipe.Name}: {result.Images} images of {data}, {result.Steps} steps: loss "
            + $"{result.FirstLoss:0.000} -> {result.LastLoss:0.0000}"
            + (double.IsNaN(result.Accuracy) ? "" : $", {result.Accuracy:P1} of them right"));
        if (result.Passed)
        {
            Terminal.Prose.WriteLine("The network can learn: it knows the batch by heart. Train it on all images.");
            return 0;
        }
        throw new TrainingException("The network did not learn one batch by heart, so longer training will not help. Look at the learning "
            + "rate (featuremap lr-find), at the labels (featuremap data preview), at activations before the loss, and at dropout "
            + "or narrow layers that hide what must be told apart.");
    }
}
