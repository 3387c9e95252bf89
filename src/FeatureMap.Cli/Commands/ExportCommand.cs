using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>export</c>: a model as a file that other programs run.</summary>
internal sealed class ExportCommand : ToolCommand
{
    private readonly Argument<string> source = new("run") { Description = "A finished run, or a model.safetensors with its network.json beside it; or an architecture with --weights" };
    private readonly Option<string?> onnx = new("--onnx") { Description = "The ONNX file to write", HelpName = "FILE" };
    private readonly Option<string?> opset = new("--opset") { Description = $"Version of the operator set, {OnnxExportOptions.LowestOpset} to {OnnxExportOptions.HighestOpset}; 17 where it is left out", HelpName = "V" };
    private readonly Option<string[]> input = new("--input")
    {
        Description = "What the file takes: pixels (0 to 255, normalised inside; the default) or normalized; for an ONNX file that leaves it open also the shape of an image, such as 3x224x224",
        HelpName = "KIND",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> output = OnnxOptions.OutputOption();
    private readonly Option<bool> keepBatchNorm = new("--keep-batch-norm") { Description = "Leave batch normalisations operators of their own, for training on elsewhere, instead of folding them into the weights before" };
    private readonly Option<bool> verify = new("--verify") { Description = "Run the file with ONNX Runtime and compare it with the model" };
    private readonly Option<string?> weights = WeightsOption(), views = ViewsOption.Create();
    private readonly Option<bool> calibrated = CalibratedOption();
    private readonly Option<string[]> data = DataOption();

    public ExportCommand(Terminal terminal)
        : base(
            terminal, "export", "Write a trained model as ONNX, for other programs",
            "featuremap export runs/mnist-20k-20260131-120000 --onnx digits.onnx --verify",
            "featuremap export runs/mnist-20k-20260131-120000 --onnx digits.onnx --input normalized --opset 13",
            "featuremap export resnet-18 --weights resnet18.safetensors --onnx resnet18.onnx")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[onnx, opset, input, output, keepBatchNorm, verify, calibrated, views, weights, data])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var path = parse.GetValue(onnx) ?? throw new UsageException("--onnx is missing: the file to write, such as --onnx model.onnx.");
        var words = parse.GetValue(input)!.ToList();
        if (words.Count(IsShape) > 1 || words.Count - words.Count(IsShape) > 1)
            throw new UsageException($"--input is given twice: {string.Join(" and ", words)}.");
        var options = new OnnxExportOptions
        {
            Opset = (int)(Whole(parse, opset, OnnxExportOptions.LowestOpset, OnnxExportOptions.HighestOpset) ?? new OnnxExportOptions().Opset),
            Input = Kind(words.Find(word => !IsShape(word))),
            KeepsBatchNorm = parse.GetValue(keepBatchNorm),
            Name = Path.GetFileNameWithoutExtension(path),
        };
        var request = new ExportRequest(parse.GetValue(source)!, path)
        {
            Options = options,
            Onnx = new OnnxChoice(OnnxOptions.ShapeOf(words.Find(IsShape)), parse.GetValue(output), Terminal.Notice),
            Views = ViewsOption.Parse(parse.GetValue(views)),
            Weights = parse.GetValue(weights),
            IsCalibrated = parse.GetValue(calibrated),
            Verify = parse.GetValue(verify),
            Data = parse.GetValue(data)!,
        };
        if (request.Data.Count > 0 && !request.Verify)
            throw new UsageException("--data names the images that --verify compares on: add --verify, or leave --data out.");
        var export = ModelExport.Write(request, Terminal.Context);
        var check = export.Check;
        if (Terminal.IsJson) Terminal.Write(Document(export));
        else Write(export);
        if (check is { NotFinite: > 0 })
            Terminal.Notice($"{check.NotFinite:N0} outputs are infinite or not a number, in the model and in ONNX Runtime alike: look at "
                + "the network with 'featuremap inspect'.");
        if (check is null or { Passed: true }) return 0;
        Terminal.Complain("ONNX Runtime computes something else than the model: the largest difference is "
            + $"{check.LargestAbsolute:0.0e+0}, relative {check.LargestRelative:0.0e+0}; at most {ExportCheck.AbsoluteTolerance:0e+0} + "
            + $"{ExportCheck.Tolerance:0e+0} x the largest number of an image is rounding. Please report it with the network.json.");
        return Failure.Failed;
    }

    private static bool IsShape(string word) => word.Length > 0 && char.IsAsciiDigit(word[0]);

    private static OnnxInput Kind(string? text) => text switch
    {
        null or "pixels" => OnnxInput.Pixels,
        "normalized" => OnnxInput.Normalized,
        _ => throw new UsageException($"--input is pixels or normalized: received '{text}'.{NearestName.Suggest(text, ["pixels", "normalized"])}"),
    };

    private void Write(ModelExport export)
    {
        var (path, bytes, model, options, check) = export;
        var table = new TextTable();
        table.Add("Written", $"{Terminal.Shown(path)}, {bytes:N0} bytes, operator set {options.Opset}");
        table.Add("Input", $"input: N x {model.Network.Input.Channels} x {model.Network.Input.Height} x {model.Network.Input.Width}, {(options.Input == OnnxInput.Pixels ? "pixels from 0 to 255" : "normalised numbers")}, float32");
        table.Add("Output", $"output: N x {string.Join(" x ", $"{model.Network.Output}".Split('x'))}");
        if (model.Preparation is not NoAugmentation) table.Add("Before", $"the graph begins behind '{model.Preparation}', which the model "
            + "does to an image first: do the same");
        if (check is not null)
        {
            table.Add("Verified", $"{check.RealImages:N0} real and {check.RandomImages:N0} random images, ONNX Runtime "
                + $"{check.RuntimeVersion}");
            table.Add("Difference", $"at most {check.LargestAbsolute:0.0e+0}, relative {check.LargestRelative:0.0e+0}");
        }
        table.Write(Terminal.Output);
    }

    private static JsonObject Document(ModelExport export) => new()
    {
        ["file"] = export.File,
        ["bytes"] = export.Bytes,
        ["opset"] = export.Options.Opset,
        ["input"] = export.Options.Input == OnnxInput.Pixels ? "pixels" : "normalized",
        ["verified"] = export.Check is not { } check ? null : new JsonObject
        {
            ["passed"] = check.Passed,
            ["realImages"] = check.RealImages,
            ["randomImages"] = check.RandomImages,
            ["largestAbsolute"] = Terminal.Number(check.LargestAbsolute),
            ["largestRelative"] = Terminal.Number(check.LargestRelative),
            ["tolerance"] = ExportCheck.Tolerance,
            ["absoluteTolerance"] = ExportCheck.AbsoluteTolerance,
            ["notFinite"] = check.NotFinite,
            ["runtime"] = check.RuntimeVersion,
        },
    };
}
