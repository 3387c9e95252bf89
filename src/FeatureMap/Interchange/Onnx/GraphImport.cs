using FeatureMap.Networks;
using FeatureMap.Ops;
using static System.FormattableString;

namespace FeatureMap.Interchange;

/// <summary>One output of a graph as a network of its own, with its weights.</summary>
/// <param name="Name">What the graph calls it.</param>
/// <param name="Weights">Network and numbers.</param>
/// <param name="Dimensions">The sizes that ONNX sees, the batch left out.</param>
internal sealed record ImportedOutput(string Name, Weights Weights, IReadOnlyList<int> Dimensions);

/// <summary>
/// Makes networks of an ONNX graph: walks the nodes in their order and lets the room that knows an operator add its layers. Nodes that only handle sizes and
/// constants are folded on the way (<see cref="GraphPlumbing"/>). With axis 0 as the batch the result is a network like any other; without a batch the whole
/// tensor of an input is one sample, which is how small graphs on plain tensors can run here too.
/// </summary>
internal sealed class GraphImport
{
    private const long SpareNumbers = 1 << 20;

    private static readonly Dictionary<string, Action<OnnxImport>> Readers =
        OpCatalogue.Entries.SelectMany(entry => entry.OnnxOperators).ToDictionary(known => known.Name, known => known.Read, StringComparer.Ordinal);

    private readonly OnnxModel model;
    private readonly string source;
    private readonly long mostNumbers;
    private readonly Dictionary<string, GraphValue> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> weights = new(StringComparer.Ordinal);
    private readonly List<Feature> features = [];
    private NetworkBuilder? builder;
    private long numbers;

    /// <param name="model">The file.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="hasBatch">Whether axis 0 is the batch.</param>
    /// <param name="fileLength">Bytes of the file: weights cannot be many times as large, even where many nodes share them.</param>
    /// <param name="given">The content of inputs, where it is known: what an op needs as a parameter is then taken from it.</param>
    /// <param name="input">The shape of the input, where the graph leaves sizes open.</param>
    public GraphImport(OnnxModel model, string source, bool hasBatch, long fileLength, IReadOnlyDictionary<string, OnnxTensor>? given = null, Shape? input = null)
    {
        (this.model, this.source, HasBatch) = (model with { Graph = GeluPattern.Fused(model.Graph) }, source, hasBatch);
        mostNumbers = SpareNumbers + (8 * fileLength);
        Opset = (int)Math.Clamp(model.Opsets.GetValueOrDefault("", 0), 0, int.MaxValue);
        if (Opset == 0 && model.Opsets.Count > 0)
            throw new OnnxRefusal(source, $"it uses operators of {string.Join(", ", model.Opsets.Keys.Take(4).Select(domain => $"'{Shown(domain)}'"))} only, and only ONNX's own are read");
        if (Opset is < OnnxFile.LowestReadOpset or > OnnxFile.HighestReadOpset)
            throw new DataException(Opset == 0
                ? $"{source} does not say which version of ONNX's operators it uses, so nobody can know what they mean. Export it again."
                : $"{source} uses version {Opset} of ONNX's operators, and versions {OnnxFile.LowestReadOpset} to {OnnxFile.HighestReadOpset} are read. Export it again with opset 17.");
        foreach (var tensor in model.Graph.Initializers)
            Define(tensor.Name, new GraphValue(tensor), "the weights");
        foreach (var port in model.Graph.Inputs.Where(port => !values.ContainsKey(port.Name)))
            Define(port.Name, new GraphValue(port, given?.GetValueOrDefault(port.Name), input), "the inputs");
    }

    public bool HasBatch { get; }

    public int Opset { get; }

    /// <summary>Samples of a run, where the content of the inputs is known.</summary>
    public int? Batch { get; private set; }

    /// <summary>Names of the graph's inputs that the network computes from, in the order of its inputs.</summary>
    public List<string> FeatureInputs { get; } = [];

    public static IEnumerable<string> KnownOperators => Readers.Keys.Concat(GraphPlumbing.Operators.Keys).Order(StringComparer.Ordinal);

    /// <summary>Reads the nodes that the outputs need.</summary>
    /// <exception cref="OnnxRefusal">A node has no counterpart here.</exception>
    /// <exception cref="DataException">The graph is none.</exception>
    public IReadOnlyList<ImportedOutput> Read()
    {
        if (model.Graph.Outputs.Count == 0)
            throw new DataException($"{source} has no outputs, so there is nothing to compute.");
        var needed = Needed();
        for (var i = 0; i < model.Graph.Nodes.Count; i++)
            if (needed[i])
                Read(model.Graph.Nodes[i], i);
        return [.. model.Graph.Outputs.Select(Output)];
    }

    public GraphValue? Find(string name) => values.GetValueOrDefault(name);

    /// <summary>Why a name stands for nothing yet.</summary>
    public string Missing(string name)
    {
        var later = model.Graph.Nodes.FirstOrDefault(node => node.Outputs.Contains(name));
        return later is null
            ? $"it reads '{Shown(name)}', which nobody makes; the file is damaged, export it again"
            : $"it reads '{Shown(name)}', which the node '{Shown(later.Name)}' ({Shown(later.Operator)}) makes later; nodes stand in the order of computation, and a circle has none";
    }

    public void Define(string name, GraphValue value, string where)
    {
        if (name.Length == 0) return;
        if (!values.TryAdd(name, value))
            throw new DataException($"{source} makes '{Shown(name)}' twice, the second time in {where}. The file is damaged; export it again.");
    }

    public OnnxFeature Add(Op op, string? name, IReadOnlyList<OnnxFeature> inputs, IReadOnlyList<int>? dimensions, IReadOnlyList<float[]> parameters)
    {
        Shape[] shapes = [.. inputs.Select(input => input.Shape)];
        var output = op.OutputShape(shapes);
        var definitions = op.Parameters(shapes);
        if (definitions.Count != parameters.Count || definitions.Where((definition, i) => definition.Count != parameters[i].Length).Any())
            throw new ShapeException($"{op} has the parameters {string.Join(", ", definitions.Select(definition => $"{definition.Name} ({string.Join(" x ", definition.Dimensions)})"))}, and the node brings {string.Join(", ", parameters.Select(values => $"{values.Length:N0}"))} numbers");
        numbers += definitions.Sum(definition => (long)definition.Count);
        if (numbers > mostNumbers)
            throw new DataException(Invariant($"{source} makes more than {mostNumbers:N0} weights of a file that is much smaller, by sharing them between nodes. It is damaged or not meant well."));
        if (features.Count > NetworkFile.MaximumLayers)
            throw new DataException(Invariant($"{source} has more than {NetworkFile.MaximumLayers:N0} layers; more are not read."));
        if (builder is null) BindFirst();
        var feature = builder!.Add(op, Name(name), [.. inputs.Select(input => features[input.Index])]);
        var layerName = builder.NameOf(feature.Index);
        for (var i = 0; i < definitions.Count; i++)
            weights[$"{layerName}.{definitions[i].Name}"] = parameters[i];
        return Keep(feature, dimensions ?? OnnxImport.Kept(inputs, output));
    }

    /// <summary>Makes an input of the graph an input of the network.</summary>
    public OnnxFeature Bind(GraphValue value)
    {
        var port = value.Port!;
        IReadOnlyList<int> dimensions = value.Given?.Dimensions ?? Declared(port, value.Input);
        if (HasBatch)
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
        var shape = OnnxImport.Canonical(dimensions);
        var feature = builder is null ? (builder = new NetworkBuilder(shape)).FeatureOf(0) : builder.AddInput($"input{FeatureInputs.Count + 1}", shape);
        FeatureInputs.Add(port.Name);
        return value.Feature = Keep(feature, dimensions);
    }

    // A network begins with its input, and a layer that reads nothing (a constant) may come first in a file.
    private void BindFirst()
    {
        var first = model.Graph.Inputs.Select(port => Find(port.Name)).FirstOrDefault(value => value is { Port: not null, Feature: null });
        Bind(first ?? throw new OnnxRefusal(source, "it has no input to compute from"));
    }

    private OnnxFeature Keep(Feature feature, IReadOnlyList<int> dimensions)
    {
        features.Add(feature);
        return new OnnxFeature(features.Count - 1, feature.Shape, dimensions);
    }

    /// <summary>The sizes that the file states for an input; of the batch the size does not matter.</summary>
    private int[] Declared(OnnxPort port, Shape? input)
    {
        if (port.Type != OnnxType.Float32)
            throw new DataException($"{source}: the input '{Shown(port.Name)}' holds numbers of the kind {port.Type}; float32 was expected.");
        if (input is { } shape) return [1, shape.Channels, shape.Height, shape.Width];
        if (port.Dimensions is null)
            throw new DataException($"{source} does not say which size its input '{Shown(port.Name)}' has. Say it when loading, such as 3 x 224 x 224.");
        var sizes = new int[port.Dimensions.Count];
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (axis == 0 && HasBatch) sizes[axis] = 1;
            else if (port.Dimensions[axis].Size is > 0 and <= int.MaxValue and var size) sizes[axis] = (int)size;
            else throw new DataException($"{source} leaves the size of its input '{Shown(port.Name)}' open: {port.Sizes}. Say it when loading, such as 3 x 224 x 224.");
        }
        return sizes;
    }

    /// <summary>Walks back from the outputs: what nobody needs is not read.</summary>
    private bool[] Needed()
    {
        var makers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < model.Graph.Nodes.Count; i++)
            foreach (var output in model.Graph.Nodes[i].Outputs)
                makers.TryAdd(output, i);
        var needed = new bool[model.Graph.Nodes.Count];
        var open = new Stack<string>(model.Graph.Outputs.Select(output => output.Name));
        while (open.TryPop(out var name))
        {
            if (!makers.TryGetValue(name, out var maker) || needed[maker]) continue;
            needed[maker] = true;
            foreach (var input in model.Graph.Nodes[maker].Inputs)
                open.Push(input);
        }
        return needed;
    }

    private void Read(OnnxNode node, int index)
    {
        var import = new NodeImport(this, node, $"{source}, node {(node.Name.Length > 0 ? $"'{Shown(node.Name)}'" : $"{index}")} ({Shown(node.Operator)})");
        if (node.Domain.Length > 0)
            throw import.Wrong($"the operator belongs to '{Shown(node.Domain)}', and only ONNX's own operators are read; export the model without vendor operators");
        NodeAttributes.Check(import, node);
        try
        {
            if (!GraphPlumbing.Fold(import))
            {
                if (!GraphPlumbing.Operators.TryGetValue(node.Operator, out var read) && !Readers.TryGetValue(node.Operator, out read))
                    throw Unknown(import);
                read(import);
            }
        }
        catch (FeatureMapException error) when (error is ShapeException or UsageException)
        {
            throw import.Wrong(error.Message.TrimEnd('.'), "", error);
        }
        import.Finish();
    }

    private static OnnxRefusal Unknown(NodeImport node) => GraphPlumbing.Names.Contains(node.Operator)
        ? node.Wrong($"the operator '{node.Operator}' is read on constants only, and this one computes on images")
        : node.Wrong($"no layer stands for the operator '{Shown(node.Operator)}'", NearestName.Suggest(node.Operator, KnownOperators));

    private ImportedOutput Output(OnnxPort port)
    {
        if (Find(port.Name) is not { } value)
            throw new DataException($"{source}: {Missing(port.Name).Replace("it reads", "the graph gives", StringComparison.Ordinal)}.");
        if (value.Reason is { } reason)
            throw new OnnxRefusal(source, reason);
        if (value.Port is not null && value.Feature is null) Bind(value);
        if (value.Feature is not { } feature || builder is null)
            throw new OnnxRefusal(source, $"the output '{Shown(port.Name)}' does not depend on any input");
        try
        {
            var imported = Weights.Blank(builder.Finish(features[feature.Index]));
            foreach (var parameter in imported.Parameters)
                weights[parameter.Name].CopyTo(parameter.Values);
            return new ImportedOutput(port.Name, imported, feature.Dimensions);
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
        for (var number = 2; builder?.Find(unique) is not null; number++)
            unique = $"{name}_{number}";
        return unique;
    }

    internal static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";
}

/// <summary>What a name in a graph stands for: numbers that are known, or what a layer gives, or an input that is one or the other as the first reader wants it.</summary>
internal sealed class GraphValue
{
    public GraphValue(OnnxTensor constant) => Constant = constant;

    public GraphValue(OnnxFeature feature) => Feature = feature;

    public GraphValue(OnnxPort port, OnnxTensor? given, Shape? input) => (Port, Given, Input) = (port, given, input);

    /// <summary>A value that nobody computes here.</summary>
    public GraphValue(string reason) => Reason = reason;

    public OnnxTensor? Constant { get; }

    public OnnxFeature? Feature { get; set; }

    public OnnxPort? Port { get; }

    public OnnxTensor? Given { get; }

    public Shape? Input { get; }

    public string? Reason { get; }
}
