namespace FeatureMap.Analysis;

/// <summary>A rectangle in an image, in pixels; edges lie between pixels, so a box of the first pixel is (0, 0, 1, 1).</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
public readonly record struct Box(double X, double Y, double Width, double Height)
{
    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>Intersection over union with another box: 1 for the same, 0 where they do not meet or one has no area.</summary>
    public double Overlap(Box other)
    {
        var width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        var height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        if (!(width > 0 && height > 0)) return 0;
        var common = width * height;
        return common / (Area + other.Area - common);
    }
}

/// <summary>A thing that is in an image.</summary>
/// <param name="Box">Where.</param>
/// <param name="Class">What.</param>
public readonly record struct LabelledBox(Box Box, int Class);

/// <summary>A thing that a detector found in an image.</summary>
/// <param name="Box">Where.</param>
/// <param name="Class">What.</param>
/// <param name="Score">How sure it is, 0 to 1.</param>
public readonly record struct DetectedBox(Box Box, int Class, double Score)
{
    /// <summary>
    /// Non-maximum suppression: of boxes of one class that overlap, only the one with the highest score stays. Walks down the scores and
    /// drops whatever overlaps a box that stayed.
    /// </summary>
    /// <param name="boxes">What a detector gave for one image.</param>
    /// <param name="overlap">Boxes of one class with a greater intersection over union than this are taken for the same thing.</param>
    /// <returns>The boxes that stay, the highest score first; of equal scores the earlier one.</returns>
    public static IReadOnlyList<DetectedBox> Suppress(IEnumerable<DetectedBox> boxes, double overlap = 0.45)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        var kept = new List<DetectedBox>();
        foreach (var box in boxes.OrderByDescending(box => box.Score))
            if (kept.TrueForAll(other => other.Class != box.Class || other.Box.Overlap(box.Box) <= overlap))
                kept.Add(box);
        return kept;
    }
}
