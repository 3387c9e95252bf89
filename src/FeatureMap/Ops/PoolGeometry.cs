using System.Globalization;

namespace FeatureMap.Ops;

/// <summary>
/// The whole geometry of a pooling on one input, validated once: windows that slide over each channel by itself. Forward, gradient, cost, path choice and
/// display all read this value. Arithmetic: Dumoulin and Visin, arXiv 1603.07285; the rule for partial windows (ceil mode) is PyTorch's.
/// </summary>
public sealed record PoolGeometry
{
    /// <summary>Validates and derives; the message of the error has the arithmetic.</summary>
    /// <exception cref="ShapeException">A size is out of range, the window does not fit the padded input, or a window would see padding only.</exception>
    public PoolGeometry(Shape input, int kernelHeight, int kernelWidth, int strideVertical, int strideHorizontal, Padding padding, int dilationVertical, int dilationHorizontal, bool ceilMode)
    {
        AtLeastOne(kernelHeight, "kernel height", "a window covers at least one pixel");
        AtLeastOne(kernelWidth, "kernel width", "a window covers at least one pixel");
        AtLeastOne(strideVertical, "vertical stride", "leave it out for windows that do not overlap");
        AtLeastOne(strideHorizontal, "horizontal stride", "leave it out for windows that do not overlap");
        AtLeastOne(dilationVertical, "vertical dilation", "1 means no dilation");
        AtLeastOne(dilationHorizontal, "horizontal dilation", "1 means no dilation");
        Input = input;
        var resolved = padding.Resolve(
            input, ConvGeometry.Extent(kernelHeight, dilationVertical), ConvGeometry.Extent(kernelWidth, dilationHorizontal), strideVertical, strideHorizontal);
        Padding = resolved;
        Vertical = new PoolAxis("height", input.Height, kernelHeight, strideVertical, dilationVertical, resolved.Top, resolved.Bottom, ceilMode);
        Horizontal = new PoolAxis("width", input.Width, kernelWidth, strideHorizontal, dilationHorizontal, resolved.Left, resolved.Right, ceilMode);
        Output = new Shape(input.Channels, Vertical.Output, Horizontal.Output);
    }

    /// <summary>Shape of one input sample.</summary>
    public Shape Input { get; }

    /// <summary>Shape of one output sample.</summary>
    public Shape Output { get; }

    /// <summary>Pixels added on each side, as numbers (<c>same</c> is resolved).</summary>
    public Padding Padding { get; }

    /// <summary>The windows along the rows.</summary>
    public PoolAxis Vertical { get; }

    /// <summary>The windows along the columns.</summary>
    public PoolAxis Horizontal { get; }

    /// <summary>Which input positions an output reads.</summary>
    public Reach Reach => new(
        new AxisReach(Vertical.Extent, Vertical.Stride, Vertical.Before), new AxisReach(Horizontal.Extent, Horizontal.Stride, Horizontal.Before));

    /// <summary>
    /// The pooling of nearly every network: 2x2 windows side by side, every one of them whole. An odd last row or column is read by nobody.
    /// </summary>
    public bool IsTwoByTwo => Vertical.IsPairs && Horizontal.IsPairs;

    /// <summary>Padding with which every window is whole: behind the input as much as the last window reaches out, in ceil mode perhaps more than was asked for.</summary>
    internal Padding WholePadding => new(Vertical.Before, Horizontal.Before, Vertical.WholeAfter, Horizontal.WholeAfter);

    /// <summary>Whether a window is partial, which there is in ceil mode only: it reaches beyond the input and its padding.</summary>
    internal bool HasPartialWindows => Vertical.IsPartial || Horizontal.IsPartial;

    /// <summary>
    /// How ONNX says the same windows. Its ceil mode is PyTorch's, but the shape inference of the standard also counts a window that would
    /// begin behind the input, and then the file
    /// contradicts itself; so it is used only where a window is partial and none was dropped. Elsewhere windows are whole, with padding
    /// that makes them so.
    /// </summary>
    internal (Padding Padding, bool CeilMode) OnnxWindows => !HasPartialWindows ? (Padding, false)
        : Vertical.CeilCount == Vertical.Output && Horizontal.CeilCount == Horizontal.Output ? (Padding, true)
        : (WholePadding, false);

    /// <summary>Whether padding is as wide as the window has taps, which other engines refuse.</summary>
    internal bool IsWide(Padding padding) =>
        Math.Max(padding.Top, padding.Bottom) >= Vertical.Kernel || Math.Max(padding.Left, padding.Right) >= Horizontal.Kernel;

    /// <summary>The settings as tables show them.</summary>
    internal static string Describe(int kernelHeight, int kernelWidth, int strideVertical, int strideHorizontal, Padding padding, int dilationVertical, int dilationHorizontal, bool ceilMode)
    {
        var parts = new List<string> { $"{kernelHeight}x{kernelWidth}" };
        if (strideVertical != kernelHeight || strideHorizontal != kernelWidth) parts.Add($"stride {Pair(strideVertical, strideHorizontal)}");
        if (padding != Padding.Valid) parts.Add($"padding {padding}");
        if (dilationVertical != 1 || dilationHorizontal != 1) parts.Add($"dilation {Pair(dilationVertical, dilationHorizontal)}");
        if (ceilMode) parts.Add("ceil mode");
        return string.Join(", ", parts);
    }

    private static string Pair(int vertical, int horizontal) =>
        vertical == horizontal ? vertical.ToString(CultureInfo.InvariantCulture) : $"{vertical}x{horizontal}";

    private static void AtLeastOne(int value, string what, string meaning)
    {
        if (value is < 1 or > 1_000_000)
            throw new ShapeException($"A pooling's {what} must be between 1 and 1,000,000: received {value:N0} ({meaning}).");
    }
}

/// <summary>The windows of a pooling along one axis; window u stands on the positions u x stride - before + tap x dilation.</summary>
public sealed record PoolAxis
{
    private readonly string name;

    internal PoolAxis(string name, int input, int kernel, int stride, int dilation, int before, int after, bool ceilMode)
    {
        this.name = name;
        (Input, Kernel, Stride, Dilation, Before, After) = (input, kernel, stride, dilation, before, after);
        Extent = ConvGeometry.Extent(kernel, dilation);
        Output = CountOutputs(ceilMode);
        RequireInputInEveryWindow();
    }

    /// <summary>Pixels of the input.</summary>
    public int Input { get; }

    /// <summary>Taps of a window.</summary>
    public int Kernel { get; }

    /// <summary>Pixels from one window to the next.</summary>
    public int Stride { get; }

    /// <summary>Pixels from one tap to the next.</summary>
    public int Dilation { get; }

    /// <summary>Pixels of padding before the first input.</summary>
    public int Before { get; }

    /// <summary>Pixels of padding behind the last input.</summary>
    public int After { get; }

    /// <summary>Pixels from the first to the last tap: k + (k - 1)(d - 1).</summary>
    public int Extent { get; }

    /// <summary>Number of windows.</summary>
    public int Output { get; }

    internal bool IsPartial => ((long)(Output - 1) * Stride) + Extent > (long)Input + Before + After;

    /// <summary>Windows by the formula alone: ceil((i + padding - extent) / stride) + 1.</summary>
    internal long CeilCount => (((long)Input + Before + After - Extent + Stride - 1) / Stride) + 1;

    internal int WholeAfter => Math.Max(0, ((Output - 1) * Stride) + Extent - Input - Before);

    internal bool IsPairs => Kernel == 2 && Stride == 2 && Dilation == 1 && Before == 0 && After == 0 && Output * 2 <= Input;

    /// <summary>The input position that a tap of a window stands on; outside of 0 .. Input - 1 when on padding.</summary>
    internal int Position(int window, int tap) => (window * Stride) - Before + (tap * Dilation);

    /// <summary>The taps of a window that stand on the input: First up to and without End.</summary>
    internal (int First, int End) Taps(int window)
    {
        var start = Position(window, 0);
        var first = start >= 0 ? 0 : (-start + Dilation - 1) / Dilation;
        var end = start >= Input ? 0 : Math.Min(Kernel, ((Input - 1 - start) / Dilation) + 1);
        return (first, Math.Max(first, end));
    }

    /// <summary>The taps of a window that stand on the input or on padding: a partial window (ceil mode) may reach out even beyond the padding.</summary>
    internal int PaddedTaps(int window) => Math.Min(Kernel, ((Input + After - 1 - Position(window, 0)) / Dilation) + 1);

    /// <summary>For every input position, the windows that read it and through which tap, in the order of the windows.</summary>
    internal (int Window, int Tap)[][] Readers()
    {
        var readers = new List<(int Window, int Tap)>[Input];
        for (var position = 0; position < Input; position++)
            readers[position] = [];
        for (var window = 0; window < Output; window++)
        {
            var (first, end) = Taps(window);
            for (var tap = first; tap < end; tap++)
                readers[Position(window, tap)].Add((window, tap));
        }
        return Array.ConvertAll(readers, list => list.ToArray());
    }

    private int CountOutputs(bool ceilMode)
    {
        var padded = (long)Input + Before + After;
        if (padded < Extent)
        {
            var paddingText = Before + After == 0 ? "" : $" + {Before} + {After} padding = {padded}";
            var extentText = Dilation == 1 ? $"{Kernel}" : $"{Kernel} + ({Kernel} - 1) x ({Dilation} - 1) = {Extent}";
            throw new ShapeException($"The window does not fit: it spans {extentText} pixels of {name}, the input has {Input}{paddingText}. Pool less often before, or use a smaller window.");
        }
        var steps = (padded - Extent) / Stride;
        // One more, partial window where pixels are left over; but a window that would start behind the input (in the padding after it) is dropped.
        if (ceilMode && steps * Stride < padded - Extent && (steps + 1) * Stride < (long)Input + Before)
            steps++;
        return (int)(steps + 1);
    }

    private void RequireInputInEveryWindow()
    {
        // The first and last windows meet padding first; with dilation one in between may step over a small input.
        for (var window = 0; window < Output; window++)
        {
            var (first, end) = Taps(window);
            if (first == end)
                throw new ShapeException($"Window {window} of the {name} would see padding only: its {Kernel} taps stand on positions {Position(window, 0)} to {Position(window, Kernel - 1)} in steps of {Dilation}, the input has 0 to {Input - 1}. Pad less: at most half of the window ({Extent / 2}) on each side.");
        }
    }
}
