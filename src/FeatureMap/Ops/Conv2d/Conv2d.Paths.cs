namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        if (ConvMaps.IsMatrixProduct(geometry))
            return new("matrix product", "the kernel covers the whole input, so the layer is one dense product; sliding would multiply padding in the gradient");
        if (ConvMaps.IsPointwise(geometry))
            return new("pointwise", "a 1x1 kernel is a matrix product per pixel: all rows are one long row without ragged tiles");
        if (ConvMaps.UsesWinograd(geometry))
            return new("Winograd", "3x3 with stride 1 and enough channels: tiles of 2x2 outputs take 16 instead of 36 multiplications, and the transforms are paid once per channel");
        if (geometry.OutputChannelsPerGroup < 3)
            return new("single outputs", "fewer than 3 outputs share their inputs, so a tile holds 8 pixels of one output (depthwise: memory-bound)");
        return new("direct", "register tiles of 8 outputs x 3 pixels keep the multiply-add units busy without any rearranged copy of the input");
    }
}
