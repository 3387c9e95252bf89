using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>slim</c>: the equivalent network without the weights that can never matter.</summary>
internal sealed class SlimCommand : ToolCommand
{
    private readonly Argument<string> source = new("network") { Description = "A recipe, an architecture, a network.json, a model.safetensors, an ONNX file or a finished run" };
    private readonly Option<string?> output = new("--out") { Description = "Folder for network.json and, where there are weights, model.safetensors; NAME-slim where it is left out", HelpName = "DIR" };

    private readonly Option<string?> input = OnnxOptions.InputOption(), chosen = OnnxOptions.OutputOption();

    public SlimCommand(Terminal terminal)
        : base(
            terminal, "slim", "Write the equivalent network without dead weights: kernels lose the rows and columns that only ever meet padding",
            "featuremap slim passthrough-13", "featuremap slim runs/passthrough-13-20260131-120000 --out slim")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[output, input, chosen])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var slimmed = SlimmedNetwork.Write(parse.GetValue(source)!, parse.GetValue(output), OnnxOptions.Of(parse, input, chosen, Terminal));
        if (Terminal.IsJson) Terminal.Write(Document(slimmed));
        else if (slimmed.Folder is null)
            Terminal.Output.WriteLine($"{slimmed.Name} has no dead weights: every tap of every convolution meets a pixel. "
                + "Nothing was written.");
        else Write(slimmed, slimmed.Folder);
        if (slimmed.IsEqual) return 0;
        Terminal.Complain($"The slim network computes something else: the outputs differ by {slimmed.Difference:0.0e+0} of the "
            + "largest. Please report it with the network.json.");
        return Failure.Failed;
    }

    private void Write(SlimmedNetwork slimmed, string folder)
    {
        var (network, slim) = (slimmed.Whole, slimmed.Slim);
        var table = new TextTable("", "whole", "slim");
        table.Add("parameters", Count(network.TrainableCount + network.FixedCount), Count(slim.TrainableCount + slim.FixedCount));
        table.Add("multiply-adds per image", Count(network.MultiplyAdds), Count(slim.MultiplyAdds));
        Terminal.Output.WriteLine(slimmed.Name);
        Terminal.Output.WriteLine();
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"{SlimmedNetwork.Images} random images give the same outputs: they differ by at most "
            + $"{slimmed.Difference:0.0e+0} of the largest, which is rounding.");
        Terminal.Output.WriteLine($"Written   {Terminal.Shown(folder)}: network.json{(slimmed.HasWeights ? " and model.safetensors" : "")}");
        Terminal.Output.WriteLine($"Train it  featuremap train --set network={Terminal.Shown(folder)}/network.json");
    }

    private static JsonObject Document(SlimmedNetwork slimmed) => new()
    {
        ["parameters"] = slimmed.Whole.TrainableCount + slimmed.Whole.FixedCount,
        ["slimParameters"] = slimmed.Slim.TrainableCount + slimmed.Slim.FixedCount,
        ["dead"] = slimmed.Whole.TrainableCount - slimmed.Slim.TrainableCount,
        ["multiplyAdds"] = slimmed.Whole.MultiplyAdds,
        ["slimMultiplyAdds"] = slimmed.Slim.MultiplyAdds,
        ["folder"] = slimmed.Folder,
        ["largestDifference"] = slimmed.Difference is { } value ? Terminal.Number(value) : null,
    };

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
