using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// What a strided layer does not look at. Its windows end where no whole one fits any more: (i + padding - extent) mod stride rows at the
/// bottom and columns at the right are left over, first the padding among them. And where the stride is wider than the kernel's taps
/// reach, pixels between the windows are skipped: a 1x1 convolution with stride 2 reads one pixel in four. Source: Dumoulin and Visin,
/// arXiv 1603.07285, relation 6.
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

    private static UnreadPixels? Of(Layer layer) => layer.Windows is var (rows, columns)
        ? new UnreadPixels(layer, rows.LeftOver, columns.LeftOver, rows.Unread, columns.Unread)
        : null;
}
