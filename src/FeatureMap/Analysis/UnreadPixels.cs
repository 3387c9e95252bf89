using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// What a strided layer does not look at. Its windows end where no whole one fits any more: (i + padding - extent) mod stride rows at the bottom and columns at the right are left
/// over, first the padding among them. And where the stride is wider than the kernel's taps reach, pixels between the windows are skipped: a 1x1 convolution with stride 2
/// reads one pixel in four. Source: Dumoulin and Visin, arXiv 1603.07285, relation 6.
/// </summary>
/// <param name="Layer">The layer: a convolution or a pooling.</param>
/// <param name="LeftOverRows">(i + padding - extent) mod stride along the rows, of the padded input.</param>
/// <param name="LeftOverColumns">The same along the columns.</param>
/// <param name="UnreadRows">Rows of the input itself that no window reads, at the end or in between.</param>
/// <param name="UnreadColumns">Columns of the input itself that no window reads.</param>
public sealed record UnreadPixels(Layer Layer, int LeftOverRows, int LeftOverColumns, int UnreadRows, int UnreadColumns)
{
    /// <summary>Share of the input's pixels that some window reads.</summary>
    public double ReadShare =>
        (double)(Layer.InputShapes[0].Height - UnreadRows) / Layer.InputShapes[0].Height * (Layer.InputShapes[0].Width - UnreadColumns) / Layer.InputShapes[0].Width;

    /// <summary>One entry for every convolution and pooling of a network, in its order.</summary>
    public static IReadOnlyList<UnreadPixels> Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Layers.Select(Of).OfType<UnreadPixels>()];
    }

    private static UnreadPixels? Of(Layer layer)
    {
        switch (layer.Op is WeightNorm norm ? norm.Inner : layer.Op)
        {
            case Conv2d conv:
                var g = conv.Geometry(layer.InputShapes[0]);
                var down = Axis(g.Input.Height, g.KernelHeight, g.StrideVertical, g.DilationVertical, g.Padding.Top, g.Padding.Bottom, g.OutputHeight);
                var across = Axis(g.Input.Width, g.KernelWidth, g.StrideHorizontal, g.DilationHorizontal, g.Padding.Left, g.Padding.Right, g.OutputWidth);
                return new UnreadPixels(layer, down.LeftOver, across.LeftOver, down.Unread, across.Unread);
            case WindowPool pool:
                var p = pool.Geometry(layer.InputShapes[0]);
                down = Axis(p.Input.Height, pool.KernelHeight, pool.StrideVertical, pool.DilationVertical, p.Padding.Top, p.Padding.Bottom, p.Output.Height);
                across = Axis(p.Input.Width, pool.KernelWidth, pool.StrideHorizontal, pool.DilationHorizontal, p.Padding.Left, p.Padding.Right, p.Output.Width);
                return new UnreadPixels(layer, down.LeftOver, across.LeftOver, down.Unread, across.Unread);
            default:
                return null;
        }
    }

    private static (int LeftOver, int Unread) Axis(int input, int kernel, int stride, int dilation, int before, int after, int outputs)
    {
        var isRead = new bool[input];
        for (var output = 0; output < outputs; output++)
            for (var tap = 0; tap < kernel; tap++)
                if (((long)output * stride) - before + ((long)tap * dilation) is >= 0 and var position && position < input)
                    isRead[position] = true;
        // In ceil mode the last window reaches beyond the padding: nothing is left over then.
        var end = ((outputs - 1L) * stride) + ConvGeometry.Extent(kernel, dilation);
        return ((int)Math.Max(0, (long)input + before + after - end), isRead.Count(read => !read));
    }
}
