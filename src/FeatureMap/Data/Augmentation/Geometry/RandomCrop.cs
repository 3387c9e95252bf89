using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Puts a border of <see cref="Padding"/> pixels around the image and cuts out a window at a random place: the image shifted by whole pixels. Each
/// place is equally likely. Source: He et al., "Deep residual learning", CVPR 2016, section 4.2 (padding 4 on CIFAR-10); torchvision's RandomCrop.
/// </summary>
public sealed record RandomCrop : Augmentation
{
    private const int MostPixels = 4096;

    /// <summary>Creates it with a padding in pixels on every side.</summary>
    /// <exception cref="UsageException">The padding is outside 0 to 4,096.</exception>
    public RandomCrop(int padding = 0) => Padding = padding;

    /// <summary>Pixels added on every side before the window is cut, 0 to 4,096.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Padding { get; init => field = AugmentationOption.InRange<RandomCrop>(value, 0, MostPixels); }

    /// <summary>Rows of the window; 0 for as many as the image has.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 65,536.</exception>
    public int Height { get; init => field = AugmentationOption.InRange<RandomCrop>(value, 0, AffineMap.LongestSide); }

    /// <summary>Columns of the window; 0 for as many as the image has.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 65,536.</exception>
    public int Width { get; init => field = AugmentationOption.InRange<RandomCrop>(value, 0, AffineMap.LongestSide); }

    /// <summary>What the padding shows.</summary>
    public FillMode FillMode { get; init; }

    /// <summary>The pixel of the padding in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<RandomCrop>(value, 0, 255); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomCrop>("crop", "pads on every side and cuts out a window at a random place", new())
        .Whole("padding", c => c.Padding, (c, v) => c with { Padding = v })
        .Whole("height", c => c.Height, (c, v) => c with { Height = v }, isNamed: true)
        .Whole("width", c => c.Width, (c, v) => c with { Width = v }, isNamed: true)
        .Choice("fill", c => c.FillMode, (c, v) => c with { FillMode = v })
        .Number("fill-value", c => c.FillValue, (c, v) => c with { FillValue = v }, isNamed: true);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        var output = new Shape(shape.Channels, Height == 0 ? shape.Height : Height, Width == 0 ? shape.Width : Width);
        if (output.Height > shape.Height + (2 * Padding) || output.Width > shape.Width + (2 * Padding))
        {
            throw new ShapeException($"{nameof(RandomCrop)} cannot cut {output.Height}x{output.Width} out of images of {shape}: with a "
                + $"padding of {Padding} they have "
                + $"{shape.Height + (2 * Padding)}x{shape.Width + (2 * Padding)} pixels. Take a smaller window or more padding.");
        }
        return output;
    }

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape)
    {
        var output = OutputShape(shape);
        return output == shape ? None : new CenterCrop(output.Height, output.Width);
    }

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var (shape, target) = (work.Shape, OutputShape(work.Shape));
        var random = work.Random();
        var top = random.NextInt(shape.Height + (2 * Padding) - target.Height + 1) - Padding;
        var left = random.NextInt(shape.Width + (2 * Padding) - target.Width + 1) - Padding;
        work.Cut(top, left, target, new(FillMode, FillValue));
    }
}

/// <summary>Cuts out the middle; where an odd number of pixels is left over, the larger part is on the right and below. Not random.</summary>
public sealed record CenterCrop : Augmentation
{
    /// <summary>Creates it for a window of this size.</summary>
    /// <exception cref="UsageException">A side is outside 1 to 65,536.</exception>
    public CenterCrop(int height, int width) => (Height, Width) = (height, width);

    /// <summary>Rows of the window.</summary>
    /// <exception cref="UsageException">The value is outside 1 to 65,536.</exception>
    public int Height { get; init => field = AugmentationOption.InRange<CenterCrop>(value, 1, AffineMap.LongestSide); }

    /// <summary>Columns of the window.</summary>
    /// <exception cref="UsageException">The value is outside 1 to 65,536.</exception>
    public int Width { get; init => field = AugmentationOption.InRange<CenterCrop>(value, 1, AffineMap.LongestSide); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, CenterCrop>("center-crop", "cuts out the middle", new(1, 1))
        .Whole("height", c => c.Height, (c, v) => c with { Height = v }, isRequired: true)
        .Whole("width", c => c.Width, (c, v) => c with { Width = v }, isRequired: true);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape) => Height <= shape.Height && Width <= shape.Width
        ? new(shape.Channels, Height, Width)
        : throw new ShapeException($"{nameof(CenterCrop)} cannot cut {Height}x{Width} out of images of {shape}. Take a smaller window, or "
        + $"scale with {nameof(ResizeTo)}.");

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape) => this;

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var (shape, target) = (work.Shape, OutputShape(work.Shape));
        work.Cut((shape.Height - Height) / 2, (shape.Width - Width) / 2, target, default);
    }
}

/// <summary>Copies windows out of images.</summary>
internal static class Window
{
    /// <summary>Copies the window whose first pixel is (top, left) of the source; it may lie outside in part.</summary>
    public static void Cut(ReadOnlySpan<float> source, Shape shape, int top, int left, Span<float> destination, Shape target, Border border)
    {
        // Columns first to end - 1 of the window are inside the source.
        int first = Math.Clamp(-left, 0, target.Width), end = Math.Clamp(shape.Width - left, first, target.Width);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var y = 0; y < target.Height; y++)
            {
                var row = destination.Slice((channel * target.Area) + (y * target.Width), target.Width);
                var line = border.Place(top + y, shape.Height);
                if (line < 0)
                {
                    row.Fill(border.Value);
                    continue;
                }
                var from = source.Slice((channel * shape.Area) + (line * shape.Width), shape.Width);
                if (end > first) from.Slice(left + first, end - first).CopyTo(row[first..end]);
                Edge(from, row, 0, first, left, border);
                Edge(from, row, end, target.Width, left, border);
            }
        }
    }

    private static void Edge(ReadOnlySpan<float> from, Span<float> row, int first, int end, int left, Border border)
    {
        for (var x = first; x < end; x++)
            row[x] = border.Place(left + x, from.Length) is >= 0 and var column ? from[column] : border.Value;
    }
}
