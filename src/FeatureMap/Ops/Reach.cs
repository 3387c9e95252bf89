namespace FeatureMap.Ops;

/// <summary>
/// Which input positions one output position reads, per axis: output u reads from u x stride - padding on, <c>extent</c> positions.
/// For receptive fields, following the arithmetic of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
/// </summary>
/// <param name="Vertical">Along the rows.</param>
/// <param name="Horizontal">Along the columns.</param>
/// <param name="IsGlobal">Whether every output reads the whole plane (global pooling, a dense layer).</param>
public readonly record struct Reach(AxisReach Vertical, AxisReach Horizontal, bool IsGlobal = false)
{
    /// <summary>An output reads only its own position (activations, batch normalisation in evaluation, 1x1 convolution).</summary>
    public static Reach Pointwise => new(new AxisReach(1, 1, 0), new AxisReach(1, 1, 0));

    /// <summary>Every output reads the whole input of this shape.</summary>
    public static Reach Global(Shape input) => new(new AxisReach(input.Height, input.Height, 0), new AxisReach(input.Width, input.Width, 0), true);
}

/// <summary>Reach along one axis.</summary>
/// <param name="Extent">Input positions from the first to the last that an output reads: k + (k - 1)(d - 1); where outputs differ, the most.</param>
/// <param name="Stride">Input positions between neighbouring outputs; below 1 for ops that enlarge.</param>
/// <param name="Padding">Positions that the first output reaches out before the first input.</param>
/// <param name="Slack">
/// How far, at most, an output reads beyond the window that extent, stride and padding describe. 0 for whole strides. An op that enlarges has its outputs between
/// the input positions, but reads whole positions: doubling by repetition puts outputs at -1/4 and 1/4, and both read position 0, 1/4 away.
/// </param>
public readonly record struct AxisReach(int Extent, double Stride, double Padding, double Slack = 0)
{
    /// <summary>
    /// The reach of an op that is the transpose of windows of this extent, stride and padding (a transposed convolution; repetition and pixel shuffle by r
    /// are extent r, stride r, padding 0). Output u reads the inputs n with u + padding = n stride + tap, so n lies between (u + padding - extent + 1) / stride and
    /// (u + padding) / stride: at most ceil(extent / stride) positions around a centre that moves by 1 / stride.
    /// </summary>
    public static AxisReach Transposed(int extent, int stride, int padding)
    {
        var span = (extent - 1.0) / stride; // from the first to the last, before rounding to whole positions
        var most = ((extent - 1) / stride) + 1;
        var firstCentre = (padding - ((extent - 1) / 2.0)) / stride;
        return new AxisReach(most, 1.0 / stride, ((most - 1) / 2.0) - firstCentre, (span - (most - 1)) / 2);
    }

    /// <summary>The same with as much slack as the windows of the outputs need: positions First to Last.</summary>
    internal AxisReach Covering(IEnumerable<(int Output, int First, int Last)> windows)
    {
        var slack = 0.0;
        foreach (var (output, first, last) in windows)
        {
            var start = (output * Stride) - Padding;
            slack = Math.Max(slack, Math.Max(start - first, last - (start + Extent - 1)));
        }
        return this with { Slack = slack };
    }
}
