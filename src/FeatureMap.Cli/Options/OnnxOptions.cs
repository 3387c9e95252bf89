using System.CommandLine;
using System.Globalization;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>The options for what an ONNX file may leave open.</summary>
internal static class OnnxOptions
{
    public const string InputName = "--input", OutputName = "--output";

    public static Option<string?> InputOption(string more = "") =>
        new(InputName) { Description = $"For an ONNX file that leaves it open{more}: the shape of an image, channels first", HelpName = "CxHxW" };

    public static Option<string?> OutputOption() =>
        new(OutputName)
        {
            Description = "For an ONNX file with several outputs: the name of the one that the network ends in, or all for "
            + "all of them in one row",
            HelpName = "NAME"
        };

    public static OnnxChoice Of(ParseResult parse, Option<string?>? input, Option<string?> output, Terminal terminal) =>
        new(input is null ? null : ShapeOf(parse.GetValue(input)), parse.GetValue(output), terminal.Notice);

    public static Shape? ShapeOf(string? text)
    {
        if (text is null) return null;
        var sizes = text.Split('x', 'X').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0).ToArray();
        return sizes.Length == 3 && sizes.All(size => size > 0)
            ? new Shape(sizes[0], sizes[1], sizes[2])
            : throw new UsageException($"{InputName} is the shape of an image, channels x height x width, such as 3x224x224: "
            + $"received '{text}'.");
    }
}
