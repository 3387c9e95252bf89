using System.CommandLine;
using System.Globalization;
using FeatureMap.Analysis;

namespace FeatureMap.Cli;

/// <summary><c>summary</c>: a network layer by layer.</summary>
internal sealed class SummaryCommand : ToolCommand
{
    private readonly Argument<string> source = new("network") { Description = "A recipe, a network.json, a model.safetensors, an ONNX file or a run folder" };
    private readonly Option<string?> batch = new("--batch") { Description = "Images that the memory is computed for; 128 where it is left out", HelpName = "N" };

    public SummaryCommand(Terminal terminal)
        : base(terminal, "summary", "Show a network layer by layer: shapes, parameters, MACs, memory, receptive field", "featuremap summary mnist-20k", "featuremap summary runs/mnist-20k-20260131-120000 --json")
    {
        Arguments.Add(source);
        Options.Add(batch);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var images = 128;
        if (parse.GetValue(batch) is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out images) || images < 1))
            throw new UsageException($"--batch is a whole number of at least 1: received '{text}'.");
        var (name, network) = RunInput.Network(parse.GetValue(source)!);
        var summary = NetworkSummary.Of(network, images);
        if (Terminal.IsJson)
        {
            Terminal.Output.WriteLine(summary.ToJson());
            return 0;
        }
        Terminal.Output.WriteLine(name);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine(summary);
        return 0;
    }
}
