using System.CommandLine;
using System.Globalization;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Cli;

/// <summary>
/// What an ONNX file may leave open: the shape of its images and, where it has several outputs, which of them the network ends in.
/// </summary>
/// <param name="Input">The shape of an image; null where the file states it.</param>
/// <param name="Output">The name of an output; null where there is one.</param>
/// <param name="Notice">Shows what a user should know about the file.</param>
internal sealed record OnnxChoice(Shape? Input = null, string? Output = null, Action<string>? Notice = null)
{
    public const string InputName = "--input", OutputName = "--output";

    public static Option<string?> InputOption(string more = "") =>
        new(InputName) { Description = $"For an ONNX file that leaves it open{more}: the shape of an image, channels first", HelpName = "CxHxW" };

    public static Option<string?> OutputOption() =>
        new(OutputName) { Description = "For an ONNX file with several outputs: the name of the one that the network ends in", HelpName = "NAME" };

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

    /// <summary>
    /// The model of a file. Where the file leaves the shape open and nobody gave it, it is asked for: what is to be computed tells it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">The shape of the images at hand, given the number of channels that the file states; null where there are
    /// none.</param>
    public Model Load(string path, Func<int?, Shape?>? shape = null)
    {
        if (Input is not null && Output is not null) return OnnxFile.Load(path, Input, Output, Notice);
        var about = OnnxFile.Describe(path);
        var open = Input is null ? about.Inputs.FirstOrDefault(port => port.IsOpen) : null;
        if (open is not null && shape?.Invoke(open.Channels) is { } found) return (this with { Input = found }).Load(path);
        var hint = Output is null && about.Outputs.Count > 1 ? $"{OutputName} {about.Outputs[0].Name}"
            : open is not null ? $"{InputName} {open.Channels ?? 3}x224x224"
            : null;
        try
        {
            return OnnxFile.Load(path, Input, Output, Notice);
        }
        catch (DataException error) when (hint is not null)
        {
            throw new DataException($"{error.Message} On the command line: {hint}.", error);
        }
    }

    /// <summary>Refuses a choice for what is no ONNX file.</summary>
    public void MustBeEmpty(string text)
    {
        if (Output is not null)
            throw new UsageException($"{OutputName} chooses among the outputs of an ONNX file, and {text} is none: leave it out.");
        if (Input is not null)
            throw new UsageException($"{InputName} is the shape of an image for an ONNX file that leaves it open, and {text} is none: "
                + "leave it out.");
    }
}
