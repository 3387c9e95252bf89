namespace FeatureMap.Analysis;

/// <summary>A receptive field along one axis, in pixels of the network's input.</summary>
/// <param name="Size">
/// Pixels from the first to the last that one output unit can depend on, padding included. A fraction only behind ops that enlarge, 0 for
/// constants.
/// </param>
/// <param name="Stride">How far the field moves from one output unit to the next; below 1 behind ops that enlarge, 0 where all units see
/// the same.</param>
/// <param name="Offset">
/// The centre of the field of the first output unit. The centre of the first pixel is 0, that of the next 1, so a 3x3 kernel has 1 without
/// padding and 0 with one pixel of it, and a 2x2 pooling has 0.5.
/// </param>
/// <param name="Slack">
/// Behind ops that enlarge, how far the field of a unit may stand off that grid: units between two pixels share whole pixels. 0 elsewhere.
/// </param>
public readonly record struct FieldAxis(double Size, double Stride, double Offset, double Slack = 0)
{
    /// <summary>Position of the first pixel that output unit <paramref name="unit"/> can depend on; below 0 where that is
    /// padding.</summary>
    public double First(int unit) => Offset + (unit * Stride) - ((Size - 1) / 2) - Slack;

    /// <summary>Position of the last pixel that output unit <paramref name="unit"/> can depend on; beyond the input where that is
    /// padding.</summary>
    public double Last(int unit) => Offset + (unit * Stride) + ((Size - 1) / 2) + Slack;

    /// <summary>No part of the input at all: what constants and learned parameters see.</summary>
    internal static FieldAxis Nothing => new(0, 1, 0);

    /// <summary>The input itself: every unit is one pixel.</summary>
    internal static FieldAxis Pixel => new(1, 1, 0);
}
