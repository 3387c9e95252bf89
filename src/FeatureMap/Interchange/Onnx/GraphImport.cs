using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>One output of a graph as a network of its own, with its weights.</summary>
/// <param name="Name">What the graph calls it.</param>
/// <param name="Weights">Network and numbers.</param>
/// <param name="Dimensions">The sizes that ONNX sees, the batch left out.</param>
/// <param name="HasBatch">Whether ONNX sees the batch before them.</param>
internal sealed record ImportedOutput(string Name, Weights Weights, IReadOnlyList<int> Dimensions, bool HasBatch);

/// <summary>What axis 0 of the inputs of a graph is.</summary>
internal enum BatchReading
{
    /// <summary>The batch, of any size: what holds for one image must hold for many.</summary>
    Open,

    /// <summary>The batch, of the size that the graph states, or of a single image: then shapes may count on that.</summary>
    Stated,

    /// <summary>
    /// An axis like the others: the whole tensor is one sample, which is how small graphs on plain tensors can run here too.
    /// </summary>
    None,
}

/// <summary>
/// Makes networks of an ONNX graph: walks the nodes in the order of computation and lets the room that knows an operator add its layers.
/// What is known is computed on the way (<see cref="ConstantFolding"/>). Where a batch is a single image, each node is read with axis 0 as
/// the batch, and where that contradicts, with axis 0 as an axis of size 1 like others: a feature knows whether it has the batch before its
/// sizes.
/// </summary>
internal sealed class GraphImport
{
    private const long SpareNumbers = 1 << 20, WorkPerNumber = 16;
    private const int MostNumbers = 1 << 27;

    private static readonly Dictionary<string, Action<OnnxImport>> Readers =
        OpCatalogue.Entries.SelectMany(entry => entry.OnnxOperators).ToDictionary(known => known.Name, known => known.Read, StringComparer.Ordinal);

    private readonly OnnxModel model;
    private readonly string source;
    private readonly long mostWeights, mostKnown;
    private readonly Dictionary<string, GraphValue> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> uses = new(StringComparer.Ordinal);
    private readonly List<Feature> features = [];
    private readonly Lazy<ILookup<string, OnnxNode>> readers;
    private readonly BatchReading reading;
    private readonly Shape? input;
    private NetworkBuilder? builder;
    private long numbers, known;
    private Int128 work;

    /// <param name="model">The file.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="reading">What axis 0 of the inputs is.</param>
    /// <param name="fileLength">Bytes of the file: weights cannot be many times as large, even where many nodes share them.</param>
    /// <param name="given">The content of inputs, where it is known: what an op needs as a parameter is then taken from it.</param>
    /// <param name="input">The shape of the input, where the graph leaves sizes open.</param>
    public GraphImport(OnnxModel model, string source, BatchReading reading, long fileLength, IReadOnlyDictionary<string, OnnxTensor>? given = null, Shape? input = null)
    {
        (this.model, this.source, this.reading, this.input) = (model with { Graph = GeluPattern.Fused(model.Graph) }, source, reading, input);
        readers = new(() => ChannelsLast.Readers(model.Graph));
        (mostWeights, mostKnown) = (SpareNumbers + (8 * fileLength), SpareNumbers + (4 * fileLength));
        Opset = (int)Math.Clamp(model.Opsets.GetValueOrDefault("", 0), 0, int.MaxValue);
        if (Opset == 0 && model.Opsets.Count > 0)
            throw new OnnxRefusal(source, $"it uses operators of {string.Join(", ", model.Opsets.Keys.Take(4).Select(domain => $"'{Shown(domain)}'"))} only, and only ONNX's own are read");
        if (Opset is < OnnxFile.LowestReadOpset or > OnnxFile.HighestReadOpset)
            throw new DataException(Opset == 0
                ? $"{source} does not say which version of ONNX's operators it uses, so nobody can know what they mean. Export it again."
                : $"{source} uses version {Opset} of ONNX's operators, and versions {OnnxFile.LowestReadOpset} to {OnnxFile.HighestReadOpset} are read. Export it again with opset 17.");
        foreach (var tensor in model.Graph.Initializers)
            Define(tensor.Name, new GraphValue(tensor), "the weights");
        foreach (var (name, reason) in model.Graph.Unread)
            Define(name, new GraphValue(reason), "the weights");
        foreach (var port in model.Graph.Inputs.Where(port => !values.ContainsKey(port.Name)))
            Define(port.Name, new GraphValue(port, given?.GetValueOrDefault(port.Name)) { IsWhole = OnnxReader.IsWhole(port.Type) }, "the inputs");
        BatchSize = reading switch { BatchReading.Open => null, BatchReading.None => 1, _ => StatedBatch(model) ?? 1 };
    }

    public int Opset { get; }

    /// <summary>How many images a batch has, where that is not open.</summary>
    public int? BatchSize { get; }

    /// <summary>Samples of a run, where the content of the inputs is known.</summary>
    public int? Batch { get; private set; }

    /// <summary>Names of the graph's inputs that the network computes from, in the order of its inputs.</summary>
    public List<string> FeatureInputs { get; } = [];

    /// <summary>
    /// What is to be said about the inputs: that numbers of another kind are taken as float32, or that channels came last.
    /// </summary>
    public List<string> Notices { get; } = [];

    public static IEnumerable<string> KnownOperators => Readers.Keys.Concat(GraphPlumbing.Operators.Keys).Order(StringComparer.Ordinal);

    /// <summary>The batch that the first input of a graph states; null where it is open.</summary>
    public static int? StatedBatch(OnnxModel model)
    {
        var weights = model.Graph.Initializers.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var read = model.Graph.Nodes.SelectMany(node => node.Inputs).ToHashSet(StringComparer.Ordinal);
        return model.Graph.Inputs.FirstOrDefault(port => !weights.Contains(port.Name) && read.Contains(port.Name))?.Dimensions is [{ Size: > 0 and <= int.MaxValue and var size }, ..] ? (int)size : null;
    }

    /// <summary>Reads the nodes that the outputs need.</summary>
    /// <exception cref="OnnxRefusal">A node has no counterpart here.</exception>
    /// <exception cref="DataException">The graph is none.</exception>
    public IReadOnlyList<ImportedOutput> Read()
    {
        if (model.Graph.Outputs.Count == 0)
            throw new DataException($"{source} has no outputs, so there is nothing to compute.");
        foreach (var index in GraphOrder.Of(model.Graph, source))
            Read(model.Graph.Nodes[index], index);
        return [.. model.Graph.Outputs.Select(Output)];
    }

    public GraphValue? Find(string name) => values.GetValueOrDefault(name);

    /// <summary>Why a name stands for nothing.</summary>
    public static string Missing(string name) => $"'{Shown(name)}', which nobody makes; the file is damaged, export it again";

    public void Define(string name, GraphValue value, string where)
    {
        if (name.Length == 0) return;
        if (!values.TryAdd(name, value))
            throw new DataException($"{source} makes '{Shown(name)}' twice, the second time in {where}. The file is damaged; export it again.");
    }

    /// <summary>Counts numbers that are about to be computed from constants, and says how many they are.</summary>
    /// <exception cref="DataException">They are more than any use of the file's own numbers needs.</exception>
    public int Allow(IReadOnlyList<int> sizes, string place)
    {
        Int128 count = 1;
        foreach (var size in sizes)
            count *= size;
        if (count > mostKnown - known)
            throw new DataException($"{place}: with it the constants that are computed while reading have more than {mostKnown:N0} "
                + "numbers, of a file that is much smaller. It is damaged or not meant well.");
        known += (long)count;
        return (int)count;
    }

    /// <summary>Counts multiply-adds that are about to be spent on constants.</summary>
    public void AllowWork(Int128 multiplyAdds, string place)
    {
        work += multiplyAdds;
        if (work > WorkPerNumber * mostKnown)
            throw new DataException($"{place}: with it the constants that are computed while reading take more than "
                + $"{WorkPerNumber * mostKnown:N0} multiply-adds. Compute them before the model is exported.");
    }

    public OnnxFeature Add(Op op, string? name, IReadOnlyList<OnnxFeature> inputs, IReadOnlyList<int>? dimensions, IReadOnlyList<float[]> parameters)
    {
        Shape[] shapes = [.. inputs.Select(input => input.Shape)];
        var output = op.OutputShape(shapes);
        CheckSize(output);
        var definitions = op.Parameters(shapes);
        if (definitions.Count != parameters.Count || definitions.Where((definition, i) => definition.Count != parameters[i].Length).Any())
            throw new ShapeException($"{op} has the parameters {string.Join(", ", definitions.Select(definition => $"{definition.Name} ({NumberRow.Join(" x ", definition.Dimensions)})"))}, and the node brings {string.Join(", ", parameters.Select(values => $"{values.Length:N0}"))} numbers");
        numbers += definitions.Sum(definition => (long)definition.Count);
        if (numbers > mostWeights)
            throw new DataException($"{source} makes more than {mostWeights:N0} weights of a file that is much smaller, by sharing them "
                + "between nodes. It is damaged or not meant well.");
        if (features.Count > NetworkFile.MaximumLayers)
            throw new DataException($"{source} has more than {NetworkFile.MaximumLayers:N0} layers; more are not read.");
        if (builder is null) BindFirst();
        var feature = builder!.Add(op, Name(name), [.. inputs.Select(input => features[input.Index])]);
        var layerName = builder.NameOf(feature.Index);
        for (var i = 0; i < definitions.Count; i++)
            weights[$"{layerName}.{definitions[i].Name}"] = parameters[i];
        return Keep(feature, dimensions ?? OnnxImport.Kept(inputs, output));
    }

    /// <summary>What a value is as a feature; an input of the graph becomes one of the network with its first reader.</summary>
    public OnnxFeature FeatureOf(GraphValue value) => value.Feature ?? Bind(value);

    /// <summary>Whether a value has the batch before its sizes, or will have it.</summary>
    public bool HasBatchOf(GraphValue value) => value is { Feature: null, Given: { } given } ? reading == BatchReading.Open || given.Dimensions is [1, ..]
        : FeatureOf(value) is var _ && value.HasBatch;

    /// <summary>A feature whose channels are last as the graph sees it: transposed, once for all readers.</summary>
    public OnnxFeature InOrder(GraphValue value)
    {
        var feature = FeatureOf(value);
        int[] sizes = [feature.Shape.Height, feature.Shape.Width, feature.Shape.Channels];
        return value.Ordered ??= feature.Shape.Channels == 1 ? feature with { Dimensions = sizes } : Add(new Transpose(Axis.Rows, Axis.Columns, Axis.Channels), null, [feature], sizes, []);
    }

    private OnnxFeature Bind(GraphValue value)
    {
        var port = value.Port!;
        value.IsChannelsLast = value.Given is null && model.Producer != OnnxFile.Producer && ChannelsLast.Is(readers.Value, port);
        IReadOnlyList<int> dimensions = value.Given?.Dimensions ?? Declared(port, value.IsChannelsLast);
        value.HasBatch = reading != BatchReading.None || dimensions is [1, ..];
        if (value.HasBatch)
        {
            if (dimensions.Count == 0)
                throw new ShapeException($"the input '{Shown(port.Name)}' is a single number and so has no batch");
            if (value.Given is not null)
            {
                Batch ??= dimensions[0];
                if (Batch != dimensions[0])
                    throw new ShapeException($"the inputs have {Batch} and {dimensions[0]} along axis 0, so it is not the batch");
            }
            dimensions = [.. dimensions.Skip(1)];
        }
        if (value.IsChannelsLast) dimensions = [dimensions[2], dimensions[0], dimensions[1]];
        var shape = OnnxImport.Canonical(dimensions);
        NetworkFile.CheckInput(shape, source);
        CheckSize(shape);
        var feature = builder is null ? (builder = new NetworkBuilder(shape)).FeatureOf(0) : builder.AddInput($"input{FeatureInputs.Count + 1}", shape);
        FeatureInputs.Add(port.Name);
        if (port.Type != OnnxType.Float32 && value.Given is null)
            Notices.Add($"{source} takes numbers of the kind {port.Type} in its input '{Shown(port.Name)}'; here they are float32, "
                + "as everywhere.");
        if (value.IsChannelsLast)
            Notices.Add($"{source} takes images with the channels last ({port.Sizes}); the network takes them first, {shape}, as "
                + "everywhere here.");
        return value.Feature = Keep(feature, dimensions);
    }

    // A network begins with its input, and a layer that reads nothing (a constant) may come first in a file.
    private void BindFirst()
    {
        var first = model.Graph.Inputs.Select(port => Find(port.Name)).FirstOrDefault(value => value is { Port: not null, Feature: null });
        Bind(first ?? throw new OnnxRefusal(source, "it has no input to compute from"));
    }

    private static void CheckSize(Shape shape)
    {
        if ((Int128)shape.Channels * shape.Height * shape.Width > MostNumbers)
            throw new ShapeException($"It gives {shape} numbers for an image; at most {MostNumbers:N0} are read.");
    }

    private OnnxFeature Keep(Feature feature, IReadOnlyList<int> dimensions)
    {
        features.Add(feature);
        return new OnnxFeature(features.Count - 1, feature.Shape, dimensions);
    }

    /// <summary>
    /// The sizes that the file states for an input, and where it leaves them open those that were given; of the batch the size does not
    /// matter.
    /// </summary>
    private int[] Declared(OnnxPort port, bool isChannelsLast)
    {
        if (port.Type is not (OnnxType.Float32 or OnnxType.Float16 or OnnxType.BFloat16 or OnnxType.Float64) && !OnnxReader.IsWhole(port.Type))
            throw new DataException($"{source}: the input '{Shown(port.Name)}' holds "
                + $"{(port.Type == OnnxType.None ? "no tensor" : $"numbers of the kind {port.Type}")}; numbers were expected.");
        var batch = reading == BatchReading.None ? 0 : 1;
        var given = input is { } shape ? Laid(shape, (port.Dimensions?.Count ?? 4) - batch, isChannelsLast) : null;
        if (port.Dimensions is null && given is null)
            throw new DataException($"{source} does not say which size its input '{Shown(port.Name)}' has. Say it when loading, such as 3 x 224 x 224.");
        if (input is not null && (given is null || (port.Dimensions is not null && given.Where((size, axis) => port.Dimensions[axis + batch].Size is > 0 and var stated && stated != size).Any())))
            throw new DataException($"{source} takes {port.Sizes} in its input "
                + $"'{Shown(port.Name)}'{(isChannelsLast ? " (channels last)" : "")}, and images of {input.Value} (channels x height x "
                + "width) were asked for. Only sizes that it leaves open can be chosen.");
        if (given is not null) return [.. Enumerable.Repeat(1, batch), .. given];
        var sizes = new int[port.Dimensions!.Count];
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (axis < batch) sizes[axis] = 1;
            else if (port.Dimensions[axis].Size is > 0 and <= int.MaxValue and var size) sizes[axis] = (int)size;
            else throw new DataException($"{source} leaves the size of its input '{Shown(port.Name)}' open: {port.Sizes}. Say it when "
                + $"loading, such as {Example(port, isChannelsLast)}.");
        }
        return sizes;
    }

    /// <summary>A shape as so many sizes behind the batch; null where it has more.</summary>
    private static int[]? Laid(Shape shape, int rank, bool isChannelsLast) => rank switch
    {
        3 => isChannelsLast ? [shape.Height, shape.Width, shape.Channels] : [shape.Channels, shape.Height, shape.Width],
        2 when shape.Height == 1 => [shape.Channels, shape.Width],
        1 when shape.IsVector => [shape.Channels],
        _ => null,
    };

    // What the file states stays, what it leaves open is an image as most networks take it.
    private static string Example(OnnxPort port, bool isChannelsLast)
    {
        long Size(int axis, long usual) => port.Dimensions![axis].Size is > 0 and var stated ? stated : usual;
        return port.Dimensions!.Count switch
        {
            4 => isChannelsLast ? $"{Size(3, 3)} x {Size(1, 224)} x {Size(2, 224)}" : $"{Size(1, 3)} x {Size(2, 224)} x {Size(3, 224)}",
            3 => $"{Size(1, 3)} x 1 x {Size(2, 1000)}",
            _ => $"{(port.Dimensions.Count == 2 ? Size(1, 784) : 784)} x 1 x 1",
        };
    }

    private void Read(OnnxNode given, int index)
    {
        var place = $"{source}, node {(given.Name.Length > 0 ? $"'{Shown(given.Name)}'" : $"{index}")} ({Shown(given.Operator)})";
        var (node, alignment) = Opset < OldOperators.Before ? OldOperators.Modern(given, Opset, what => new OnnxRefusal(place, what)) : (given, null);
        var import = new NodeImport(this, node, alignment, place);
        if (node.Domain.Length > 0)
            throw import.Wrong($"the operator belongs to '{Shown(node.Domain)}', and only ONNX's own operators are read; export the model without vendor operators");
        NodeAttributes.Check(import, node);
        try
        {
            if (!ConstantFolding.Fold(import) && !import.StaysChannelsLast())
            {
                if (!GraphPlumbing.Operators.TryGetValue(node.Operator, out var read) && !Readers.TryGetValue(node.Operator, out read))
                    throw Unknown(import);
                if (import.DividesWholeNumbers())
                    throw import.Wrong("it divides whole numbers, which drops what is left over; layers compute in float32");
                Read(import, read);
            }
        }
        catch (FeatureMapException error) when (error is ShapeException or UsageException)
        {
            throw import.Wrong(error.Message.TrimEnd('.'), "", error);
        }
        import.Finish();
    }

    /// <summary>
    /// Reads a node with axis 0 as the batch, and where that contradicts and the batch is a single image, with axis 0 as an axis of size 1.
    /// </summary>
    private void Read(NodeImport import, Action<OnnxImport> read)
    {
        import.ReadsBatch = import.HasBatchThroughout();
        var (before, inputs, layers) = (features.Count, FeatureInputs.Count, builder?.Count ?? 0);
        try
        {
            read(import);
        }
        catch (FeatureMapException first) when (import.ReadsBatch && BatchSize == 1 && first is OnnxRefusal or ShapeException or UsageException)
        {
            if (inputs == FeatureInputs.Count && layers > 0)
            {
                builder!.CutTo(layers);
                features.RemoveRange(before, features.Count - before);
            }
            import.Clear();
            import.ReadsBatch = false;
            try
            {
                read(import);
            }
            catch (FeatureMapException second) when (second is OnnxRefusal or ShapeException or UsageException)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
            }
        }
    }

    private static OnnxRefusal Unknown(NodeImport node) => ConstantFolding.Operators.Contains(node.Operator)
        ? node.Wrong($"the operator '{node.Operator}' is read on constants only, and this one computes on images")
        : node.Wrong($"no layer stands for the operator '{Shown(node.Operator)}'", NearestName.Suggest(node.Operator, KnownOperators));

    /// <summary>Reads the nodes that the outputs need, and joins their numbers to one row.</summary>
    /// <returns>The network that ends in the row, and for each output its name, its sizes in ONNX and how many numbers it has.</returns>
    /// <inheritdoc cref="Read()"/>
    public (Weights Weights, IReadOnlyList<(string Name, IReadOnlyList<int> Dimensions, int Count)> Parts) ReadJoined()
    {
        foreach (var index in GraphOrder.Of(model.Graph, source))
            Read(model.Graph.Nodes[index], index);
        var parts = model.Graph.Outputs.Select(port => (Port: port, Feature: FeatureOf(port))).ToArray();
        OnnxFeature[] rows = [.. parts.Select(part => part.Feature.Shape.IsVector ? part.Feature
            : Add(new Flatten(), null, [part.Feature], null, []))];
        var joined = rows.Length == 1 ? rows[0] : Add(new Concat(), null, rows, null, []);
        return (Finish(joined), [.. parts.Select(part => (part.Port.Name, part.Feature.Dimensions, part.Feature.Shape.Count))]);
    }

    private ImportedOutput Output(OnnxPort port)
    {
        var feature = FeatureOf(port);
        return new ImportedOutput(port.Name, Finish(feature), feature.Dimensions, Find(port.Name)!.HasBatch);
    }

    private OnnxFeature FeatureOf(OnnxPort port)
    {
        if (Find(port.Name) is not { } value)
            throw new DataException($"{source}: the graph gives {Missing(port.Name)}.");
        if (value.Reason is { } reason)
            throw new OnnxRefusal(source, reason);
        if (value.Constant is not null || (value.Feature is null && value.Port is null))
            throw new OnnxRefusal(source, $"the output '{Shown(port.Name)}' does not depend on any input");
        return value.IsChannelsLast ? InOrder(value) : FeatureOf(value);
    }

    private Weights Finish(OnnxFeature feature)
    {
        try
        {
            var imported = Weights.Blank(builder!.Finish(features[feature.Index]));
            foreach (var parameter in imported.Parameters)
                weights[parameter.Name].CopyTo(parameter.Values);
            return imported;
        }
        catch (OverflowException error)
        {
            throw new DataException($"{source} describes a network that no machine can run: its multiply-adds do not fit 63 bits.", error);
        }
    }

    /// <summary>A layer's name is what the graph calls the node, in letters that names have here, and new.</summary>
    private string? Name(string? given)
    {
        if (string.IsNullOrWhiteSpace(given)) return null;
        var name = new string([.. given.Trim('/').Take(120).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' ? c : '_')]);
        if (name.Length == 0) return null;
        var unique = name;
        for (var number = uses.GetValueOrDefault(name, 1); builder?.Find(unique) is not null; unique = $"{name}_{number}")
            uses[name] = ++number;
        return unique;
    }

    internal static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";
}

/// <summary>What a name in a graph stands for: numbers that are known, or what a layer gives, or an input that is one or the other as the first reader wants it.</summary>
internal sealed class GraphValue
{
    public GraphValue(OnnxTensor constant) => Constant = constant;

    public GraphValue(OnnxFeature feature) => Feature = feature;

    public GraphValue(OnnxPort port, OnnxTensor? given) => (Port, Given) = (port, given);

    /// <summary>A value that nobody computes here.</summary>
    public GraphValue(string reason) => Reason = reason;

    public OnnxTensor? Constant { get; }

    public OnnxFeature? Feature { get; set; }

    /// <summary>Whether the batch stands before the feature's sizes.</summary>
    public bool HasBatch { get; set; }

    /// <summary>Whether the graph sees rows x columns x channels where the feature is channels x rows x columns.</summary>
    public bool IsChannelsLast { get; set; }

    /// <summary>The feature as the graph sees it, where that is another order and somebody asked.</summary>
    public OnnxFeature? Ordered { get; set; }

    /// <summary>Whether all numbers of the feature are whole, so that a cast to whole numbers changes nothing.</summary>
    public bool IsWhole { get; init; }

    public OnnxPort? Port { get; }

    public OnnxTensor? Given { get; }

    public string? Reason { get; }
}
