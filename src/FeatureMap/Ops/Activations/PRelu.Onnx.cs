namespace FeatureMap.Ops;

public sealed partial class PRelu
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("PRelu", ReadOnnx)];

    // ONNX lays the last axes of slope and input side by side, so a slope per channel of an image is C x 1 x 1.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var slopes = graph.ParameterValues(0);
        var isImage = graph.Input().Rank == 4 && !IsShared;
        graph.Result("PRelu", [graph.Input(), graph.Constant("slope", isImage ? [slopes.Length, 1, 1] : [slopes.Length], slopes)]);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Feature();
        var sizes = input.Dimensions;
        var tensor = node.Constant(1, "slope");
        var values = node.Reals(1, "slope");
        if (values is [var single])
        {
            node.Result(node.Layer(new PRelu(Start(single), isShared: true), [input], sizes, values));
            return;
        }
        var slopeSizes = tensor.Dimensions.ToList();
        if (node.HasBatch && slopeSizes.Count == sizes.Count + 1 && slopeSizes[0] == 1) slopeSizes.RemoveAt(0);
        if (slopeSizes.Count > sizes.Count)
            throw node.Wrong($"its slope {tensor} has more axes than its input");
        slopeSizes.InsertRange(0, Enumerable.Repeat(1, sizes.Count - slopeSizes.Count));
        if (slopeSizes.Where((size, axis) => size != 1 && size != sizes[axis]).Any())
            throw node.Wrong($"its slope {tensor} does not stretch to {OnnxTensor.Written(sizes)}");
        if (slopeSizes.Skip(1).All(size => size == 1))
        {
            node.Result(node.Layer(new PRelu(Start(values[0])), [node.View(input, OnnxImport.Canonical(sizes), sizes)], sizes, values));
            return;
        }
        // Other slopes than per channel: each number is a channel of its own.
        var count = OnnxImport.Product(sizes);
        var slopes = new float[count];
        for (var i = 0; i < count; i++)
        {
            var (place, rest, step) = (0, i, 1);
            for (var axis = sizes.Count - 1; axis >= 0; axis--)
            {
                place += slopeSizes[axis] == 1 ? 0 : rest % sizes[axis] * step;
                (rest, step) = (rest / sizes[axis], step * slopeSizes[axis]);
            }
            slopes[i] = values[place];
        }
        node.Result(node.Layer(new PRelu(Start(values[0])), [node.View(input, Shape.Vector(count), [count])], sizes, slopes));
    }

    /// <summary>The setting says where training would start; the numbers themselves are a parameter.</summary>
    private static float Start(float slope) => slope is >= -MostSlope and <= MostSlope ? slope : 0.25f;
}
