namespace FeatureMap.Ops;

/// <summary>
/// The output of a layer in a network that is being made of an ONNX graph. ONNX tensors have any number of axes and ours three, but both stand in memory with
/// the last axis fastest. So the sizes that ONNX sees are kept beside the shape, and an op asks for the shape that it needs: another one is a view.
/// </summary>
/// <param name="Index">Which one it is; the importer's business.</param>
/// <param name="Shape">The shape that the layer gives.</param>
/// <param name="Dimensions">The sizes that ONNX sees, the batch left out; their product is the shape's.</param>
internal sealed record OnnxFeature(int Index, Shape Shape, IReadOnlyList<int> Dimensions);

/// <summary>
/// A node of an ONNX graph as an op reads it: inputs, attributes, and what it adds to the network. Nothing is trusted: whatever does not fit ends in a
/// <see cref="OnnxRefusal"/> that names the node and says what to do.
/// </summary>
internal abstract partial class OnnxImport
{
    /// <summary>The operator of the node, such as <c>Conv</c>.</summary>
    public abstract string Operator { get; }

    /// <summary>The version of the operator set that the graph states.</summary>
    public abstract int Opset { get; }

    /// <summary>
    /// Whether axis 0 of all features is the batch, as in every network. Otherwise the whole tensor is one sample: what small graphs without a batch are read as.
    /// </summary>
    public abstract bool HasBatch { get; }

    /// <summary>How many inputs the node names; some of them may be left out.</summary>
    public abstract int InputCount { get; }

    /// <summary>How many outputs the node names.</summary>
    public abstract int OutputCount { get; }

    /// <summary>Whether the node has this input.</summary>
    public abstract bool Has(int input);

    /// <summary>Whether the node names this output, so that somebody may read it.</summary>
    public abstract bool Gives(int output);

    /// <summary>Whether this input is known already: weights, sizes.</summary>
    public abstract bool IsConstant(int input);

    /// <summary>An input that is computed by the network.</summary>
    /// <exception cref="OnnxRefusal">It is missing, or a constant.</exception>
    public abstract OnnxFeature Feature(int input = 0);

    /// <summary>An input that is known already.</summary>
    /// <param name="input">Number of the input.</param>
    /// <param name="role">What it is for, for messages: <c>weight</c>.</param>
    /// <exception cref="OnnxRefusal">It is missing, or computed by the network.</exception>
    public abstract OnnxTensor Constant(int input, string role);

    /// <summary>An attribute, or null where the node has none of this name.</summary>
    public abstract object? Attribute(string name);

    /// <summary>Adds a layer.</summary>
    /// <param name="op">What it computes.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="dimensions">The sizes of its output that ONNX sees, without the batch; where they are left out, those of its shape in
    /// as many axes as the inputs have.</param>
    /// <param name="parameters">The numbers of its parameters, in their order.</param>
    /// <exception cref="OnnxRefusal">It does not fit.</exception>
    public abstract OnnxFeature Layer(Op op, IReadOnlyList<OnnxFeature> inputs, IReadOnlyList<int>? dimensions = null, params IReadOnlyList<float[]> parameters);

    /// <summary>The same numbers under another shape; adds a layer only where the shape is another one.</summary>
    public abstract OnnxFeature View(OnnxFeature feature, Shape shape, IReadOnlyList<int> dimensions);

    /// <summary>Says what an output of the node is.</summary>
    public abstract void Result(OnnxFeature feature, int output = 0);

    /// <summary>The error that names the node.</summary>
    /// <param name="what">What is wrong: where possible what was received, what was expected and what to do.</param>
    public abstract OnnxRefusal Wrong(string what);

    /// <summary>A whole number; the fallback where the node does not have it.</summary>
    public long Whole(string name, long fallback) => Attribute(name) switch
    {
        null => fallback,
        long value => value,
        var other => throw Wrong($"the attribute '{name}' should be a whole number and is {Kind(other)}"),
    };

    /// <summary>0 or 1.</summary>
    public bool Flag(string name, bool fallback = false) => Whole(name, fallback ? 1 : 0) switch
    {
        0 => false,
        1 => true,
        var other => throw Wrong($"the attribute '{name}' should be 0 or 1 and is {other}"),
    };

    /// <summary>A real number; the fallback where the node does not have it.</summary>
    public float Real(string name, float fallback) => Attribute(name) switch
    {
        null => fallback,
        float value when float.IsFinite(value) => value,
        float => throw Wrong($"the attribute '{name}' is not a finite number"),
        var other => throw Wrong($"the attribute '{name}' should be a real number and is {Kind(other)}"),
    };

    /// <summary>A text; the fallback where the node does not have it.</summary>
    public string Text(string name, string fallback) => Attribute(name) switch
    {
        null => fallback,
        string value => value,
        var other => throw Wrong($"the attribute '{name}' should be a text and is {Kind(other)}"),
    };

    /// <summary>A list of whole numbers; null where the node does not have it.</summary>
    public long[]? Wholes(string name) => Attribute(name) switch
    {
        null => null,
        long[] values => values,
        var other => throw Wrong($"the attribute '{name}' should be a list of whole numbers and is {Kind(other)}"),
    };

    /// <summary>A list of whole numbers that is an input of the node, such as axes; null where the node does not have it.</summary>
    public long[]? Wholes(int input, string role)
    {
        if (!Has(input)) return null;
        var tensor = Constant(input, role);
        return tensor.Values as long[] ?? throw Wrong($"its {role} {tensor} should be whole numbers");
    }

    /// <summary>Real numbers that are an input of the node, such as weights.</summary>
    public float[] Reals(int input, string role)
    {
        var tensor = Constant(input, role);
        return tensor.Values as float[] ?? throw Wrong($"its {role} {tensor} should be real numbers");
    }

    /// <summary>One real number per channel or output.</summary>
    public float[] Reals(int input, string role, int count)
    {
        var values = Reals(input, role);
        return values.Length == count ? values : throw Wrong($"its {role} {Constant(input, role)} should have {count:N0} numbers");
    }

    /// <summary>A single real number that is an input of the node; the fallback where the node does not have it.</summary>
    public float Real(int input, string role, float fallback) =>
        !Has(input) ? fallback : Reals(input, role) is [var value] ? value : throw Wrong($"its {role} {Constant(input, role)} should be a single number");

    /// <summary>An input in the shape that stands for the sizes which ONNX sees; two inputs of the same sizes then have the same shape.</summary>
    public OnnxFeature Canonical(int input = 0)
    {
        var feature = Feature(input);
        return View(feature, Canonical(feature.Dimensions), feature.Dimensions);
    }

    /// <summary>Adds an op that looks at each number by itself.</summary>
    public void Unary(Op op) => Result(Layer(op, [Feature()], Feature().Dimensions));

    /// <summary>An axis of a feature among <see cref="OnnxFeature.Dimensions"/>; negative ones count from the end.</summary>
    /// <exception cref="OnnxRefusal">There is no such axis, or it is the batch.</exception>
    public int Axis(OnnxFeature feature, long axis)
    {
        var rank = feature.Dimensions.Count + (HasBatch ? 1 : 0);
        var positive = axis < 0 ? axis + rank : axis;
        if (positive < 0 || positive >= rank)
            throw Wrong($"there is no axis {axis}: its input has {rank}");
        if (HasBatch && positive == 0)
            throw Wrong("it works along axis 0, which is the batch: images of a batch do not meet in a network");
        return (int)positive - (HasBatch ? 1 : 0);
    }

    /// <summary>An input as channels x height x width; an image of one row where ONNX sees one spatial axis (a signal).</summary>
    public OnnxFeature Image(int input = 0)
    {
        var feature = Feature(input);
        var sizes = feature.Dimensions;
        if (!HasBatch || sizes.Count is < 2 or > 3)
            throw Wrong($"it works on batch x channels x height x width, or on signals, batch x channels x length; its input has {sizes.Count + (HasBatch ? 1 : 0)} axes{(sizes.Count == 4 ? " (three-dimensional images are not supported)" : "")}");
        return View(feature, new Shape(sizes[0], sizes.Count == 3 ? sizes[1] : 1, sizes[^1]), sizes);
    }

    /// <summary>An input with its channels first and whatever number of spatial axes behind them.</summary>
    public OnnxFeature Channels(int input = 0)
    {
        var feature = Feature(input);
        if (!HasBatch || feature.Dimensions.Count == 0)
            throw Wrong($"it works on batch x channels x ...; its input has {feature.Dimensions.Count + (HasBatch ? 1 : 0)} axes, and the first two are expected to be the batch and the channels");
        return Canonical(input);
    }

    /// <summary>The shape that stands for these sizes where nobody asks for another one: the first axis is the channels, the last the columns.</summary>
    public static Shape Canonical(IReadOnlyList<int> dimensions) => dimensions.Count switch
    {
        0 => Shape.Vector(1),
        1 => Shape.Vector(dimensions[0]),
        _ => new Shape(dimensions[0], Product(dimensions.Skip(1).SkipLast(1)), dimensions[^1]),
    };

    /// <summary>The product of sizes.</summary>
    /// <exception cref="ShapeException">It does not fit 31 bits.</exception>
    public static int Product(IEnumerable<int> sizes)
    {
        Int128 product = 1;
        foreach (var size in sizes)
            if ((product *= size) > int.MaxValue)
                throw new ShapeException($"The sizes {NumberRow.Join(" x ", sizes)} multiply to more than {int.MaxValue:N0}.");
        return (int)product;
    }

    /// <summary>The output of a layer that reads <see cref="Image"/>: a signal stays one.</summary>
    public void ResultLike(OnnxFeature image, OnnxFeature output) =>
        Result(output with { Dimensions = image.Dimensions.Count == 3 ? [output.Shape.Channels, output.Shape.Height, output.Shape.Width] : [output.Shape.Channels, output.Shape.Width] });

    private static string Kind(object value) => value switch
    {
        long => "a whole number",
        float => "a real number",
        string => "a text",
        long[] => "a list of whole numbers",
        float[] => "a list of real numbers",
        OnnxTensor => "a tensor",
        _ => "of a kind that is not read",
    };
}

/// <summary>An ONNX operator that a room reads.</summary>
/// <param name="Name">The operator's name.</param>
/// <param name="Read">Adds to the network what stands for a node.</param>
/// <param name="Attributes">Every attribute that it may have in any operator set that is read; others are refused before it is
/// read.</param>
internal sealed record OnnxOperator(string Name, Action<OnnxImport> Read, params IReadOnlyList<string> Attributes);
