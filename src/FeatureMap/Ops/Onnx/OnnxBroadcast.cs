namespace FeatureMap.Ops;

/// <summary>
/// Reads the operators of ONNX that stretch their inputs. ONNX aligns sizes at the last axis, the batch being the first, so features need equally many axes, and
/// constants may have fewer. A single known number becomes a setting where there is an op for it, else a constant; more of them are weights.
/// </summary>
internal static class OnnxBroadcast
{
    private static readonly string[] Variadic = ["Max", "Mean", "Min", "Sum"];

    /// <summary>Adds the layer that stands for a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="op">What it computes of two inputs, or of as many as it takes; of more inputs, two at a time.</param>
    /// <param name="withNumber">The op for a node of one feature and one known number, which may be the first input; null, or answering null, where there is none.</param>
    public static void Read(OnnxImport node, Op op, Func<float, bool, Op?>? withNumber = null)
    {
        if (withNumber is not null && Number(node) is var (feature, number, isFirst) && withNumber(number, isFirst) is { } unary)
        {
            node.Result(node.Layer(unary, [feature], feature.Dimensions));
            return;
        }
        node.Result(Joined(node, op));
    }

    /// <summary>All inputs of a node as inputs of the op, or two at a time where it takes two and there are more; a single one as it is.</summary>
    public static OnnxFeature Joined(OnnxImport node, Op op)
    {
        var operands = Operands(node);
        if ((op.InputCount < 0 && operands.Length > 1) || op.InputCount == operands.Length)
            return node.Layer(op, operands, Sizes(operands));
        if (op.InputCount > 2 || !Variadic.Contains(node.Operator))
            throw node.Wrong($"it has {operands.Length} inputs; {op.InputCount} were expected");
        var result = operands[0];
        foreach (var operand in operands[1..])
            result = node.Layer(op, [result, operand], Sizes([result, operand]));
        return result;
    }

    /// <summary>The same with the two inputs exchanged: Less is Greater the other way round.</summary>
    public static void ReadExchanged(OnnxImport node, Op op)
    {
        var operands = Operands(node);
        node.Result(operands.Length == 2 ? node.Layer(op, [operands[1], operands[0]], Sizes(operands)) : throw node.Wrong($"it has {operands.Length} inputs; 2 were expected"));
    }

    /// <summary>The feature and the number of a node that has one of each.</summary>
    private static (OnnxFeature Feature, float Number, bool IsFirst)? Number(OnnxImport node)
    {
        if (node.InputCount != 2 || node.IsConstant(0) == node.IsConstant(1)) return null;
        var isFirst = node.IsConstant(0);
        var (feature, tensor) = (node.Feature(isFirst ? 1 : 0), node.Constant(isFirst ? 0 : 1, "number"));
        return tensor.Count == 1 && tensor.Dimensions.Count <= feature.Dimensions.Count + (node.HasBatch ? 1 : 0) && Numbers(tensor)[0] is var number && float.IsFinite(number)
            ? (feature, number, isFirst)
            : null;
    }

    /// <summary>All inputs with equally many axes, in shapes that stretch to each other as ONNX says.</summary>
    private static OnnxFeature[] Operands(OnnxImport node)
    {
        var inputs = Enumerable.Range(0, node.InputCount).ToArray();
        var features = inputs.Where(input => !node.IsConstant(input)).Select(node.Feature).ToList();
        if (features.Count == 0)
            throw node.Wrong("all its inputs are constants; it should have been computed when the file was written");
        var rank = features.Max(feature => feature.Dimensions.Count);
        if (node.HasBatch && features.Find(feature => feature.Dimensions.Count != rank) is { } shorter)
            throw node.Wrong($"one of its inputs has {rank + 1} axes and another {shorter.Dimensions.Count + 1}; ONNX then lays the batch of one beside another axis");
        foreach (var input in inputs.Where(node.IsConstant))
            rank = Math.Max(rank, node.Constant(input, "operand").Dimensions.Count - (node.HasBatch ? 1 : 0));
        if (node.HasBatch && rank > features[0].Dimensions.Count)
            throw node.Wrong("a constant with more axes than the feature would make the batch another axis");
        var operands = Array.ConvertAll(inputs, input => node.IsConstant(input) ? Source(node, input, rank) : Feature(node, input, rank));
        var middle = operands.Select(operand => operand.Dimensions.Skip(1).SkipLast(1).ToList()).ToList();
        if (rank > 3 && middle.Exists(sizes => !sizes.TrueForAll(size => size == 1) && !sizes.SequenceEqual(middle.MaxBy(OnnxImport.Product)!)))
            throw node.Wrong("it stretches some of more than three axes; tensors here have channels, rows and columns");
        return operands;
    }

    private static OnnxFeature Feature(OnnxImport node, int input, int rank)
    {
        var feature = node.Feature(input);
        int[] sizes = [.. Enumerable.Repeat(1, rank - feature.Dimensions.Count), .. feature.Dimensions];
        return node.View(feature, OnnxImport.Canonical(sizes), sizes);
    }

    /// <summary>A known tensor as a layer that gives it for every image, with this many axes behind the batch: a constant where it is one number, else weights.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">Which of its inputs.</param>
    /// <param name="rank">Axes behind the batch.</param>
    /// <param name="isWhole">Whether all axes must be there, the batch among them; otherwise those that are missing in front are of size
    /// 1.</param>
    public static OnnxFeature Source(OnnxImport node, int input, int rank, bool isWhole = false)
    {
        var tensor = node.Constant(input, "operand");
        var sizes = tensor.Dimensions.ToList();
        var axes = rank + (node.HasBatch ? 1 : 0);
        if (isWhole ? sizes.Count != axes : sizes.Count > axes)
            throw node.Wrong($"its constant {tensor} has {sizes.Count} axes, and {axes} were expected");
        if (node.HasBatch && sizes.Count == rank + 1)
        {
            if (sizes[0] != 1)
                throw node.Wrong($"its constant {tensor} has other numbers for each image of the batch");
            sizes.RemoveAt(0);
        }
        sizes.InsertRange(0, Enumerable.Repeat(1, rank - sizes.Count));
        // An infinite number, as masks have it, cannot be written down as a setting, but can be a weight.
        var (shape, numbers) = (OnnxImport.Canonical(sizes), Numbers(tensor));
        return numbers is [var number] && float.IsFinite(number)
            ? node.Layer(new Constant(shape, number), [], sizes)
            : node.Layer(new LearnedParameter(shape), [], sizes, numbers);
    }

    private static float[] Numbers(OnnxTensor tensor) => tensor.Values as float[] ?? Array.ConvertAll((long[])tensor.Values, value => (float)value);

    private static int[] Sizes(OnnxFeature[] operands) => [.. Enumerable.Range(0, operands[0].Dimensions.Count).Select(axis => operands.Max(operand => operand.Dimensions[axis]))];
}
