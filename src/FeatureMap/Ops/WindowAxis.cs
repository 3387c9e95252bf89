namespace FeatureMap.Ops;

/// <summary>
/// The windows of a convolution or pooling along one axis: window u stands with tap t on the input position u x stride - before + t x
/// dilation.
/// </summary>
public sealed record WindowAxis
{
    internal WindowAxis(int input, int kernel, int stride, int dilation, int before, int after)
    {
        (Input, Kernel, Stride, Dilation, Before, After) = (input, kernel, stride, dilation, before, after);
        Extent = ExtentOf(kernel, dilation);
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
    public int Outputs { get; internal init; }

    /// <summary>Pixels of the input and its padding.</summary>
    internal long Padded => (long)Input + Before + After;

    /// <summary>
    /// Positions of the padded input behind the last window. In ceil mode that window may reach beyond the padding: nothing is left over
    /// then.
    /// </summary>
    internal int LeftOver => (int)Math.Max(0, Padded - End);

    /// <summary>Whether the last window reaches beyond the input and its padding, which there is in ceil mode only.</summary>
    internal bool IsPartial => End > Padded;

    /// <summary>Windows by the formula of ceil mode alone: ceil((i + padding - extent) / stride) + 1.</summary>
    internal long CeilCount => ((Padded - Extent + Stride - 1) / Stride) + 1;

    /// <summary>Padding behind the input with which every window is whole.</summary>
    internal int WholeAfter => Math.Max(0, ((Outputs - 1) * Stride) + Extent - Input - Before);

    /// <summary>Whether the windows are pairs of neighbours, side by side, all of them on the input.</summary>
    internal bool IsPairs => Kernel == 2 && Stride == 2 && Dilation == 1 && Before == 0 && After == 0 && Outputs * 2 <= Input;

    /// <summary>
    /// Taps that meet in an input position, by its phase: position modulo stride. See <see cref="ConvTranspose2d.Overlap"/>.
    /// </summary>
    internal IReadOnlyList<int> Phases => ConvTranspose2d.Overlap(Kernel, Stride, Dilation);

    /// <summary>The same, where all phases are met: taps of a single window meet nobody else's.</summary>
    internal IReadOnlyList<int> Overlap => Outputs == 1 ? [1] : Phases;

    /// <summary>Whether the taps leave out a phase of the stride, so that positions between the windows are skipped.</summary>
    internal bool HasGaps => Phases.Min() == 0;

    /// <summary>Input positions that no tap of any window stands on.</summary>
    internal int Unread => Reads().Count(reads => reads == 0);

    /// <summary>Which input positions an output reads.</summary>
    internal AxisReach Reach => new(Extent, Stride, Before);

    // Behind the last tap of the last window, in the padded input.
    private long End => ((Outputs - 1L) * Stride) + Extent;

    /// <summary>k + (k - 1)(d - 1): what k taps span at dilation d.</summary>
    internal static int ExtentOf(int kernel, int dilation)
    {
        var extent = kernel + ((long)(kernel - 1) * (dilation - 1));
        return extent <= int.MaxValue / 4 ? (int)extent : throw new ShapeException($"A kernel of {kernel} taps at dilation {dilation} "
            + $"would span {kernel} + ({kernel} - 1) x ({dilation} - 1) = {extent:N0} pixels.");
    }

    /// <summary>The same along both axes.</summary>
    internal static PerAxis ExtentOf(PerAxis kernel, PerAxis dilation) => (ExtentOf(kernel.Vertical, dilation.Vertical), ExtentOf(kernel.Horizontal, dilation.Horizontal));

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

    /// <summary>
    /// The taps of a window that stand on the input or on padding: a partial window (ceil mode) may reach out even beyond the padding.
    /// </summary>
    internal int PaddedTaps(int window) => Math.Min(Kernel, ((Input + After - 1 - Position(window, 0)) / Dilation) + 1);

    /// <summary>For each tap, whether it stands on the input in some window.</summary>
    internal bool[] Live()
    {
        var live = new bool[Kernel];
        for (var tap = 0; tap < Kernel; tap++)
        {
            // The first window at which the tap has left the padding in front; it must stand on the input there.
            var behind = Before - ((long)tap * Dilation);
            var first = behind <= 0 ? 0 : (behind + Stride - 1) / Stride;
            live[tap] = first < Outputs && (first * Stride) - behind < Input;
        }
        return live;
    }

    /// <summary>For every input position, the windows that read it and through which tap, in the order of the windows.</summary>
    internal (int Window, int Tap)[][] Readers()
    {
        var readers = new List<(int Window, int Tap)>[Input];
        for (var position = 0; position < Input; position++)
            readers[position] = [];
        for (var window = 0; window < Outputs; window++)
        {
            var (first, end) = Taps(window);
            for (var tap = first; tap < end; tap++)
                readers[Position(window, tap)].Add((window, tap));
        }
        return Array.ConvertAll(readers, list => list.ToArray());
    }

    /// <summary>How many taps of all windows together stand on each input position.</summary>
    internal int[] Reads() => Array.ConvertAll(Readers(), readers => readers.Length);
}
