namespace FeatureMap.Ops;

/// <summary>
/// A value in an ONNX graph that is being written. ONNX knows no "vector as an image of 1 x 1 pixels": a vector is batch x numbers, an image batch x channels x
/// height x width, and the operators insist. So each value remembers which of the two it is.
/// </summary>
/// <param name="Name">Unique in the graph.</param>
/// <param name="Rank">Its number of axes, the batch among them: 4, or 2 for some vectors.</param>
/// <param name="HasBatch">Whether its first axis is the batch; false for weights, and for constants that stretch over any batch.</param>
internal readonly record struct OnnxValue(string Name, int Rank, bool HasBatch = true);

/// <summary>
/// What an op writes itself to when its network becomes an ONNX graph: nodes with operator, inputs and attributes. What a file makes of them is not the op's
/// business. Every op writes its evaluation form: running statistics, no dropout.
/// </summary>
internal abstract partial class OnnxExport
{
    /// <summary>The version of the operator set that the graph states. Operators that came later must be written by older ones.</summary>
    public abstract int Opset { get; }

    /// <summary>Shapes of what the layer reads.</summary>
    public abstract IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>Shape of what the layer gives.</summary>
    public abstract Shape OutputShape { get; }

    /// <summary>An input as it is: for operators that take any rank.</summary>
    public abstract OnnxValue Input(int index = 0);

    /// <summary>An input that may have a batch of 1: for operators that stretch it.</summary>
    public abstract OnnxValue Stretching(int index);

    /// <summary>A parameter of the layer, under the name and with the dimensions that it has here.</summary>
    public abstract OnnxValue Parameter(int index);

    /// <summary>The numbers of a parameter, for ops that write them in another order.</summary>
    public abstract float[] ParameterValues(int index);

    /// <summary>Real numbers that the op brings along.</summary>
    public abstract OnnxValue Constant(string name, IReadOnlyList<int> dimensions, float[] values);

    /// <summary>A list of whole numbers that the op brings along: sizes, axes.</summary>
    public abstract OnnxValue Constant(string name, params long[] values);

    /// <summary>Adds a node. Its output has the rank of its first input; write <c>with { Rank = 2 }</c> where that is not so.</summary>
    public abstract OnnxValue Node(string operatorName, IReadOnlyList<OnnxValue> inputs, params ReadOnlySpan<OnnxAttribute> attributes);

    /// <summary>
    /// An image for a pooling. ONNX Runtime takes a Pad of zeros into the pooling behind it: a maximum then no longer sees the zeros, and
    /// padding as wide as the window is refused. A maximum of one input, which is that input, keeps the two apart.
    /// </summary>
    public OnnxValue Pooled() => Image() is var image && IsPadded(image) ? Node("Max", [image]) : image;

    /// <summary>
    /// Whether a layer before this one exchanges axes. ONNX Runtime moves a Transpose behind the nodes that follow it, and then refuses its
    /// own Resize where other axes than the two it interpolates along have become larger.
    /// </summary>
    public abstract bool FollowsTranspose { get; }

    /// <summary>Whether a value comes out of a Pad.</summary>
    public abstract bool IsPadded(OnnxValue value);

    /// <summary>Says which value is the output of the layer. To be called once.</summary>
    public abstract void Result(OnnxValue value);

    /// <summary>The error for a layer that ONNX has no operator for.</summary>
    public abstract UsageException Refuse(string reason);

    /// <summary>Adds the node whose output is the output of the layer.</summary>
    public void Result(string operatorName, IReadOnlyList<OnnxValue> inputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
        Result(Node(operatorName, inputs, attributes));

    /// <summary>An input as batch x channels x height x width: for operators that look at pixels or channels.</summary>
    public OnnxValue Image(int index = 0) => Image(Input(index), index);

    /// <summary>A vector as batch x numbers: for dense layers.</summary>
    public OnnxValue Vector(int index = 0)
    {
        var value = Input(index);
        return value.Rank == 2 ? value : Node("Flatten", [value], new OnnxAttribute("axis", 1)) with { Rank = 2 };
    }

    /// <summary>All inputs with one rank between them: for operators that join.</summary>
    public OnnxValue[] Alike() => Alike(Input);

    /// <summary>The same for operators that stretch their inputs, over the batch too.</summary>
    public OnnxValue[] Broadcast() => Alike(Stretching);

    private OnnxValue[] Alike(Func<int, OnnxValue> input)
    {
        var values = Enumerable.Range(0, InputShapes.Count).Select(input).ToArray();
        return Array.TrueForAll(values, value => value.Rank == 2) ? values : [.. values.Select(Image)];
    }

    private OnnxValue Image(OnnxValue value, int index) => value.Rank == 4 ? value : Reshaped(value, InputShapes[index]);

    /// <summary>The same numbers as batch x channels x height x width of another shape; 0 keeps the batch.</summary>
    public OnnxValue Reshaped(OnnxValue value, Shape shape) =>
        Node("Reshape", [value, Constant("shape", 0, shape.Channels, shape.Height, shape.Width)]) with { Rank = 4 };
}
