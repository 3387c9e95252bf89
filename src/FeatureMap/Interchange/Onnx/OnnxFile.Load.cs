using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static System.FormattableString;

namespace FeatureMap.Interchange;

public static partial class OnnxFile
{
    /// <summary>The lowest operator set that is read.</summary>
    public const int LowestReadOpset = 7;

    /// <summary>The highest operator set that is read.</summary>
    public const int HighestReadOpset = 25;

    private const int MostBytes = 2_000_000_000, MostClasses = 1_000_000;

    /// <summary>
    /// Makes a model of an ONNX file with one input of images and one output, so that it can be summarised, linted, used and trained further. Layers keep the
    /// names of nodes or weights. Files of <see cref="Save"/> bring their normalisation and class names along; for others pixels are divided by 255 and
    /// classes have numbers.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The shape of one sample, for files that leave its size open.</param>
    /// <exception cref="DataException">The file is missing or damaged, keeps its weights elsewhere, or has a node that no layer stands for; the message names it.</exception>
    public static Model Load(string path, Shape? input = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = Path.GetFileName(path);
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MostBytes)
                throw new DataException(Invariant($"{source} is too long for an ONNX file: {stream.Length:N0} bytes; at most {MostBytes:N0} are read."));
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return FromBytes(bytes, source, input);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{source} does not exist (looked for {Path.GetFullPath(path)}).", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{source} cannot be read ({Path.GetFullPath(path)}): {error.Message}", error);
        }
    }

    internal static Model FromBytes(ReadOnlySpan<byte> bytes, string source, Shape? input = null)
    {
        var model = OnnxReader.Model(bytes, source);
        if (model.Graph.Outputs.Count > 1)
            throw new DataException($"{source} has {model.Graph.Outputs.Count} outputs ({string.Join(", ", model.Graph.Outputs.Take(8).Select(port => $"'{GraphImport.Shown(port.Name)}'"))}), and a network has one. Export the part that ends in one of them.");
        var normalization = NormalizationOf(model, source);
        if (normalization is not null) model = WithoutNormalization(model, normalization);
        try
        {
            var import = new GraphImport(model, source, hasBatch: true, bytes.Length, given: null, input);
            var weights = import.Read()[0].Weights;
            if (import.FeatureInputs.Count > 1)
                throw new DataException($"{source} computes from {import.FeatureInputs.Count} inputs ({string.Join(", ", import.FeatureInputs.Take(8).Select(name => $"'{GraphImport.Shown(name)}'"))}), and a network reads one.");
            var channels = weights.Network.Input.Channels;
            if (normalization is not null && normalization.Channels != channels)
                throw new DataException($"{source} normalises {normalization.Channels} channels, and the network takes {channels}.");
            return new Model(weights, normalization ?? Normalization.None(channels), ClassNames(model, source), PreparationText.Read(model.Metadata, PreparationKey, source));
        }
        catch (FeatureMapException error) when (error is OnnxRefusal or ShapeException or UsageException)
        {
            throw new DataException(error is ShapeException or UsageException ? $"{source}: {error.Message}" : error.Message, error);
        }
    }

    private static Normalization? NormalizationOf(OnnxModel model, string source) =>
        model.Metadata.ContainsKey(MeanKey) && model.Metadata.ContainsKey(DeviationKey)
            ? new Normalization(Parsed<double[]>(model, MeanKey, source, "a list of numbers"), Parsed<double[]>(model, DeviationKey, source, "a list of numbers"))
            : null;

    private static string[] ClassNames(OnnxModel model, string source)
    {
        if (!model.Metadata.ContainsKey(ClassKey)) return [];
        var names = Parsed<string[]>(model, ClassKey, source, "a list of names");
        return names.Length <= MostClasses && !Array.Exists(names, name => name is null) ? Array.ConvertAll(names, CanonicalForm.Of)
            : throw new DataException($"'{ClassKey}' in the metadata of {source} is not a list of names.");
    }

    private static T Parsed<T>(OnnxModel model, string key, string source, string expected) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(model.Metadata[key]) ?? throw new JsonException();
        }
        catch (JsonException error)
        {
            throw new DataException($"'{key}' in the metadata of {source} is not {expected}.", error);
        }
    }

    /// <summary>
    /// The two nodes that <see cref="Save"/> puts before the network for pixels: what they do is the model's normalisation. They are taken off only where they do
    /// exactly what the metadata says; otherwise they stay what they are, nodes.
    /// </summary>
    private static OnnxModel WithoutNormalization(OnnxModel model, Normalization normalization)
    {
        var graph = model.Graph;
        if (model.Metadata.GetValueOrDefault(InputKey) != "pixels" || graph is not { Inputs: [var input], Nodes: [{ Operator: "Mul", Inputs: [var pixels, var scale], Outputs: [var scaled] }, { Operator: "Add", Inputs: [var summand, var offset], Outputs: [var normalized] }, ..] })
            return model;
        bool Holds(string name, Func<int, float> number) =>
            graph.Initializers.FirstOrDefault(tensor => tensor.Name == name)?.Values is float[] values && values.SequenceEqual(Enumerable.Range(0, normalization.Channels).Select(number));
        var isOurs = pixels == input.Name && summand == scaled && Holds(scale, normalization.Scale) && Holds(offset, normalization.Offset)
            && !graph.Nodes.Skip(2).Any(node => node.Inputs.Contains(pixels) || node.Inputs.Contains(scaled));
        return isOurs ? model with { Graph = graph with { Inputs = [input with { Name = normalized }], Nodes = [.. graph.Nodes.Skip(2)] } } : model;
    }
}
