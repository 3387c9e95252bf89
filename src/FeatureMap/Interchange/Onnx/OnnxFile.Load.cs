using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

public static partial class OnnxFile
{
    /// <summary>The lowest operator set that is read.</summary>
    public const int LowestReadOpset = 1;

    /// <summary>The highest operator set that is read.</summary>
    public const int HighestReadOpset = 25;

    private const int MostBytes = 2_000_000_000;

    /// <summary>
    /// Makes a model of an ONNX file with one input of images, so that it can be summarised, linted, used and trained further. Layers keep
    /// the names of nodes or weights. Files of <see cref="Save(Model, string, OnnxExportOptions?)"/> bring their normalisation and class
    /// names along; for others pixels are divided by 255 and classes have numbers. Where the file states a batch of one image, or its
    /// shapes count on one, it is read for one image at a time, and the network works for any number of them.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The shape of one sample, channels first, for files that leave sizes open.</param>
    /// <param name="output">The name of the output that the network ends in, for files with several; see <see
    /// cref="Describe(string)"/>.</param>
    /// <param name="notice">Is told in a sentence each what a user should know: an input of another kind of numbers, or with channels
    /// last.</param>
    /// <exception cref="DataException">The file is missing or damaged, keeps its weights elsewhere, or has a node that no layer stands for; the message names it.</exception>
    public static Model Load(string path, Shape? input = null, string? output = null, Action<string>? notice = null) =>
        Read(path, (bytes, source) => FromBytes(bytes, source, input, output, notice));

    /// <summary>The same from a stream, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="input">The shape of one sample, channels first, for files that leave sizes open.</param>
    /// <param name="output">The name of the output that the network ends in, for files with several.</param>
    /// <param name="notice">Is told in a sentence each what a user should know.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content is damaged, keeps its weights elsewhere, or has a node that no layer stands for; or the
    /// stream fails.</exception>
    public static Model Load(
        Stream stream, Shape? input = null, string? output = null, Action<string>? notice = null, string source = "the stream") =>
        FromBytes(Bytes(stream, source), source, input, output, notice);

    /// <summary>Makes a model of each output of an ONNX file. They share nothing: what several outputs need is in each of them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The shape of one sample, channels first, for files that leave sizes open.</param>
    /// <param name="notice">Is told in a sentence each what a user should know.</param>
    /// <returns>The models by the names of the outputs, in the order of the file.</returns>
    /// <exception cref="DataException">As <see cref="Load(string, Shape?, string?, Action{string}?)"/>.</exception>
    public static IReadOnlyList<KeyValuePair<string, Model>> LoadOutputs(string path, Shape? input = null, Action<string>? notice = null) =>
        Read(path, (bytes, source) => Outputs(bytes, source, input, notice));

    /// <summary>The same from a stream, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="input">The shape of one sample, channels first, for files that leave sizes open.</param>
    /// <param name="notice">Is told in a sentence each what a user should know.</param>
    /// <param name="source">What error messages call it.</param>
    /// <returns>The models by the names of the outputs, in the order of the file.</returns>
    /// <exception cref="DataException">As <see cref="Load(Stream, Shape?, string?, Action{string}?, string)"/>.</exception>
    public static IReadOnlyList<KeyValuePair<string, Model>> LoadOutputs(
        Stream stream, Shape? input = null, Action<string>? notice = null, string source = "the stream") =>
        Outputs(Bytes(stream, source), source, input, notice);

    /// <summary>Makes one model of all outputs of an ONNX file, which computes what they have in common once; see
    /// <see cref="OnnxOutputs"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The shape of one sample, channels first, for files that leave sizes open.</param>
    /// <param name="notice">Is told in a sentence each what a user should know.</param>
    /// <exception cref="DataException">As <see cref="Load(string, Shape?, string?, Action{string}?)"/>.</exception>
    public static OnnxOutputs LoadAll(string path, Shape? input = null, Action<string>? notice = null) =>
        Read(path, (bytes, source) => Joined(bytes, source, input, notice));

    /// <summary>The same from a stream, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="input">The shape of one sample, channels first, for files that leave sizes open.</param>
    /// <param name="notice">Is told in a sentence each what a user should know.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">As <see cref="Load(Stream, Shape?, string?, Action{string}?, string)"/>.</exception>
    public static OnnxOutputs LoadAll(Stream stream, Shape? input = null, Action<string>? notice = null, string source = "the stream") =>
        Joined(Bytes(stream, source), source, input, notice);

    /// <summary>What a file says about its inputs and outputs, without making a network of it.</summary>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public static OnnxFileInfo Describe(string path) => Read(path, Described);

    /// <summary>The same from a stream.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content is damaged, or the stream fails.</exception>
    public static OnnxFileInfo Describe(Stream stream, string source = "the stream") => Described(Bytes(stream, source), source);

    private static OnnxFileInfo Described(byte[] bytes, string source)
    {
        var model = OnnxReader.Model(bytes, source);
        var graph = model.Graph;
        var (weights, readers) = (graph.Initializers.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal), ChannelsLast.Readers(graph));
        var inputs = graph.Inputs.Where(port => !weights.Contains(port.Name));
        return new OnnxFileInfo([.. inputs.Select(Port)], [.. graph.Outputs.Select(Port)])
        {
            StatesNormalization = model.Metadata.ContainsKey(MeanKey) && model.Metadata.ContainsKey(DeviationKey),
        };

        OnnxPortInfo Port(OnnxPort port) => new(
            port.Name, port.Sizes, port.Dimensions is null || port.Dimensions.Skip(1).Any(size => size.Size is null or < 1))
        {
            Channels = port.Dimensions is { Count: > 1 } sizes && sizes[ChannelsLast.Is(readers, port) ? 3 : 1].Size is > 0 and <= int.MaxValue and var channels ? (int)channels : null,
        };
    }

    internal static Model FromBytes(ReadOnlySpan<byte> bytes, string source, Shape? input = null, string? output = null, Action<string>? notice = null)
    {
        var model = OnnxReader.Model(bytes, source);
        var (outputs, length) = (model.Graph.Outputs, bytes.Length);
        if (output is null && outputs.Count > 1)
            throw new DataException($"{source} has {outputs.Count} outputs, and a network has one: {string.Join(", ", outputs.Take(16).Select(port => $"'{GraphImport.Shown(port.Name)}' ({Sizes(port)})"))}{(outputs.Count > 16 ? " and more" : "")}. Choose one of them by its name.");
        if (output is not null && !outputs.Any(port => port.Name == output))
            throw new DataException($"{source} has no output '{GraphImport.Shown(output)}'; it has {string.Join(", ", outputs.Take(16).Select(port => $"'{GraphImport.Shown(port.Name)}'"))}.{NearestName.Suggest(output, outputs.Select(port => port.Name))}");
        if (output is not null) model = model with { Graph = model.Graph with { Outputs = [outputs.First(port => port.Name == output)] } };
        return Models(model, bytes.Length, source, input, notice)[0].Value;

        // Where the file does not state the sizes of an output, reading it tells them.
        string Sizes(OnnxPort port)
        {
            if (port.Dimensions is not null) return port.Sizes;
            try
            {
                var alone = model with { Graph = model.Graph with { Outputs = [port] } };
                return Import(alone, length, source, input, import => import.Read()).Outputs[0] is var alike ? string.Join(" x ",
                    [.. alike.HasBatch ? (string[])["N"] : [], .. alike.Dimensions.Select(size => $"{size}")]) : "";
            }
            catch (FeatureMapException)
            {
                return port.Sizes;
            }
        }
    }

    private static List<KeyValuePair<string, Model>> Outputs(byte[] bytes, string source, Shape? input, Action<string>? notice) =>
        Models(OnnxReader.Model(bytes, source), bytes.Length, source, input, notice);

    private static T Read<T>(string path, Func<byte[], string, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = Path.GetFileName(path);
        return read(StreamContent.OfFile(path, source, stream => Bytes(stream, source)), source);
    }

    private static byte[] Bytes(Stream stream, string source) => StreamContent.Read(stream, source, MostBytes, bytes =>
        new DataException($"{source} is too long for an ONNX file: {bytes} bytes; at most {MostBytes:N0} are read."));

    private static OnnxOutputs Joined(byte[] bytes, string source, Shape? input, Action<string>? notice)
    {
        IReadOnlyList<(string Name, IReadOnlyList<int> Dimensions, int Count)> parts = [];
        var model = Made(OnnxReader.Model(bytes, source), bytes.Length, source, input, notice, import =>
        {
            var (weights, found) = import.ReadJoined();
            parts = found;
            return [new ImportedOutput("", weights, [], false)];
        })[0].Value;
        var (outputs, start) = (new List<OnnxOutput>(), 0);
        foreach (var (name, dimensions, count) in parts)
        {
            outputs.Add(new(name, dimensions, start, count));
            start += count;
        }
        return new(model, outputs);
    }

    private static List<KeyValuePair<string, Model>> Models(OnnxModel model, long length, string source, Shape? input,
        Action<string>? notice) =>
        Made(model, length, source, input, notice, import => import.Read());

    private static List<KeyValuePair<string, Model>> Made(OnnxModel model, long length, string source, Shape? input, Action<string>? notice,
        Func<GraphImport, IReadOnlyList<ImportedOutput>> read)
    {
        var normalization = NormalizationOf(model, source);
        if (normalization is not null && WithoutNormalization(model, normalization) is var bare)
        {
            // Where the file takes pixels and its normalisation cannot be taken off, the network normalises by itself: pixels go in as they
            // are.
            if (ReferenceEquals(bare, model) && model.Metadata.GetValueOrDefault(InputKey) == "pixels")
                normalization = new Normalization(new double[normalization.Channels], [.. Enumerable.Repeat(1.0 / 255, normalization.Channels)]);
            model = bare;
        }
        try
        {
            var (import, outputs) = Import(model, length, source, input, read);
            if (outputs.FirstOrDefault(output => output.Weights.Network.Layers.Count(layer => layer.Op is null) > 1) is not null)
                throw new DataException($"{source} computes from {import.FeatureInputs.Count} inputs ({string.Join(", ", import.FeatureInputs.Take(8).Select(name => $"'{GraphImport.Shown(name)}'"))}), and a network reads one.");
            var channels = outputs[0].Weights.Network.Input.Channels;
            if (normalization is not null && normalization.Channels != channels)
                throw new DataException($"{source} normalises {normalization.Channels} channels, and the network takes {channels}.");
            foreach (var text in import.Notices)
                notice?.Invoke(text);
            var (names, preparation) = (ClassNames(model, source), PreparationText.Read(model.Metadata, PreparationKey, source));
            var fit = PreparationText.ReadFit(model.Metadata, FitKey, source);
            var areQuantities = PreparationText.ReadAnswers(model.Metadata, source, AnswersKey);
            return [.. outputs.Select(output => KeyValuePair.Create(output.Name, new Model(output.Weights,
                normalization ?? Normalization.None(channels), names, preparation) { Fit = fit, GivesQuantities = areQuantities }))];
        }
        catch (FeatureMapException error) when (error is OnnxRefusal or ShapeException or UsageException)
        {
            throw new DataException(error is ShapeException or UsageException ? $"{source}: {error.Message}" : error.Message, error);
        }
    }

    /// <summary>
    /// Reads a graph with a batch of the size that it states, or of any size; and where its shapes then contradict, with a batch of one
    /// image.
    /// </summary>
    private static (GraphImport Import, IReadOnlyList<ImportedOutput> Outputs) Import(OnnxModel model, long length, string source,
        Shape? input,
        Func<GraphImport, IReadOnlyList<ImportedOutput>> take)
    {
        try
        {
            return Read(GraphImport.StatedBatch(model) is null ? BatchReading.Open : BatchReading.Stated);
        }
        catch (OnnxRefusal refusal) when (refusal.NeedsOneSample && GraphImport.StatedBatch(model) is null)
        {
            var read = Read(BatchReading.Stated);
            read.Import.Notices.Add($"{source} leaves the size of a batch open, and its shapes count on a single image: it is read for "
                + "one image at a time.");
            return read;
        }

        (GraphImport Import, IReadOnlyList<ImportedOutput> Outputs) Read(BatchReading reading)
        {
            var import = new GraphImport(model, source, reading, length, given: null, input);
            return (import, take(import));
        }
    }

    private static Normalization? NormalizationOf(OnnxModel model, string source) =>
        model.Metadata.ContainsKey(MeanKey) && model.Metadata.ContainsKey(DeviationKey)
            ? new Normalization(MetadataList.Numbers(model.Metadata[MeanKey], MeanKey, source), MetadataList.Numbers(model.Metadata[DeviationKey], DeviationKey, source))
            : null;

    private static string[] ClassNames(OnnxModel model, string source) =>
        model.Metadata.TryGetValue(ClassKey, out var names) ? MetadataList.Names(names, ClassKey, source) : [];

    /// <summary>
    /// The two nodes that <see cref="Save(Model, string, OnnxExportOptions?)"/> puts before the network for pixels: what they do is the
    /// model's normalisation. They are taken off only where they do exactly what the metadata says; otherwise they stay what they are,
    /// nodes.
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
