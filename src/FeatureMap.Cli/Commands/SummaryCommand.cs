using System.CommandLine;
using System.Globalization;
using FeatureMap.Analysis;

namespace FeatureMap.Cli;

/// <summary><c>summary</c>: a network layer by layer.</summary>
internal sealed class SummaryCommand : ToolCommand
{
    private readonly Argument<string> source = new("network") { Description = "A recipe, an architecture, a network.json, a model.safetensors, an ONNX file or a run folder" };
    private readonly Option<string?> batch = new("--batch") { Description = "Images that the memory is computed for; 128 where it is left out", HelpName = "N" };

    private readonly Option<string?> input = new("--input") { Description = "Shape of an image for a recipe or architecture, channels first; its own where it is left out", HelpName = "CxHxW" };
    private readonly Option<string?> classes = new("--classes") { Description = "Scores that a recipe or architecture gives; as many as its data have where it is left out", HelpName = "N" };

    public SummaryCommand(Terminal terminal)
        : base(terminal, "summary", "Show a network layer by layer: shapes, parameters, MACs, memory, receptive field", "featuremap summary mnist-20k", "featuremap summary resnet-50 --input 3x64x64 --classes 200", "featuremap summary runs/mnist-20k-20260131-120000 --json")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[batch, input, classes])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var images = 128;
        if (parse.GetValue(batch) is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out images) || images < 1))
            throw new UsageException($"--batch is a whole number of at least 1: received '{text}'.");
        var (name, network) = RunInput.Network(parse.GetValue(source)!, ShapeOf(parse.GetValue(input)), Count(parse.GetValue(classes)));
        var summary = NetworkSummary.Of(network, images);
        if (Terminal.IsJson)
        {
            Terminal.WriteDocument(summary.ToJson());
            return 0;
        }
        Terminal.Output.WriteLine(name);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine(summary);
        return 0;
    }

    private static Shape? ShapeOf(string? text)
    {
        if (text is null) return null;
        var sizes = text.Split('x', 'X').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0).ToArray();
        return sizes.Length == 3 && sizes.All(size => size > 0)
            ? new Shape(sizes[0], sizes[1], sizes[2])
            : throw new UsageException($"--input is the shape of an image, channels x height x width, such as 3x224x224: received '{text}'.");
    }

    private static int? Count(string? text) => text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 ? count
        : throw new UsageException($"--classes is a whole number of at least 1: received '{text}'.");
}
