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
    public double Overlap(Box other) => Common(other) is > 0 and var common ? common / (Area + other.Area - common) : 0;

    /// <summary>The share of this box that lies in another: 1 where all of it does. It is how a box is held against a crowd.</summary>
    public double ShareIn(Box other) => Common(other) is > 0 and var common ? common / Area : 0;

    private double Common(Box other)
    {
        var width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        var height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        return width > 0 && height > 0 ? width * height : 0;
    }
}

/// <summary>A thing that is in an image.</summary>
/// <param name="Box">Where.</param>
/// <param name="Class">What.</param>
public readonly record struct LabelledBox(Box Box, int Class)
{
    /// <summary>
    /// Whether the box is around many things that nobody took apart (COCO's <c>iscrowd</c>): what is found in it is neither right nor
    /// wrong.
    /// </summary>
    public bool IsCrowd { get; init; }

    /// <summary>Whether the thing is so hard to see that finding it is neither right nor wrong (VOC's <c>difficult</c>).</summary>
    public bool IsDifficult { get; init; }

    /// <summary>Pixels of the thing itself, which tell whether it is small or large; null for those of its box.</summary>
    public double? MaskArea { get; init; }

    /// <summary>Whether it counts among the things that are to be found.</summary>
    public bool Counts => !IsCrowd && !IsDifficult;
}

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
