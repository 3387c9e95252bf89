using FeatureMap.Models;

namespace FeatureMap.Interchange;

/// <summary>One of several outputs of an ONNX file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its sizes for one image, without the batch.</param>
/// <param name="Start">Where its numbers begin in the row of all.</param>
/// <param name="Count">How many they are.</param>
public sealed record OnnxOutput(string Name, IReadOnlyList<int> Dimensions, int Start, int Count);

/// <summary>
/// An ONNX file with all of its outputs, as detectors have them: one network that computes what they have in common once. It ends in one
/// row, the numbers of the outputs one behind the other in the order of the file, each as ONNX lays them out.
/// </summary>
/// <param name="Model">The network; give it the normalisation of its pictures where the file does not say it, as in
/// <c>all with { Model = all.Model.WithPreparation(...) }</c>.</param>
/// <param name="Outputs">The outputs, in the order of the file.</param>
/// <example><code>
/// var all = OnnxFile.LoadAll("detector.onnx");
/// var answers = all.Split(all.Model.Compute(pixels));
/// var scores = answers[0]; // those of all.Outputs[0]
/// </code></example>
public sealed record OnnxOutputs(Model Model, IReadOnlyList<OnnxOutput> Outputs)
{
    /// <summary>The numbers of each output out of the row of all.</summary>
    /// <param name="row">What <see cref="Model"/> gave for one image.</param>
    /// <exception cref="ShapeException">It has another length.</exception>
    public IReadOnlyList<float[]> Split(IReadOnlyList<float> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Count != Model.Network.Output.Count)
            throw new ShapeException($"The {Outputs.Count} outputs have {Model.Network.Output.Count:N0} numbers together: received "
                + $"{row.Count:N0}.");
        return [.. Outputs.Select(output => row.Skip(output.Start).Take(output.Count).ToArray())];
    }
}
