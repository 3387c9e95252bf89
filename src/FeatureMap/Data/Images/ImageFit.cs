using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>What becomes of a picture whose proportions are not those that are asked for.</summary>
public enum ImageFitKind
{
    /// <summary>The middle of it is taken: <c>crop</c>.</summary>
    Crop,

    /// <summary>All of it is taken, and gray fills what is missing on both sides: <c>pad</c>.</summary>
    Pad,

    /// <summary>Each side is scaled by its own factor, which distorts: <c>squash</c>.</summary>
    Squash,
}

/// <summary>
/// How a picture of any size becomes one of a given size. It is a value with a text: <c>crop</c>, <c>crop 0.875</c>, <c>pad</c>,
/// <c>pad 0</c>, <c>squash</c>. All sizes are computed in whole numbers, so that they are the same everywhere (see <see cref="Place"/>).
/// </summary>
/// <remarks>
/// A picture of 640 x 480 pixels (width x height) for 224 x 224: <c>crop 0.875</c> scales it to 341 x 256 (224 / 0.875 = 256) and takes the
/// middle; <c>crop</c> scales it to 298 x 224; <c>pad</c> scales it to 224 x 168 and puts 28 gray rows above and below; <c>squash</c> makes
/// it narrower by 2.86 and lower by 2.14. Sources: the presets of torchvision and the tables of timm (crop), letterbox of YOLO (pad).
/// </remarks>
public sealed record ImageFit
{
    private const double LeastShare = 0.05;

    // A share that was written with few digits, such as 0.8750, must not lose a pixel.
    private const double Slack = 1e-6;

    private ImageFit(ImageFitKind kind, double share = 1, byte value = 114) => (Kind, Share, Value) = (kind, share, value);

    /// <summary>Each side is scaled by its own factor.</summary>
    public static ImageFit Squash { get; } = new(ImageFitKind.Squash);

    /// <summary>What is done.</summary>
    public ImageFitKind Kind { get; }

    /// <summary>
    /// Of a crop: the part of the shorter side that is taken, above 0.05 to 1. The picture is scaled until its shorter side is the size
    /// asked for divided by this, rounded down.
    /// </summary>
    public double Share { get; private init; }

    /// <summary>Of padding: the value of all channels in what is added, 0 (black) to 255.</summary>
    public byte Value { get; private init; }

    /// <summary>The words and their arguments.</summary>
    public static IReadOnlyList<DescribedWord> Words => Vocabulary.Help;

    internal static Vocabulary<ImageFit> Vocabulary { get; } = new(
        "fit",
        Word(ImageFitKind.Crop, "scales until the shorter side fits, and takes the middle", new(ImageFitKind.Crop))
            .Real("share", "Part of the shorter side that is taken", f => f.Share, (f, v) => f with { Share = v },
                ValueKind.Real(LeastShare, 1), isNamed: false),
        Word(ImageFitKind.Pad, "scales until the longer side fits, and fills the rest", new(ImageFitKind.Pad))
            .Whole<byte>("value", f => f.Value, (f, v) => f with { Value = v }, meaning: "What is filled in", least: 0, most: 255),
        Word(ImageFitKind.Squash, "scales each side by its own factor", Squash));

    /// <summary>The middle is taken.</summary>
    /// <param name="share">Part of the shorter side that is taken; 1 for all of it, 0.875 as most networks of the literature were judged.</param>
    /// <exception cref="UsageException">The share is not from 0.05 to 1.</exception>
    public static ImageFit Crop(double share = 1) => share is >= LeastShare and <= 1 ? new(ImageFitKind.Crop, share)
        : throw new UsageException($"The share of a crop is from {LeastShare} to 1: received {share}. The usual ones are 0.875 to 1.");

    /// <summary>All of the picture is taken; gray fills the rest on both sides.</summary>
    /// <param name="value">What is filled in; 114 as YOLO does.</param>
    public static ImageFit Pad(byte value = 114) => new(ImageFitKind.Pad, value: value);

    /// <summary>Reads a text such as <c>crop 0.875</c>.</summary>
    /// <exception cref="UsageException">It is no fit; the message has the nearest word.</exception>
    public static ImageFit Parse(string text) => Vocabulary.Parse(text);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Vocabulary.Write(this);

    /// <summary>Where a picture goes.</summary>
    /// <param name="height">Rows of the picture, upright.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="size">Size of the result.</param>
    public FittedPicture Place(int height, int width, ImageSize size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return Kind switch
        {
            ImageFitKind.Crop => Cropped(height, width, size),
            ImageFitKind.Pad => Padded(height, width, size),
            _ => new(size.Height, size.Width, 0, 0, size),
        };
    }

    /// <summary>Makes a planar picture (CHW) one of another size.</summary>
    /// <param name="planar">The pixels.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="size">Size of the result.</param>
    /// <exception cref="DataException">The pixels do not have the length of the shape.</exception>
    public byte[] Apply(ReadOnlySpan<byte> planar, Shape shape, ImageSize size)
    {
        if (planar.Length != shape.Count)
            throw new DataException($"An image of {shape} has {shape.Count:N0} bytes: received {planar.Length:N0}.");
        var placed = Place(shape.Height, shape.Width, size);
        var rows = new PixelRows(shape, new(shape.Channels, placed.ScaledHeight, placed.ScaledWidth), placed.Taken);
        rows.PutPlanar(planar);
        return Paste(rows.Finish(), shape.Channels, placed);
    }

    /// <summary>The part that was taken, on a ground of <see cref="Value"/> where it is smaller than the result.</summary>
    internal byte[] Paste(byte[] taken, int channels, FittedPicture placed)
    {
        var (box, size) = (placed.Taken, placed.Size);
        if (box.Height == size.Height && box.Width == size.Width) return taken;
        var result = new byte[channels * size.Height * size.Width];
        Array.Fill(result, Value);
        int top = (size.Height - box.Height) / 2, left = (size.Width - box.Width) / 2;
        for (var row = 0; row < channels * box.Height; row++)
        {
            var (channel, y) = (row / box.Height, row % box.Height);
            taken.AsSpan(row * box.Width, box.Width).CopyTo(result.AsSpan((((channel * size.Height) + top + y) * size.Width) + left));
        }
        return result;
    }

    // The side that needs the larger factor becomes size / share; the other one follows, rounded down, and is not shorter than asked for.
    private FittedPicture Cropped(int height, int width, ImageSize size)
    {
        int Whole(int side) => (int)Math.Floor((side / Share) + Slack);
        long tall = Whole(size.Height), wide = Whole(size.Width);
        var (scaledHeight, scaledWidth) = tall * width >= wide * height ? (tall, tall * width / height) : (wide * height / width, wide);
        return new((int)scaledHeight, (int)scaledWidth, Middle(scaledHeight - size.Height), Middle(scaledWidth - size.Width), size);
    }

    private static FittedPicture Padded(int height, int width, ImageSize size)
    {
        long tall = size.Height, wide = size.Width;
        int Rounded(long numerator, long denominator) => (int)Math.Max(1, ((2 * numerator) + denominator) / (2 * denominator));
        return tall * width <= wide * height ? new(size.Height, Rounded(tall * width, height), 0, 0, size)
            : new(Rounded(wide * height, width), size.Width, 0, 0, size);
    }

    // Halves go to the even number, as in torchvision's CenterCrop.
    private static int Middle(long spare) => (int)Math.Round(spare / 2.0, MidpointRounding.ToEven);

    private static Word<ImageFit, ImageFit> Word(ImageFitKind kind, string meaning, ImageFit prototype) =>
        new(kind.ToString().ToLowerInvariant(), meaning, prototype, fit => fit, fit => fit.Kind == kind ? fit : null);
}

/// <summary>
/// Where a picture goes when it is made to fit: it is scaled, then a window of it is taken, or it is put into the middle of a larger ground.
/// </summary>
/// <param name="ScaledHeight">Rows of the scaled picture.</param>
/// <param name="ScaledWidth">Its columns.</param>
/// <param name="Top">First row of it that is taken.</param>
/// <param name="Left">First column of it that is taken.</param>
/// <param name="Size">Size of the result.</param>
public readonly record struct FittedPicture(int ScaledHeight, int ScaledWidth, int Top, int Left, ImageSize Size)
{
    /// <summary>What is taken of the scaled picture.</summary>
    internal PixelBox Taken => new(Top, Left, Math.Min(Size.Height, ScaledHeight - Top), Math.Min(Size.Width, ScaledWidth - Left));
}
