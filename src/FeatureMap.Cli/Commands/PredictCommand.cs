using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>predict</c>: what a model sees in image files.</summary>
internal sealed class PredictCommand : ToolCommand
{
    private readonly Argument<string> source = new("run") { Description = "A finished run, a model.safetensors with its network.json beside it, or an ONNX file; or an architecture with --weights" };
    private readonly Argument<string[]> images = new("image") { Description = "PNG, JPEG or BMP files", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> invert = new("--invert") { Description = "Exchange dark and light: for dark ink on light paper, as the digits of MNIST are light on dark" };
    private readonly Option<bool> resize = new("--resize") { Description = "Scale images of another size than the network takes" };
    private readonly Option<string?> top = new("--top") { Description = "How many classes to show per image; 3 where it is left out", HelpName = "K" };

    private readonly Option<string?> weights = WeightsOption(), views = ViewsOption.Create();
    private readonly Option<string?> input = OnnxOptions.InputOption(" and other images than the first "
        + "are to tell it"), output = OnnxOptions.OutputOption();

    public PredictCommand(Terminal terminal)
        : base(
            terminal, "predict", "Tell what images show",
            "featuremap predict runs/mnist-20k-20260131-120000 seven.png",
            "featuremap predict runs/mnist-20k-20260131-120000 photo.jpg --resize --invert")
    {
        Arguments.Add(source);
        Arguments.Add(images);
        foreach (var option in (Option[])[invert, resize, top, views, weights, input, output])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var shown = (int)(Whole(parse, top) ?? 3);
        var predictions = FilePredictions.Of(
            new PredictRequest(parse.GetValue(source)!, parse.GetValue(images)!)
            {
                Invert = parse.GetValue(invert),
                Resize = parse.GetValue(resize),
                Views = ViewsOption.Parse(parse.GetValue(views)),
                Weights = parse.GetValue(weights),
                Onnx = OnnxOptions.Of(parse, input, output, Terminal),
            },
            Terminal.Context);
        if (Terminal.IsJson) Terminal.Write(Document(predictions, shown));
        else Write(predictions, shown);
        return 0;
    }

    private void Write(FilePredictions predictions, int shown)
    {
        var table = new TextTable();
        foreach (var (path, prediction) in predictions.Answers)
            table.Add([path, .. prediction.Top(shown).Select(one => $"{one.Name} {one.Probability * 100,6:0.00} %")]);
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
    };
}
