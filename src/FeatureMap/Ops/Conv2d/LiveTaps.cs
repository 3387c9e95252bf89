namespace FeatureMap.Ops;

/// <summary>
/// Which taps of a convolution's kernel ever meet a pixel. A tap that meets only padding, wherever the kernel stands, multiplies zeros: it adds nothing, gets no
/// gradient and never matters. The usual case is a 3x3 kernel with padding 1 on a map of one pixel, where 8 of 9 taps are dead.
/// Along an axis, tap k at output o reads pixel o s + k d - p; it is live where that lies inside the input for some o.
/// </summary>
/// <param name="Rows">For each row of the kernel, whether its taps meet a row of the input.</param>
/// <param name="Columns">For each column of the kernel, whether its taps meet a column of the input.</param>
public sealed record LiveTaps(IReadOnlyList<bool> Rows, IReadOnlyList<bool> Columns)
{
    /// <summary>Taps of one plane of the kernel that meet a pixel.</summary>
    public int Live => Rows.Count(live => live) * Columns.Count(live => live);

    /// <summary>Taps of one plane of the kernel that meet only padding.</summary>
    public int Dead => (Rows.Count * Columns.Count) - Live;

    /// <summary>The live taps of a convolution on one input.</summary>
    public static LiveTaps Of(ConvGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new LiveTaps(geometry.Vertical.Live(), geometry.Horizontal.Live());
    }

    /// <summary>
    /// The same convolution with the dead rows and columns at the border of its kernel cut off, and the index of the first row and column that stay. The convolution
    /// itself where nothing can be cut.
    /// </summary>
    internal static (Conv2d Op, int FirstRow, int FirstColumn) Crop(Conv2d op, Shape input)
    {
        var geometry = op.Geometry(input);
        var (rows, columns) = (Cut(geometry.Vertical), Cut(geometry.Horizontal));
        if (op.Kernel == (rows.Taps, columns.Taps)) return (op, 0, 0);
        var cropped = op.With(
            (rows.Taps, columns.Taps), new Padding(rows.Before, columns.Before, rows.After, columns.After),
            (rows.Taps == 1 ? 1 : op.Dilation.Vertical, columns.Taps == 1 ? 1 : op.Dilation.Horizontal));
        return (cropped, rows.First, columns.First);
    }

    // The window of live taps with the padding that gives the same outputs; all taps where it would need a negative padding, which means
    // taps that are dead because they jump over the input.
    private static Window Cut(WindowAxis axis)
    {
        var live = axis.Live();
        var whole = new Window(0, axis.Kernel, axis.Before, axis.After);
        var first = Array.IndexOf(live, true);
        if (first < 0) return whole;
        var taps = Array.LastIndexOf(live, true) - first + 1;
        var before = axis.Before - ((long)first * axis.Dilation);
        var extent = WindowAxis.ExtentOf(taps, axis.Dilation);
        var after = Math.Max(0, ((axis.Outputs - 1L) * axis.Stride) + extent - axis.Input - before);
        return before >= 0 && ((axis.Input + before + after - extent) / axis.Stride) + 1 == axis.Outputs ? new Window(first, taps, (int)before, (int)after) : whole;
    }

    private sealed record Window(int First, int Taps, int Before, int After);
}
