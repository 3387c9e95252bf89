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
        return new LiveTaps(
            Axis(geometry.KernelHeight, geometry.DilationVertical, geometry.StrideVertical, geometry.Padding.Top, geometry.Input.Height, geometry.OutputHeight),
            Axis(geometry.KernelWidth, geometry.DilationHorizontal, geometry.StrideHorizontal, geometry.Padding.Left, geometry.Input.Width, geometry.OutputWidth));
    }

    /// <summary>
    /// The same convolution with the dead rows and columns at the border of its kernel cut off, and the index of the first row and column that stay. The convolution
    /// itself where nothing can be cut.
    /// </summary>
    internal static (Conv2d Op, int FirstRow, int FirstColumn) Crop(Conv2d op, Shape input)
    {
        var geometry = op.Geometry(input);
        var taps = Of(geometry);
        var rows = Cut(taps.Rows, geometry.DilationVertical, geometry.StrideVertical, geometry.Padding.Top, geometry.Input.Height, geometry.OutputHeight) ?? new(0, op.KernelHeight, geometry.Padding.Top, geometry.Padding.Bottom);
        var columns = Cut(taps.Columns, geometry.DilationHorizontal, geometry.StrideHorizontal, geometry.Padding.Left, geometry.Input.Width, geometry.OutputWidth) ?? new(0, op.KernelWidth, geometry.Padding.Left, geometry.Padding.Right);
        if (rows.Taps == op.KernelHeight && columns.Taps == op.KernelWidth) return (op, 0, 0);
        var cropped = new Conv2d(op.OutputChannels, rows.Taps, columns.Taps)
        {
            StrideVertical = op.StrideVertical,
            StrideHorizontal = op.StrideHorizontal,
            Padding = new Padding(rows.Before, columns.Before, rows.After, columns.After),
            DilationVertical = rows.Taps == 1 ? 1 : op.DilationVertical,
            DilationHorizontal = columns.Taps == 1 ? 1 : op.DilationHorizontal,
            Groups = op.Groups,
            HasBias = op.HasBias,
            WeightInitializer = op.WeightInitializer,
        };
        return (cropped, rows.First, columns.First);
    }

    private static bool[] Axis(int kernel, int dilation, int stride, int padding, int input, int output)
    {
        var live = new bool[kernel];
        for (var tap = 0; tap < kernel; tap++)
        {
            // The first output at which the tap has left the padding in front; it must stand on the input there.
            var behind = padding - ((long)tap * dilation);
            var first = behind <= 0 ? 0 : (behind + stride - 1) / stride;
            live[tap] = first < output && (first * stride) - behind < input;
        }
        return live;
    }

    // The window of live taps with the padding that gives the same outputs; null where it would need a negative padding, which means taps that are dead because they jump over the input.
    private static Window? Cut(IReadOnlyList<bool> live, int dilation, int stride, int padding, int input, int output)
    {
        var first = 0;
        while (first < live.Count && !live[first]) first++;
        if (first == live.Count) return null;
        var last = live.Count - 1;
        while (!live[last]) last--;
        var taps = last - first + 1;
        var before = padding - ((long)first * dilation);
        var extent = ConvGeometry.Extent(taps, dilation);
        var after = Math.Max(0, ((output - 1L) * stride) + extent - input - before);
        return before >= 0 && ((input + before + after - extent) / stride) + 1 == output ? new Window(first, taps, (int)before, (int)after) : null;
    }

    private sealed record Window(int First, int Taps, int Before, int After);
}
