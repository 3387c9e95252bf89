using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Cli;

/// <summary><c>slim</c>: the equivalent network without the weights that can never matter.</summary>
internal sealed class SlimCommand : ToolCommand
{
    private const int Images = 8;
    private readonly Argument<string> source = new("network") { Description = "A recipe, an architecture, a network.json, a model.safetensors, an ONNX file or a finished run" };
    private readonly Option<string?> output = new("--out") { Description = "Folder for network.json and, where there are weights, model.safetensors; NAME-slim where it is left out", HelpName = "DIR" };

    private readonly Option<string?> input = OnnxChoice.InputOption(), chosen = OnnxChoice.OutputOption();

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
        var (text, choice) = (parse.GetValue(source)!, OnnxChoice.Of(parse, input, chosen, Terminal));
        var (name, network) = RunInput.Network(text, choice: choice);
        var slim = Slimming.Slim(network);
        if (slim == network)
        {
            if (Terminal.IsJson) Terminal.Write(Document(network, slim, null, null));
            else Terminal.Output.WriteLine($"{name} has no dead weights: every tap of every convolution meets a pixel. Nothing was written.");
            return 0;
        }
        var folder = parse.GetValue(output) ?? $"{Path.GetFileNameWithoutExtension(name)}-slim";
        var stored = RunInput.StoredModel(text, choice with { Notice = null });
        var whole = stored?.Weights ?? Weights.Initialize(network, seed: 1);
        var difference = LargestDifference(whole, Slimming.Slim(whole));
        Directory.CreateDirectory(folder);
        if (stored is not null) ModelFile.Save(Slimming.Slim(stored), folder);
        else NetworkFile.Save(Path.Combine(folder, ModelFile.NetworkName), slim);
        if (Terminal.IsJson) Terminal.Write(Document(network, slim, folder, difference));
        else Write(name, network, slim, folder, stored is not null, difference);
        if (difference <= 1e-4) return 0;
        Terminal.Complain($"The slim network computes something else: the outputs differ by {difference:0.0e+0} of the largest. Please "
            + "report it with the network.json.");
        return Failure.Failed;
    }

    // Both networks on the same noise, relative to the largest output.
    private static double LargestDifference(Weights whole, Weights slim)
    {
        var random = new RandomSequence(1, RandomPurpose.Testing);
        Model before = Bare(whole), after = Bare(slim);
        var pixels = new byte[whole.Network.Input.Count];
        double difference = 0, largest = float.Epsilon;
        for (var image = 0; image < Images; image++)
        {
            foreach (ref var pixel in pixels.AsSpan())
                pixel = (byte)random.NextUInt32();
            foreach (var (first, second) in before.Compute(pixels).Zip(after.Compute(pixels)))
                (difference, largest) = (Math.Max(difference, Math.Abs((double)first - second)), Math.Max(largest, Math.Abs(first)));
        }
        return difference / largest;
    }

    private static Model Bare(Weights weights) =>
        new(weights, Normalization.None(weights.Network.Input.Channels), [.. Enumerable.Range(0, weights.Network.Output.Count).Select(i => i.ToString(CultureInfo.InvariantCulture))]);

    private void Write(string name, Network network, Network slim, string folder, bool hasWeights, double difference)
    {
        var table = new TextTable("", "whole", "slim");
        table.Add("parameters", Count(network.TrainableCount + network.FixedCount), Count(slim.TrainableCount + slim.FixedCount));
        table.Add("multiply-adds per image", Count(network.MultiplyAdds), Count(slim.MultiplyAdds));
        Terminal.Output.WriteLine(name);
        Terminal.Output.WriteLine();
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"{Images} random images give the same outputs: they differ by at most {difference:0.0e+0} of the "
            + "largest, which is rounding.");
        Terminal.Output.WriteLine($"Written   {Terminal.Shown(folder)}: network.json{(hasWeights ? " and model.safetensors" : "")}");
        Terminal.Output.WriteLine($"Train it  featuremap train --set network={Terminal.Shown(folder)}/network.json");
    }

    private static JsonObject Document(Network network, Network slim, string? folder, double? difference) => new()
    {
        ["parameters"] = network.TrainableCount + network.FixedCount,
        ["slimParameters"] = slim.TrainableCount + slim.FixedCount,
        ["dead"] = network.TrainableCount - slim.TrainableCount,
        ["multiplyAdds"] = network.MultiplyAdds,
        ["slimMultiplyAdds"] = slim.MultiplyAdds,
        ["folder"] = folder,
        ["largestDifference"] = difference is { } value ? Terminal.Number(value) : null,
    };

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
