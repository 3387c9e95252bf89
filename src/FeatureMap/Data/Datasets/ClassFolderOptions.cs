using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>Height and width of an image in pixels, written as <c>32x48</c> (height x width, as in shapes).</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>No side may be longer.</summary>
    public const int Longest = 8192;

    /// <summary>Stands for no size at all: images keep their own. Written as <c>keep</c>.</summary>
    public static ImageSize Keep => default;

    /// <summary>How a size is read and written by name.</summary>
    public static ValueKind Kind { get; } = new SizeKind();

    /// <summary>Written as <c>32x48</c>.</summary>
    public override string ToString() => $"{Height}x{Width}";
}

/// <summary>The size of an image: one number for a square, height x width, or keep.</summary>
internal sealed class SizeKind : ValueKind
{
    private static readonly ValueKind Side = Whole(1, ImageSize.Longest);

    public override string Text =>
        $"keep, a number of pixels such as 32, or HEIGHTxWIDTH such as 32x48, each at most {ImageSize.Longest:N0}";

    public override object? Parse(string text)
    {
        if (string.Equals(text, "keep", StringComparison.OrdinalIgnoreCase)) return ImageSize.Keep;
        var sides = text.Split('x', 'X').Select(Side.Parse).ToArray();
        return sides is [Int128 side] ? new ImageSize((int)side, (int)side) : sides is [Int128 height, Int128 width]
            ? new ImageSize((int)height, (int)width) : null;
    }

    public override string Format(object value) => (ImageSize)value == ImageSize.Keep ? "keep" : $"{value}";
}

/// <summary>What becomes of the colours of image files.</summary>
public enum ImageColours
{
    /// <summary>They stay: gray where all images are gray, in colour as soon as one is: <c>keep</c>.</summary>
    Keep,

    /// <summary>Colour becomes gray by the weights of ITU-R BT.601 (see <see cref="ImageFile"/>): <c>gray</c>.</summary>
    Gray,

    /// <summary>Gray becomes colour by repetition: <c>colour</c>.</summary>
    Colour,
}

/// <summary>What happens when an image file cannot be read.</summary>
public enum UnreadableImages
{
    /// <summary>Loading ends with an error that names it: <c>fail</c>.</summary>
    Fail,

    /// <summary>It is left out and named in the notice: <c>skip</c>.</summary>
    Skip,
}

/// <summary>When image files are decoded. The images are the same, to the bit.</summary>
public enum ImageDecoding
{
    /// <summary>All before the start, unless that would take more than 8 GiB of disk; the notice says which: <c>auto</c>.</summary>
    Auto,

    /// <summary>All before the start; in memory up to 1 GiB, on disk beyond: <c>ahead</c>.</summary>
    Ahead,

    /// <summary>Each whenever it is used, by the thread that uses it: nothing is kept: <c>each-time</c>.</summary>
    EachTime,
}

/// <summary>How a folder or an archive of class folders, or a table of image files, becomes a data set.</summary>
public sealed record ClassFolderOptions
{
    /// <summary>
    /// Size of every image: the mean of the area where a picture gets smaller, bilinear where it gets larger (<see cref="ImageResize"/>).
    /// Null: images of one size keep it; those of several sizes, and photographs whose shorter side has more than 512 pixels, get a size
    /// that a network learns in reasonable time (<see cref="LargestAutomaticSide"/>), and the notice says which.
    /// </summary>
    public ImageSize? Size { get; init; }

    /// <summary>
    /// What becomes of images whose proportions are others than those of the size. Null: the middle is taken (<see cref="ImageFit.Crop"/>
    /// of the whole shorter side), which distorts nothing, and the notice says so.
    /// </summary>
    public ImageFit? Fit { get; init; }

    /// <summary>
    /// The longest side of images whose size nobody chose. It is that of half of the images, as far as it is not longer than this, and
    /// from 16 pixels on a multiple of 8.
    /// </summary>
    public const int LargestAutomaticSide = 64;

    /// <summary>Images of one size keep it up to this length of the shorter side, if nobody chose a size.</summary>
    internal const int LargestKeptSide = 512;

    /// <summary>What becomes of the colours.</summary>
    public ImageColours Colours { get; init; }

    /// <summary>What happens when an image cannot be read. Images of another size or colour than the others are no such case: they are an error.</summary>
    public UnreadableImages Unreadable { get; init; }

    /// <summary>When the files are decoded.</summary>
    public ImageDecoding Decoding { get; init; }

    /// <summary>
    /// Reads image files of kinds that the library does not, such as those of the package <c>FeatureMap.Vips</c>: WebP, TIFF, AVIF. Null:
    /// the library alone.
    /// </summary>
    public IPictureDecoder? Decoder { get; init; }

    /// <summary>
    /// The <see cref="IPictureDecoder.Name"/> of what must decode the images so that they are those of before; empty where nobody says it.
    /// A run has it from <see cref="Decoder"/>.
    /// </summary>
    public string DecoderName { get; init => field = value ?? ""; } = "";

    /// <summary>What decodes besides the library: by its name, empty for nothing.</summary>
    internal string DecodedBy => Decoder?.Name ?? DecoderName;

    /// <summary>
    /// What the files are meant for. Null: what lies beside the images says it, and what is not for classes is refused. <see cref="DataTask.Classes"/>:
    /// the folders are the classes, whatever else is there. <see cref="DataTask.Table"/>: a table says the class of each image, and each
    /// value of its column is one, even where it looks like a number or a list. <see cref="DataTask.Labels"/>: it says which of several
    /// labels each image has, in columns of 0 and 1, in a list, or in several rows of an image. <see cref="DataTask.Numbers"/>: it says
    /// numbers.
    /// </summary>
    public DataTask? Task { get; init; }

    /// <summary>
    /// Where the data are a table: the folder or archive of the images that it names. Empty: the folder of the table.
    /// </summary>
    public string ImageFolder { get; init; } = "";

    /// <summary>The column of a table that names the images; empty for the one that does.</summary>
    public string FileColumn { get; init; } = "";

    /// <summary>The column of a table that says the class of an image, or its labels; empty for the one that is called like it, or the only
    /// one. Several with commas between them: columns of 0 and 1, one for each label.</summary>
    public string LabelColumn { get; init; } = "";

    /// <summary>What stands between the labels of one column: a letter, or <c>comma</c>, <c>semicolon</c>, <c>space</c>, <c>bar</c>. Empty:
    /// what the values say.</summary>
    public string LabelSeparator { get; init; } = "";

    /// <summary>The labels that may occur in a list, in their order, with commas between them; another one is an error. Empty: those that
    /// occur.</summary>
    public string LabelNames { get; init; } = "";

    /// <summary>The columns of a table with the numbers that are to be learnt, with commas between them; empty for those that only can be
    /// such.</summary>
    public string NumberColumn { get; init; } = "";

    /// <summary>Of pictures with boxes: which annotations are read where there are several; null for what is found first.</summary>
    public AnnotationFormat? BoxFormat { get; init; }

    /// <summary>
    /// Of pictures with boxes by their corners (Pascal VOC, CSV): the number of the first pixel, 1 or 0; null for what the boxes say.
    /// </summary>
    public int? FirstPixel { get; init; }

    /// <summary>Part of each class that is kept apart for validation where the data have no validation part of their own; above 0 and below 1.</summary>
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Chooses which images are kept apart. It is not the seed of the training, so that runs of different seeds are judged by the same images.</summary>
    public ulong SplitSeed { get; init; }

    /// <summary>
    /// Where the data are images with masks: the classes with commas between them, in the order of their numbers, such as
    /// <c>background,cell</c>. Empty: a list beside the folders says them (<c>classes.txt</c>, <c>labelmap.txt</c>), or the numbers that
    /// were found, and the notice says which.
    /// </summary>
    public string MaskClasses { get; init; } = "";

    /// <summary>
    /// The number of mask pixels of which nobody said what they are; below 0 for none. Null: 255, where masks have it beside numbers of
    /// classes.
    /// </summary>
    public int? MaskIgnore { get; init; }

    /// <summary>The path of a table of the colours of masks, see <see cref="Data.MaskColours"/>; empty for one beside the folders, or
    /// none.</summary>
    public string MaskColours { get; init; } = "";

    internal ImageFit FitOrDefault => Fit ?? ImageFit.Crop();

    /// <exception cref="UsageException">A value is out of range.</exception>
    internal void Check()
    {
        if (DecoderName.Length > 0 && Decoder?.Name != DecoderName)
            throw new UsageException($"These images were decoded by '{DecoderName}', and there is "
                + $"{(Decoder is null ? "no decoder but the library's own" : $"'{Decoder.Name}'")}, whose pixels may be others. A program "
                + "gives the decoder: ClassFolderOptions.Decoder, such as the VipsDecoder of the package FeatureMap.Vips.");
        if (Task == DataTask.Boxes) throw new UsageException($"Folders of images are read for classes, labels, numbers or masks: received "
            + $"the task {Task}.");
        if (NumberColumn.Length > 0 && (LabelColumn.Length > 0 || LabelSeparator.Length > 0 || Task is not (null or DataTask.Numbers)))
            throw new UsageException("The setting number-column says that numbers are to be learnt"
                + (LabelColumn.Length > 0 ? ", and label-column that labels are" : LabelSeparator.Length > 0 ? ", and label-separator that "
                + "labels are" : $", and task={$"{Task}".ToLowerInvariant()} something else") + ": leave one of them out.");
        if (Task == DataTask.Numbers && LabelColumn.Length > 0)
            throw new UsageException("With task=numbers the columns are named by number-column in place of label-column.");
        if (LabelSeparator.Length > 0 && Task is not (null or DataTask.Labels))
            throw new UsageException($"The setting label-separator is for several labels, and task={$"{Task}".ToLowerInvariant()} asks for "
                + "something else: leave one of them out.");
        if (Task == DataTask.Classes && ImageFolder.Length > 0) throw new UsageException("The setting task=classes means that folders "
            + "are the classes, and image-folder belongs to a table: leave one of them out.");
        if (Size is { } size && (size.Height is < 1 or > ImageSize.Longest || size.Width is < 1 or > ImageSize.Longest))
            throw new UsageException($"Images can be scaled to sides from 1 to {ImageSize.Longest:N0} pixels: received {size} (height x width).");
        if (!(ValidationFraction > 0 && ValidationFraction < 1))
            throw new UsageException($"The part that is kept apart for validation must be above 0 and below 1: received {ValidationFraction}. For one image in five write 0.2.");
    }
}
