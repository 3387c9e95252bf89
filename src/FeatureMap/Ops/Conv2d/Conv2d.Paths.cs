namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    private const int WinogradChannels = 12;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => PathOf(Geometry(inputs[0]));

    internal static KernelPath PathOf(ConvGeometry geometry)
    {
        if (IsMatrixProduct(geometry))
            return new("matrix product", "the kernel covers the whole input, so the layer is one dense product; sliding would multiply padding in the gradient");
        if (geometry.Taps == 1 && geometry.Padding == default && geometry.StrideVertical == 1 && geometry.StrideHorizontal == 1)
            return new("pointwise", "a 1x1 kernel is a matrix product per pixel: all rows are one long row without ragged tiles");
        if (UsesWinograd(geometry))
            return new("Winograd", "3x3 with stride 1 and enough channels: tiles of 2x2 outputs take 16 instead of 36 multiplications, and the transforms are paid once per channel");
        if (geometry.OutputChannelsPerGroup < 3)
            return new("single outputs", "fewer than 3 outputs share their inputs, so a tile holds 8 pixels of one output (depthwise: memory-bound)");
        return new("direct", "register tiles of 8 outputs x 3 pixels keep the multiply-add units busy without any rearranged copy of the input");
    }

    /// <summary>3x3, stride 1, and so many channels on both sides that the products outweigh the transforms (measured: from 12 x 12 on).</summary>
    internal static bool UsesWinograd(ConvGeometry geometry) =>
        geometry is { KernelHeight: 3, KernelWidth: 3, StrideVertical: 1, StrideHorizontal: 1, DilationVertical: 1, DilationHorizontal: 1, Groups: 1 }
        && geometry.Input.Channels >= WinogradChannels && geometry.OutputChannels >= WinogradChannels && geometry.OutputHeight >= 4 && geometry.OutputWidth >= 4;

    /// <summary>
    /// One window position that is the input itself. In the lane layout channels, rows and columns then are one list of numbers in the order of the weights.
    /// </summary>
    internal static bool IsMatrixProduct(ConvGeometry geometry) =>
        geometry.Groups == 1 && geometry.Padding == default && geometry.DilationVertical == 1 && geometry.DilationHorizontal == 1
        && geometry.KernelHeight == geometry.Input.Height && geometry.KernelWidth == geometry.Input.Width;
}
