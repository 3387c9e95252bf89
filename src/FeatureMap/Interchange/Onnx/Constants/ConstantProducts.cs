using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Products of constant matrices, and weights that are stored as small whole numbers.</summary>
internal static class ConstantProducts
{
    public static void MatMul(NodeImport node)
    {
        var (left, right) = (node.Constant(0, "left matrix"), node.Constant(1, "right matrix"));
        if (left.Values is not float[] a || right.Values is not float[] b || left.Dimensions.Count != 2 || right.Dimensions.Count != 2 || left.Dimensions[1] != right.Dimensions[0])
            throw node.Wrong($"it multiplies the constants {left} and {right}; two matrices of real numbers that fit were expected");
        var (rows, inner, columns) = (left.Dimensions[0], left.Dimensions[1], right.Dimensions[1]);
        var product = new float[node.Allow([rows, columns])];
        node.AllowWork((Int128)rows * inner * columns);
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                var sum = 0.0;
                for (var i = 0; i < inner; i++)
                    sum += (double)a[(row * inner) + i] * b[(i * columns) + column];
                product[(row * columns) + column] = (float)sum;
            }
        node.Result(new OnnxTensor("", [rows, columns], product));
    }

    /// <summary>(x - zero point) scale, one of each for all or for each place along an axis.</summary>
    public static void Dequantize(NodeImport node)
    {
        var (tensor, scale) = (node.Constant(0, "input"), node.Constant(1, "scale"));
        if (node.Whole("block_size", 0) != 0)
            throw node.Wrong("it has a scale for each block of numbers (block_size), which is not read; one for all or one for each place "
                + "along an axis is");
        if (tensor.Values is not long[] wholes || scale.Values is not float[] scales)
            throw node.Wrong($"it makes real numbers of {tensor} with the scale {scale}; whole numbers and a real scale were expected");
        var axis = scales.Length == 1 ? 0 : ConstantLayout.Axis(node, tensor, node.Whole("axis", 1));
        var zeros = node.Has(2) ? node.Wholes(2, "zero point")! : new long[scales.Length];
        if (scales.Length != zeros.Length || (scales.Length != 1 && scales.Length != tensor.Dimensions[axis]))
            throw node.Wrong($"its scale {scale} should have one number, or "
                + $"{(tensor.Dimensions.Count == 0 ? 1 : tensor.Dimensions[axis])} along axis {axis} of {tensor}, and its zero "
                + "points as many");
        var values = new float[node.Allow(tensor.Dimensions)];
        var after = scales.Length == 1 ? 1 : OnnxImport.Product(tensor.Dimensions.Skip(axis + 1));
        for (var i = 0; i < values.Length; i++)
        {
            var place = i / after % scales.Length;
            values[i] = (wholes[i] - zeros[place]) * scales[place];
        }
        node.Result(new OnnxTensor("", tensor.Dimensions, values));
    }
}
