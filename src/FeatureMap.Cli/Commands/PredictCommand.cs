using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

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
    private readonly Option<string?> input = OnnxChoice.InputOption(" and other images than the first "
        + "are to tell it"), output = OnnxChoice.OutputOption();

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
        var seen = ViewsOption.Parse(parse.GetValue(views));
        var model = TestTimeAugmentation.Apply(RunInput.Model(parse.GetValue(source)!, parse.GetValue(weights), OnnxChoice.Of(parse, input, output, Terminal), channels => ShapeOf(parse.GetValue(images)![0], channels)), seen);
        if (model.Network.Output == Shape.Vector(1) && model.Network.OutputValues == OutputValues.Scores)
            throw new ShapeException("The network gives one number per image, which is no choice between classes: a softmax over it is "
                + "always 100 %. A network that ends in a sigmoid gives a probability.");
        // All images are read before anything is said, so that a wrong name is not found at the end of a long list.
        var read = parse.GetValue(images)!.Select(path => (Path: path, Pixels: Read(model, path, parse.GetValue(resize), parse.GetValue(invert)))).ToList();
        using var session = new ModelSession(model);
        var answers = read.Select(image => (image.Path, Prediction: session.Predict(image.Pixels))).ToList();
        if (answers.FirstOrDefault(answer => double.IsNaN(answer.Prediction.Probability)).Path is { } missing)
            Terminal.Notice($"{missing}: what the network gives is not a number, so nothing can be told. Its weights or its "
                + "normalisation are broken.");
        var isIndependent = model.Network.OutputValues == OutputValues.IndependentProbabilities;
        if (isIndependent) Terminal.Notice("The network ends in a sigmoid: each value is the probability of its own label, and they need "
            + "not add up to 100 %.");
        if (Terminal.IsJson) Terminal.Write(Document(answers, shown, isIndependent));
        else Write(answers, shown);
        return 0;
    }

    /// <summary>The shape of a picture, with so many channels where the file says it.</summary>
    internal static Shape ShapeOf(string path, int? channels) => Picture.Load(path).Shape is var shape ? new Shape(channels ?? shape.Channels, shape.Height, shape.Width) : default;

    private byte[] Read(Model model, string path, bool resize, bool invert)
    {
        var pixels = ImageFile.Load(path, model.Network.Input, resize, out var notice);
        if (notice is not null) Terminal.Notice(notice);
        if (invert)
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)(255 - pixels[i]);
        if (IsLightOnTheEdge(pixels, model.Network.Input) && model.Normalization.Mean.All(mean => mean < 0.4))
            Terminal.Notice($"{path} is light at its edge, and the network learned from images that are dark there.{(invert ? " Is --invert right?" : " Dark ink on light paper needs --invert.")}");
        return pixels;
    }

    private static bool IsLightOnTheEdge(byte[] pixels, Shape shape)
    {
        if (shape.Channels != 1 || shape.Height < 3 || shape.Width < 3) return false;
        long sum = 0, count = 0;
        for (var y = 0; y < shape.Height; y++)
            for (var x = 0; x < shape.Width; x++)
                if (y == 0 || x == 0 || y == shape.Height - 1 || x == shape.Width - 1)
                    (sum, count) = (sum + pixels[(y * shape.Width) + x], count + 1);
        return sum > 128 * count;
    }

    private void Write(List<(string Path, Prediction Prediction)> answers, int shown)
    {
        var table = new TextTable();
        foreach (var (path, prediction) in answers)
            table.Add([path, .. prediction.Top(shown).Select(one => $"{one.Name} {one.Probability * 100,6:0.00} %")]);
        table.Write(Terminal.Output);
    }

    private static JsonObject Document(List<(string Path, Prediction Prediction)> answers, int shown, bool isIndependent) => new()
    {
        ["independent"] = isIndependent,
        ["predictions"] = new JsonArray([.. answers.Select(answer => new JsonObject
        {
            ["image"] = answer.Path,
            ["class"] = answer.Prediction.ClassName,
            ["probability"] = Terminal.Number(answer.Prediction.Probability),
            ["top"] = new JsonArray([.. answer.Prediction.Top(shown).Select(one => new JsonObject { ["class"] = one.Name, ["label"] = one.Class, ["probability"] = Terminal.Number(one.Probability) })]),
        })]),
    };
}
