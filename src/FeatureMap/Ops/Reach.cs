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
/// <param name="Extent">Input positions from the first to the last that an output reads: k + (k - 1)(d - 1).</param>
/// <param name="Stride">Input positions between neighbouring outputs; below 1 for ops that enlarge.</param>
/// <param name="Padding">Positions that the first output reaches out before the first input.</param>
public readonly record struct AxisReach(int Extent, double Stride, double Padding);
