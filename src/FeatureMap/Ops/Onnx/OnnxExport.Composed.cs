namespace FeatureMap.Ops;

// What rooms put together where ONNX has no operator for an op, or got it later than the graph's operator set.
internal abstract partial class OnnxExport
{
    /// <summary>The format's code for numbers of float32, as the operator Cast wants it.</summary>
    public const long Float32 = 1;

    /// <summary>What stands for an input that is left out.</summary>
    public static OnnxValue Absent => new("", 0);

    /// <summary>A single number that the op brings along.</summary>
    public OnnxValue Number(string name, float value) => Constant(name, [], [value]);

    /// <summary>Ends the layer with all numbers kept between two bounds.</summary>
    public void Clip(float low, float high) => Result("Clip", [Input(), Number("minimum", low), Number("maximum", high)]);

    /// <summary>A reduction; its axes stay, with size 1. They are an input since operator set 18, for ReduceSum since 13, and an attribute before.</summary>
    public OnnxValue Reduced(string operatorName, OnnxValue value, params long[] axes) => Opset >= (operatorName == "ReduceSum" ? 13 : 18)
        ? Node(operatorName, [value, Constant("axes", axes)])
        : Node(operatorName, [value], new OnnxAttribute("axes", axes));

    /// <summary>The same numbers under other sizes behind the batch, however many.</summary>
    public OnnxValue Viewed(OnnxValue value, params ReadOnlySpan<long> sizes) =>
        Node("Reshape", [value, Constant("shape", [0, .. sizes])]) with { Rank = sizes.Length + 1 };

    /// <summary>
    /// The input seen under more axes, these axes exchanged, and the result as the layer's output: what shuffles are made of. Axes count from the batch, which is 0.
    /// </summary>
    public void Exchanged(ReadOnlySpan<long> sizes, params long[] order)
    {
        var exchanged = Node("Transpose", [Viewed(Input(), sizes)], new OnnxAttribute("perm", order));
        Result(Viewed(exchanged, OutputShape.Channels, OutputShape.Height, OutputShape.Width));
    }

    /// <summary>One piece of an axis, from a position on up to and without another.</summary>
    public OnnxValue Piece(OnnxValue value, int axis, int first, int end) =>
        Node("Slice", [value, Constant("starts", first), Constant("ends", end), Constant("axes", axis)]);

    /// <summary>Weighted sums along the rows and along the columns of each plane, as a matrix product from the left and one from the right.</summary>
    public OnnxValue Mapped(OnnxValue image, AxisTable rows, AxisTable columns)
    {
        if (!rows.IsIdentity) image = Node("MatMul", [Constant("rows", [rows.Outputs, rows.Inputs], Matrix(rows, isTransposed: false)), image]) with { Rank = 4 };
        return columns.IsIdentity ? image : Node("MatMul", [image, Constant("columns", [columns.Inputs, columns.Outputs], Matrix(columns, isTransposed: true))]);
    }

    private static float[] Matrix(AxisTable table, bool isTransposed)
    {
        var matrix = new float[table.Inputs * table.Outputs];
        for (var output = 0; output < table.Outputs; output++)
            foreach (var tap in table.Taps(output))
                matrix[isTransposed ? (tap.Position * table.Outputs) + output : (output * table.Inputs) + tap.Position] += tap.Weight;
        return matrix;
    }
}
