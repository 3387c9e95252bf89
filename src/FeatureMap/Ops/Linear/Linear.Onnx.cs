namespace FeatureMap.Ops;

public sealed partial class Linear
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Gemm", ReadGemm, "alpha", "beta", "transA", "transB"), new("MatMul", ReadMatMul)];

    // ONNX multiplies from the right, y = x B, so that our weight, outputs x inputs, is B transposed.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(
        "Gemm", HasBias ? [graph.Vector(), graph.Parameter(0), graph.Parameter(1)] : [graph.Vector(), graph.Parameter(0)], new OnnxAttribute("transB", true));

    /// <summary>
    /// y = alpha x B + beta C: both factors go into the weight and the bias. Without a batch x may be turned round, and C may have a number for each number of y.
    /// </summary>
    private static void ReadGemm(OnnxImport node)
    {
        var (alpha, beta) = (node.Real("alpha", 1), node.Real("beta", 1));
        var isTurned = node.Flag("transA");
        if (isTurned && node.HasBatch)
            throw node.Wrong("it turns its first input round (transA), which makes the batch an axis of the image");
        var input = node.Feature();
        if (input.Dimensions.Count != (node.HasBatch ? 1 : 2))
            throw node.Wrong($"it multiplies matrices; its first input was expected as batch x numbers, and has {input.Dimensions.Count + (node.HasBatch ? 1 : 0)} axes");
        var axis = isTurned ? 0 : input.Dimensions.Count - 1;
        var (outputs, weight) = Weight(node, 1, input.Dimensions[axis], isTransposed: node.Flag("transB"), alpha);
        var (bias, rest) = node.Has(2) ? Bias(node, outputs, input.Dimensions.Count == 1 ? 0 : input.Dimensions[1 - axis], beta) : (null, null);
        var product = node.Product(input, axis, outputs, weight, bias);
        if (isTurned) product = node.Ordered(product, [1, 0]);
        if (rest is not null)
        {
            var shaped = node.View(product, OnnxImport.Canonical(product.Dimensions), product.Dimensions);
            product = node.Layer(new Add(), [shaped, node.Layer(new LearnedParameter(shaped.Shape), [], null, rest)], product.Dimensions);
        }
        node.Result(product);
    }

    /// <summary>One number per output, or all of a matrix with so many rows.</summary>
    private static (float[]? PerOutput, float[]? Matrix) Bias(OnnxImport node, int outputs, int rows, float beta)
    {
        var given = node.Constant(2, "bias");
        var values = Array.ConvertAll(node.Reals(2, "bias"), value => beta * value);
        var (height, width) = given.Dimensions.Count switch { 0 => (1, 1), 1 => (1, given.Dimensions[0]), 2 => (given.Dimensions[0], given.Dimensions[1]), _ => (0, 0) };
        if (height == 1 && (width == 1 || width == outputs))
            return ([.. Enumerable.Range(0, outputs).Select(output => values[width == 1 ? 0 : output])], null);
        if (height != rows || (width != 1 && width != outputs))
            throw node.Wrong($"its bias {given} should have one number or {outputs}, one per output");
        return (null, [.. Enumerable.Range(0, rows * outputs).Select(i => values[width == 1 ? i / outputs : i])]);
    }

    /// <summary>A constant matrix on the right works along the last axis, one on the left along the last but one.</summary>
    private static void ReadMatMul(OnnxImport node)
    {
        var isLeft = node.IsConstant(0);
        if (!isLeft && !node.IsConstant(1))
        {
            MatrixProduct.ReadOnnx(node);
            return;
        }
        var input = node.Feature(isLeft ? 1 : 0);
        var axis = input.Dimensions.Count - (isLeft ? 2 : 1);
        if (axis < 0)
            throw node.Wrong("it multiplies by a matrix from the left, which would mix the images of a batch");
        var (outputs, weight) = Weight(node, isLeft ? 0 : 1, input.Dimensions[axis], isTransposed: isLeft, 1);
        var product = node.Product(input, axis, outputs, weight, null);
        // A vector is a matrix of one column (or row), which then goes.
        node.Result(node.Constant(isLeft ? 0 : 1, "weight").Dimensions.Count == 1
            ? product with { Dimensions = [.. product.Dimensions.Where((_, place) => place != axis)] }
            : product);
    }

    /// <summary>A constant matrix as outputs x inputs; it stands so where it is transposed.</summary>
    private static (int Outputs, float[] Weight) Weight(OnnxImport node, int input, int inputs, bool isTransposed, float factor)
    {
        var matrix = node.Constant(input, "weight");
        var values = node.Reals(input, "weight");
        // More axes in front stand for several matrices, and of size 1 for the same one.
        var sizes = matrix.Dimensions.Take(Math.Max(0, matrix.Dimensions.Count - 2)).All(size => size == 1) ? matrix.Dimensions.TakeLast(2).ToList() : [];
        if (sizes.Count == 1 && node.Operator == "MatMul") sizes.Insert(isTransposed ? 0 : 1, 1);
        if (sizes.Count != 2 || sizes[isTransposed ? 1 : 0] != inputs)
            throw node.Wrong($"its weight {matrix} does not fit an input of {inputs} numbers; {(isTransposed ? $"outputs x {inputs}" : $"{inputs} x outputs")} was expected");
        var outputs = sizes[isTransposed ? 0 : 1];
        var weight = new float[values.Length];
        for (var output = 0; output < outputs; output++)
            for (var i = 0; i < inputs; i++)
                weight[(output * inputs) + i] = factor * values[isTransposed ? (output * inputs) + i : (i * outputs) + output];
        return (outputs, weight);
    }
}
