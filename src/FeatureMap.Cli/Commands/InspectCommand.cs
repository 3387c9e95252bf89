using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>inspect</c>: what a trained network looks at, as a table of its layers and a page of pictures.</summary>
internal sealed class InspectCommand : ToolCommand
{
    private readonly Argument<string> source = new("run") { Description = "A finished run, a model.safetensors with its network.json beside it, or an ONNX file" };
    private readonly Argument<string[]> images = new("image") { Description = "PNG, JPEG or BMP files; without any, mistakes and right answers of the validation images are chosen", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> layer = new("--layer") { Description = "The layer of Grad-CAM and of the favourite images; the last one with a plane where it is left out", HelpName = "NAME" };
    private readonly Option<string?> classOption = new("--class") { Description = "The class, by name or number, that the maps ask about; by default the one that the network sees", HelpName = "CLASS" };
    private readonly Option<string?> dataset = new("--dataset") { Description = "For a model file: the name of the data set, unless --data is the data themselves", HelpName = "NAME" };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<bool> resize = new("--resize") { Description = "Scale images of another size than the network takes" };
    private readonly Option<bool> invert = new("--invert") { Description = "Exchange dark and light in the image files" };
    private readonly Option<string?> outPath = new("--out") { Description = $"The page, or a folder for {ModelInspection.PageName}; by default the folder of the run, or this one", HelpName = "PATH" };

    private readonly Option<string?> input = OnnxOptions.InputOption(" and whose images do not tell it"), output = OnnxOptions.OutputOption();

    public InspectCommand(Terminal terminal)
        : base(
            terminal, "inspect", "Look into a trained network: dead units, Grad-CAM, saliency, occlusion, receptive fields, kernels",
            "featuremap inspect runs/mnist-20k-20260131-120000",
            "featuremap inspect runs/mnist-20k-20260131-120000 seven.png --class 1 --layer relu3",
            "featuremap inspect digits.onnx --dataset mnist --out digits.html")
    {
        Arguments.Add(source);
        Arguments.Add(images);
        foreach (var option in (Option[])[layer, classOption, dataset, data, resize, invert, outPath, input, output])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var (inspection, page) = ModelInspection.Write(
            new InspectRequest(parse.GetValue(source)!)
            {
                Images = parse.GetValue(images)!,
                Layer = parse.GetValue(layer),
                Class = parse.GetValue(classOption),
                Dataset = parse.GetValue(dataset),
                Data = parse.GetValue(data)!,
                Resize = parse.GetValue(resize),
                Invert = parse.GetValue(invert),
                Out = parse.GetValue(outPath),
                Onnx = OnnxOptions.Of(parse, input, output, Terminal),
                Command = Typed(parse),
            },
            Terminal.Context);
        if (Terminal.IsJson) Terminal.Write(Document(inspection, page));
        else Write(inspection, page);
        return 0;
    }

    // A page that is mailed names no place of this machine: of files and folders the name alone.
    private static string Typed(ParseResult parse) => "featuremap " + string.Join(' ', parse.Tokens.Select(token =>
        ShellWord.Of(Path.IsPathFullyQualified(token.Value) ? RunInput.NameOf(token.Value) : token.Value)));

    private void Write(Inspection inspection, string page)
    {
        var layers = new TextTable("layer", "op", "output", "mean", "deviation", "zeros", "dead units", "dead channels").AlignRight(3, 4, 5, 6);
        foreach (var row in inspection.Activations.Layers)
        {
            layers.Add(
                row.Layer.Name, row.Layer.Op?.Name ?? "Input", row.Layer.Output.ToString(), $"{row.Mean:G3}", $"{row.Deviation:G3}", $"{row.ZeroShare * 100:0.0} %",
                row.DeadUnits == 0 ? "" : $"{row.DeadUnitShare * 100:0.0} %", row.DeadChannels == 0 ? "" : $"{row.DeadChannels} of "
                    + $"{row.Layer.Output.Channels}");
        }
        layers.Write(Terminal.Output);
        Terminal.Output.WriteLine($"Measured on {inspection.Activations.Images:N0} images.");
        Terminal.Output.WriteLine();
        if (inspection.Images.Any(image => image.Prediction is not null))
        {
            var answers = new TextTable("image", "is", "the network says", $"Grad-CAM looks at");
            foreach (var (image, prediction, maps) in inspection.Images)
                answers.Add(image.Name, image.Label is { } label ? prediction!.NameOf(label) : "", $"{prediction}", maps.FirstOrDefault(map => map.Kind == "Grad-CAM") is { } map ? Where(map.Map) : "");
            answers.Write(Terminal.Output);
            Terminal.Output.WriteLine();
        }
        foreach (var sentence in inspection.LeftOut)
            Terminal.Output.WriteLine($"Left out: {sentence}");
        Terminal.Output.WriteLine($"Written: {Terminal.Shown(page)}");
    }

    private static string Where(Heatmap map) => map.Largest > 0 ? $"row {map.Peak.Row}, column {map.Peak.Column}" : "nothing";

    private static JsonObject Document(Inspection inspection, string page) => new()
    {
        ["page"] = page,
        ["gradCamLayer"] = inspection.Layer?.Name,
        ["measuredImages"] = inspection.Activations.Images,
        ["layers"] = new JsonArray([.. inspection.Activations.Layers.Select(row => new JsonObject
        {
            ["name"] = row.Layer.Name,
            ["op"] = row.Layer.Op?.Name ?? "Input",
            ["output"] = row.Layer.Output.ToString(),
            ["mean"] = Terminal.Number(row.Mean),
            ["deviation"] = Terminal.Number(row.Deviation),
            ["zeroShare"] = Terminal.Number(row.ZeroShare),
            ["deadUnits"] = row.DeadUnits,
            ["deadChannels"] = row.DeadChannels,
            ["channels"] = row.Layer.Output.Channels,
        })]),
        ["images"] = new JsonArray([.. inspection.Images.Select(image => new JsonObject
        {
            ["name"] = image.Image.Name,
            ["label"] = image.Image.Label,
            ["class"] = image.Prediction?.Class,
            ["className"] = image.Prediction?.ClassName,
            ["probability"] = Terminal.Number(image.Prediction?.Probability),
            ["maps"] = new JsonArray([.. image.Maps.Select(map => new JsonObject
            {
                ["kind"] = map.Kind,
                ["class"] = map.ClassIndex,
                ["largest"] = Terminal.Number(map.Map.Largest),
                ["row"] = map.Map.Peak.Row,
                ["column"] = map.Map.Peak.Column,
            })]),
        })]),
        ["leftOut"] = new JsonArray([.. inspection.LeftOut.Select(sentence => JsonValue.Create(sentence))]),
    };
}
