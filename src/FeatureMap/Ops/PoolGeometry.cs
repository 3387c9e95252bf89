namespace FeatureMap.Ops;

/// <summary>
/// The whole geometry of a pooling on one input, validated once: windows that slide over each channel by itself. Forward, gradient, cost, path choice and
/// display all read this value.
/// </summary>
public sealed record PoolGeometry : WindowGeometry
{
    private static readonly WindowWords Words = new(
        "pooling", "window", "leave it out for windows that do not overlap", _ => "Pool less often before, or use a smaller window.");

    /// <summary>Validates and derives; the message of the error has the arithmetic.</summary>
    /// <exception cref="ShapeException">A size is out of range, the window does not fit the padded input, or a window would see padding only.</exception>
    public PoolGeometry(Shape input, PerAxis kernel, PerAxis stride, Padding padding, PerAxis dilation, bool ceilMode)
        : base(Words, input, kernel, stride, padding, dilation, ceilMode)
    {
        RequireInputInEveryWindow("height", Vertical);
        RequireInputInEveryWindow("width", Horizontal);
        Output = new Shape(input.Channels, Vertical.Outputs, Horizontal.Outputs);
    }

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
    /// begin behind the input, and then the file contradicts itself; so it is used only where a window is partial and none was dropped.
    /// Elsewhere windows are whole, with padding that makes them so.
    /// </summary>
    internal (Padding Padding, bool CeilMode) OnnxWindows => !HasPartialWindows ? (Padding, false)
        : Vertical.CeilCount == Output.Height && Horizontal.CeilCount == Output.Width ? (Padding, true)
        : (WholePadding, false);

    /// <summary>Whether padding is as wide as the window has taps, which other engines refuse.</summary>
    internal bool IsWide(Padding padding) =>
        Math.Max(padding.Top, padding.Bottom) >= Vertical.Kernel || Math.Max(padding.Left, padding.Right) >= Horizontal.Kernel;

    private static void RequireInputInEveryWindow(string name, WindowAxis axis)
    {
        // The first and last windows meet padding first; with dilation one in between may step over a small input.
        for (var window = 0; window < axis.Outputs; window++)
        {
            var (first, end) = axis.Taps(window);
            if (first == end)
                throw new ShapeException($"Window {window} of the {name} would see padding only: its {axis.Kernel} taps stand on "
                    + $"positions {axis.Position(window, 0)} to {axis.Position(window, axis.Kernel - 1)} in steps of {axis.Dilation}, the "
                    + $"input has 0 to {axis.Input - 1}. Pad less: at most half of the window ({axis.Extent / 2}) on each side.");
        }
    }
}
