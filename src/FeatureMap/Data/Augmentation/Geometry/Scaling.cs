using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// Scales the image to a size, for training at several sizes one after the other (progressive resizing) or for networks of a fixed size. Not random.
/// Shrinking takes the mean of the covered area, enlarging interpolates.
/// </summary>
public sealed record ResizeTo : Augmentation
{
    /// <summary>Creates it for a size.</summary>
    /// <exception cref="UsageException">A side is outside 1 to 65,536.</exception>
    public ResizeTo(int height, int width) => (Height, Width) = (height, width);

    /// <summary>Rows of the result.</summary>
    /// <exception cref="UsageException">The value is outside 1 to 65,536.</exception>
    public int Height { get; init => field = AugmentationOption.InRange<ResizeTo>(value, 1, AffineMap.LongestSide); }

    /// <summary>Columns of the result.</summary>
    /// <exception cref="UsageException">The value is outside 1 to 65,536.</exception>
    public int Width { get; init => field = AugmentationOption.InRange<ResizeTo>(value, 1, AffineMap.LongestSide); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, ResizeTo>("resize", "scales to a size", new(1, 1))
        .Whole("height", r => r.Height, (r, v) => r with { Height = v }, isRequired: true)
        .Whole("width", r => r.Width, (r, v) => r with { Width = v }, isRequired: true);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape) => new(shape.Channels, Height, Width);

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => AreaScaling.ScratchFloats(shape, OutputShape(shape));

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape) => this;

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var (shape, target) = (work.Shape, OutputShape(work.Shape));
        if (target == shape) return;
        work.Resize(new(0, 0, shape.Height, shape.Width), target);
    }
}

/// <summary>
/// Cuts out a window of random size, proportion and place, and scales it to the size of the result: the augmentation of large photographs. The area is
/// uniform in <see cref="Scale"/>, the logarithm of the proportion uniform over <see cref="Ratio"/>; after ten windows that do not fit, the largest one
/// of an allowed proportion in the middle is taken. Source: Szegedy et al., "Going deeper with convolutions", CVPR 2015; torchvision's RandomResizedCrop.
/// </summary>
public sealed record RandomResizedCrop : Augmentation
{
    private const int Attempts = 10;

    /// <summary>Creates it for a size of the result; 0 for the size of the image.</summary>
    /// <exception cref="UsageException">A side is outside 0 to 65,536.</exception>
    public RandomResizedCrop(int height = 0, int width = 0) => (Height, Width) = (height, width);

    /// <summary>Rows of the result; 0 for as many as the image has.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 65,536.</exception>
    public int Height { get; init => field = AugmentationOption.InRange<RandomResizedCrop>(value, 0, AffineMap.LongestSide); }

    /// <summary>Columns of the result; 0 for as many as the image has.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 65,536.</exception>
    public int Width { get; init => field = AugmentationOption.InRange<RandomResizedCrop>(value, 0, AffineMap.LongestSide); }

    /// <summary>Least and greatest area of the window, as a part of the image: 0.08 to 1 unless something else is asked for.</summary>
    /// <exception cref="UsageException">The numbers are outside 0.001 to 1 or in the wrong order.</exception>
    public (float Lower, float Upper) Scale { get; init => field = AugmentationOption.InOrder<RandomResizedCrop>(value, 0.001f, 1); } = (0.08f, 1);

    /// <summary>Least and greatest proportion of the window, width / height: 3/4 to 4/3 unless something else is asked for.</summary>
    /// <exception cref="UsageException">The numbers are outside 0.01 to 100 or in the wrong order.</exception>
    public (float Lower, float Upper) Ratio { get; init => field = AugmentationOption.InOrder<RandomResizedCrop>(value, 0.01f, 100); } = (3f / 4, 4f / 3);

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomResizedCrop>("resized-crop", "scales a window of random size, proportion and place", new())
        .Whole("height", r => r.Height, (r, v) => r with { Height = v })
        .Whole("width", r => r.Width, (r, v) => r with { Width = v })
        .Range("scale", r => r.Scale, (r, v) => r with { Scale = v })
        .Range("ratio", r => r.Ratio, (r, v) => r with { Ratio = v });

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape) => new(shape.Channels, Height == 0 ? shape.Height : Height, Width == 0 ? shape.Width : Width);

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => AreaScaling.ScratchFloats(shape, OutputShape(shape));

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape)
    {
        var output = OutputShape(shape);
        return output == shape ? None : new ResizeTo(output.Height, output.Width);
    }

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var (shape, target) = (work.Shape, OutputShape(work.Shape));
        var random = work.Random();
        work.Resize(Draw(shape, ref random), target);
    }

    /// <summary>The window of one sample.</summary>
    internal PixelBox Draw(Shape shape, ref RandomSequence random)
    {
        double low = PortableMath.Log(Ratio.Lower), high = PortableMath.Log(Ratio.Upper);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = shape.Area * (double)random.NextSingle(Scale.Lower, Scale.Upper);
            var ratio = PortableMath.Exp(low + ((high - low) * random.NextDouble()));
            int width = (int)Math.Round(Math.Sqrt(area * ratio)), height = (int)Math.Round(Math.Sqrt(area / ratio));
            if (width < 1 || height < 1 || width > shape.Width || height > shape.Height) continue;
            return new(random.NextInt(shape.Height - height + 1), random.NextInt(shape.Width - width + 1), height, width);
        }
        var proportion = (double)shape.Width / shape.Height;
        var (y, x) = (shape.Height, shape.Width);
        if (proportion < Ratio.Lower) y = Math.Clamp((int)Math.Round(x / (double)Ratio.Lower), 1, y);
        else if (proportion > Ratio.Upper) x = Math.Clamp((int)Math.Round(y * (double)Ratio.Upper), 1, x);
        return new((shape.Height - y) / 2, (shape.Width - x) / 2, y, x);
    }
}
