namespace FeatureMap.Data;

/// <summary>
/// A box as the target of an image, by its edges in pixels of that image; edges lie between pixels, so a box of the first pixel is
/// (0, 0, 1, 1). It moves with the image through an augmentation.
/// </summary>
/// <param name="Left">Left edge.</param>
/// <param name="Top">Upper edge.</param>
/// <param name="Right">Right edge.</param>
/// <param name="Bottom">Lower edge.</param>
/// <param name="Class">What is in it.</param>
public readonly record struct TargetBox(float Left, float Top, float Right, float Bottom, int Class)
{
    /// <summary>Numbers of 4 bytes that a box takes; there is no gap between them, so that boxes can be hashed and lie among
    /// floats.</summary>
    internal const int Numbers = 6;

    // Of a thing of which less is left in sight nobody can be asked to say what it is.
    private const float LeastInSight = 0.25f, LeastSide = 1;

    private readonly int uncounted;

    /// <summary>Whether it is to be learnt; where not (a crowd, a difficult thing), nobody is to answer inside of it.</summary>
    public bool Counts { get => uncounted == 0; init => uncounted = value ? 0 : 1; }

    /// <summary>Width times height.</summary>
    public float Area => (Right - Left) * (Bottom - Top);

    /// <summary>
    /// What of the box lies in an image; null where that is less than a pixel wide or high. Of which less than a quarter is left does not
    /// count any more.
    /// </summary>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Rows of the image.</param>
    internal TargetBox? Clip(int width, int height)
    {
        var inside = this with
        {
            Left = Math.Clamp(Left, 0, width),
            Top = Math.Clamp(Top, 0, height),
            Right = Math.Clamp(Right, 0, width),
            Bottom = Math.Clamp(Bottom, 0, height),
        };
        if (inside.Right - inside.Left < LeastSide || inside.Bottom - inside.Top < LeastSide) return null;
        return inside.Area >= LeastInSight * Area ? inside : inside with { Counts = false };
    }
}

/// <summary>
/// Makes numbers of the boxes of an image, which a network is to give and a loss compares: which cell of which grid answers for which box.
/// <c>Analysis.BoxPyramid</c> is one. It is called by several threads at once, for every image of every epoch, and allocates nothing.
/// </summary>
public interface IBoxEncoder
{
    /// <summary>Shape of the images whose boxes it takes: that of the network's input.</summary>
    Shape Image { get; }

    /// <summary>Shape of the numbers: that of the network's output.</summary>
    Shape Shape { get; }

    /// <summary>Classes of the boxes.</summary>
    int ClassCount { get; }

    /// <summary>Writes all numbers of one image.</summary>
    /// <param name="boxes">What is in it.</param>
    /// <param name="target">As many numbers as <see cref="Shape"/> has, with anything in them.</param>
    void Encode(ReadOnlySpan<TargetBox> boxes, Span<float> target);
}
