namespace FeatureMap.Ops;

public sealed partial class Linear
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Gemm", ReadGemm), new("MatMul", ReadMatMul)];

    // ONNX multiplies from the right, y = x B, so that our weight, outputs x inputs, is B transposed.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(
        "Gemm", HasBias ? [graph.Vector(), graph.Parameter(0), graph.Parameter(1)] : [graph.Vector(), graph.Parameter(0)], new OnnxAttribute("transB", true));

    /// <summary>y = alpha x B + beta C: both factors go into the weight and the bias.</summary>
    private static void ReadGemm(OnnxImport node)
    {
        if (node.Flag("transA"))
            throw node.Wrong("it turns its first input round (transA), which makes the batch an axis of the image");
        var (alpha, beta) = (node.Real("alpha", 1), node.Real("beta", 1));
        var isTransposed = node.Flag("transB");
        var (outputs, weight) = Weight(node, isTransposed, alpha);
        float[]? bias = null;
        if (node.Has(2))
        {
            var given = node.Constant(2, "bias");
            var values = node.Reals(2, "bias");
            if (values.Length != 1 && (values.Length != outputs || given.Dimensions[^1] != outputs))
                throw node.Wrong($"its bias {given} should have one number or {outputs}, one per output");
            bias = [.. Enumerable.Range(0, outputs).Select(output => beta * values[values.Length == 1 ? 0 : output])];
        }
        Read(node, outputs, weight, bias);
    }

    private static void ReadMatMul(OnnxImport node)
    {
        var (outputs, weight) = Weight(node, isTransposed: false, 1);
        Read(node, outputs, weight, null);
    }

    private static void Read(OnnxImport node, int outputs, float[] weight, float[]? bias)
    {
        var input = node.Feature();
        var vector = node.View(input, Shape.Vector(input.Dimensions[0]), input.Dimensions);
        node.Result(node.Layer(new Linear(outputs) { HasBias = bias is not null }, [vector], null, bias is null ? [weight] : [weight, bias]));
    }

    /// <summary>The second input as outputs x inputs.</summary>
    private static (int Outputs, float[] Weight) Weight(OnnxImport node, bool isTransposed, float factor)
    {
        var input = node.Feature();
        if (!node.HasBatch || input.Dimensions.Count != 1)
            throw node.Wrong($"it multiplies matrices; its first input was expected as batch x numbers, and has {input.Dimensions.Count + (node.HasBatch ? 1 : 0)} axes{(node.HasBatch ? "" : " without a batch")}");
        var matrix = node.Constant(1, "weight");
        var values = node.Reals(1, "weight");
        if (matrix.Dimensions.Count != 2 || matrix.Dimensions[isTransposed ? 1 : 0] != input.Dimensions[0])
            throw node.Wrong($"its weight {matrix} does not fit an input of {input.Dimensions[0]} numbers; {(isTransposed ? $"outputs x {input.Dimensions[0]}" : $"{input.Dimensions[0]} x outputs")} was expected");
        var (inputs, outputs) = (input.Dimensions[0], matrix.Dimensions[isTransposed ? 0 : 1]);
        var weight = new float[values.Length];
        for (var output = 0; output < outputs; output++)
            for (var i = 0; i < inputs; i++)
                weight[(output * inputs) + i] = factor * values[isTransposed ? (output * inputs) + i : (i * outputs) + output];
        return (outputs, weight);
    }
}
