using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Workbench;

/// <summary>
/// What an ONNX file may leave open: the shape of its images and, where it has several outputs, which of them the network ends in, or all.
/// </summary>
/// <param name="Input">The shape of an image; null where the file states it.</param>
/// <param name="Output">The name of an output; <see cref="All"/> for all of them in one row, unless one has that name; null where there is
/// one.</param>
/// <param name="Notice">Shows what a user should know about the file.</param>
public sealed record OnnxChoice(Shape? Input = null, string? Output = null, Action<string>? Notice = null)
{
    /// <summary>What stands for all outputs.</summary>
    public const string All = "all";

    /// <summary>
    /// The model of a file. Where the file leaves the shape open and nobody gave it, it is asked for: what is to be computed tells it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">The shape of the images at hand, given the number of channels that the file states; null where there are
    /// none.</param>
    /// <exception cref="DataException">The file cannot be read, or what it leaves open is not told.</exception>
    public Model Load(string path, Func<int?, Shape?>? shape = null)
    {
        if (Input is not null && Output is not null) return Read(path);
        var about = OnnxFile.Describe(path);
        var open = Input is null ? about.Inputs.FirstOrDefault(port => port.IsOpen) : null;
        if (open is not null && shape?.Invoke(open.Channels) is { } found) return (this with { Input = found }).Load(path);
        var hint = Output is null && about.Outputs.Count > 1 ? $"Set OnnxChoice.Output = {about.Outputs[0].Name} or {All}"
            : open is not null ? $"Set OnnxChoice.Input = {open.Channels ?? 3}x224x224"
            : null;
        try
        {
            return Read(path);
        }
        catch (DataException error) when (hint is not null)
        {
            throw new DataException($"{error.Message} {hint}.", error);
        }
    }

    private Model Read(string path)
    {
        if (Output != All || OnnxFile.Describe(path).Outputs.Any(port => port.Name == All)) return OnnxFile.Load(path, Input, Output,
            Notice);
        var joined = OnnxFile.LoadAll(path, Input, Notice);
        Notice?.Invoke("The network ends in a row of all outputs: " + string.Join(", ", joined.Outputs.Select(output =>
            $"{output.Name} ({string.Join(" x ", output.Dimensions.Select(size => $"{size}"))}) is number {output.Start:N0} to "
                + $"{output.Start + output.Count - 1:N0}")) + ".");
        return joined.Model;
    }

    /// <summary>Refuses a choice for what is no ONNX file.</summary>
    /// <param name="text">What it is, for the message.</param>
    /// <exception cref="UsageException">Something is chosen.</exception>
    public void MustBeEmpty(string text)
    {
        if (Output is not null)
            throw new UsageException($"OnnxChoice.Output chooses among the outputs of an ONNX file, and {text} is none: leave it out.");
        if (Input is not null)
            throw new UsageException($"OnnxChoice.Input is the shape of an image for an ONNX file that leaves it open, and {text} is none: "
                + "leave it out.");
    }
}
