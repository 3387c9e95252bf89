using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Operators as operator sets 1 to 6 have them, turned into what they are since 7. Most only lost attributes that told a runtime where it
/// may write (<c>consumed_inputs</c>) or that nothing is trained (<c>is_test</c>); arithmetic said how its second input stretches
/// (<c>broadcast</c>, <c>axis</c>).
/// </summary>
internal static class OldOperators
{
    /// <summary>From this operator set on nothing has to be turned.</summary>
    public const int Before = 7;

    private static readonly HashSet<string> Same = new(StringComparer.Ordinal)
    {
        "Abs", "ArgMax", "ArgMin", "AveragePool", "Ceil", "Clip", "Concat", "Constant", "Conv", "ConvTranspose", "DepthToSpace", "Elu", "Exp", "Flatten", "Floor", "Gather",
        "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "Identity", "InstanceNormalization", "LRN", "LeakyRelu", "Log", "LogSoftmax", "LpNormalization", "MatMul", "Max",
        "MaxPool", "Mean", "Min", "Neg", "Not", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
        "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Shape", "Sigmoid", "Size", "Slice", "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze",
        "Sum", "Tanh", "Transpose", "Unsqueeze",
    };

    private static readonly HashSet<string> Stretching = new(StringComparer.Ordinal) { "Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less" };

    /// <summary>
    /// The node as it is written since operator set 7, and the axis of its first input at which the second begins, where it says one.
    /// </summary>
    /// <exception cref="OnnxRefusal">What the operator meant then is not known here, or it trains.</exception>
    public static (OnnxNode Node, int? Alignment) Modern(OnnxNode node, int opset, Func<string, OnnxRefusal> wrong)
    {
        var isNormalization = node.Operator == "BatchNormalization";
        if (isNormalization || node.Operator == "Dropout")
        {
            if (Whole("is_test", 0) == 0)
                throw wrong("it is in training mode (is_test is not 1); export the model in evaluation mode");
            if (isNormalization && Whole("spatial", 1) == 0)
                throw wrong("it normalises each pixel by itself (spatial is 0), and layers here normalise channels");
            return (Without("is_test", "spatial", "consumed_inputs"), null);
        }
        if (Stretching.Contains(node.Operator))
            return (Without("broadcast", "axis", "consumed_inputs"), Whole("broadcast", 0) != 0 && Find("axis") is long axis ? (int)Math.Clamp(axis, -16, 16) : null);
        return node.Operator switch
        {
            "Gemm" => (Without("broadcast"), null),
            "PRelu" => (Without("consumed_inputs"), 1), // one slope for each channel, the axis behind the batch
            "Selu" => (With(Without("consumed_inputs"), ("alpha", Find("alpha") ?? (opset < 6 ? 1.6732f : 1.67326319f)), ("gamma", Find("gamma") ?? (opset < 6 ? 1.0507f : 1.05070102f))), null),
            "Cast" => (Find("to") is string kind ? With(Without("to"), ("to", (long)Kind(kind))) : node, null),
            "Concat" when opset < 4 => (With(Without("axis"), ("axis", Whole("axis", 1))), null),
            "Pad" => (Find("paddings") is { } pads ? With(Without("paddings"), ("pads", pads)) : node, null),
            "Upsample" when Find("height_scale") is float height && Find("width_scale") is float width => (With(Without("height_scale", "width_scale"), ("scales", new[] { 1, 1, height, width })), null),
            var other when Same.Contains(other) => (Without("consumed_inputs"), null),
            _ => throw wrong($"what the operator '{GraphImport.Shown(node.Operator)}' means in version {opset} of ONNX's operators is not "
                + "known here; export the model again with opset 17"),
        };

        object? Find(string name) => node.Attributes.FirstOrDefault(attribute => attribute.Name == name).Value;
        long Whole(string name, long fallback) => Find(name) is long value ? value : fallback;
        OnnxNode Without(params string[] names) => node with { Attributes = [.. node.Attributes.Where(attribute => !names.Contains(attribute.Name))] };
        static OnnxNode With(OnnxNode node, params (string Name, object Value)[] added) => node with { Attributes = [.. node.Attributes, .. added.Select(one => new OnnxAttribute(one.Name, one.Value))] };

        OnnxType Kind(string name) => name.ToUpperInvariant() switch
        {
            "FLOAT" => OnnxType.Float32,
            "DOUBLE" => OnnxType.Float64,
            "FLOAT16" => OnnxType.Float16,
            "INT64" => OnnxType.Int64,
            "INT32" => OnnxType.Int32,
            "BOOL" => OnnxType.Boolean,
            _ => throw wrong($"it turns numbers into the kind '{GraphImport.Shown(name)}', which is not read"),
        };
    }
}
