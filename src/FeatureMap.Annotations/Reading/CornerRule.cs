namespace FeatureMap.Annotations;

/// <summary>A box by its corners as a file has it.</summary>
internal readonly record struct Corners(double Left, double Top, double Right, double Bottom);

/// <summary>
/// Where corners are counted from, which no file says. Pascal VOC: the first pixel is 1 and the last one is part of the box, so
/// x = xmin - 1 and width = xmax - xmin + 1. Many tools write edges from 0: then x = xmin and width = xmax - xmin. A set with a corner at
/// 0 (or below) cannot be of the first kind.
/// </summary>
internal sealed class CornerRule(int? given)
{
    private SourceLine? zero;
    private double least = double.PositiveInfinity;

    /// <summary>Looks at a box.</summary>
    public void See(Corners corners, SourceLine place)
    {
        least = Math.Min(least, Math.Min(corners.Left, corners.Top));
        if (zero is null && (corners.Left <= 0 || corners.Top <= 0)) zero = place;
    }

    public bool IsFromOne => given is null ? zero is null : given == 1;

    /// <summary>What was decided, as a sentence; null where nothing was to be decided.</summary>
    public string? Notice => double.IsPositiveInfinity(least) ? null
        : given is not null ? null
        : zero is not null
            ? $"Corners are counted from 0 and the right and lower ones are edges (x = xmin, width = xmax - xmin), as a box has a corner "
            + $"at 0: {zero}. "
                + "AnnotationOptions.FirstPixel = 1 reads them as Pascal VOC has them."
            : $"Corners are counted from 1 and the last pixel is part of the box (x = xmin - 1, width = xmax - xmin + 1), as Pascal VOC "
            + $"has it: the least corner is "
                + $"{Utf8Text.Number(least)}. AnnotationOptions.FirstPixel = 0 reads them as edges from 0.";

    /// <summary>The box in floats from 0.</summary>
    public (double X, double Y, double Width, double Height) Box(Corners corners) => IsFromOne
        ? (corners.Left - 1, corners.Top - 1, corners.Right - corners.Left + 1, corners.Bottom - corners.Top + 1)
        : (corners.Left, corners.Top, corners.Right - corners.Left, corners.Bottom - corners.Top);

    /// <summary>What is wrong with corners; null where nothing is.</summary>
    public static string? Fault(Corners corners) => corners.Right < corners.Left ? Exchanged("xmin", corners.Left, "xmax", corners.Right)
        : corners.Bottom < corners.Top ? Exchanged("ymin", corners.Top, "ymax", corners.Bottom) : null;

    private static string Exchanged(string low, double least, string high, double most) =>
        $"{low} is {Utf8Text.Number(least)} and {high} is {Utf8Text.Number(most)}: expected {high} to be {low} or more. Exchange them, or "
            + $"is it width or height?";
}
