namespace FeatureMap.Data;

/// <summary>The kinds of image file that are read.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics (ISO/IEC 15948).</summary>
    Png,

    /// <summary>JPEG, baseline or progressive, with 8 bits (ITU-T T.81).</summary>
    Jpeg,

    /// <summary>Windows bitmap, not compressed.</summary>
    Bmp,

    /// <summary>What an <see cref="IPictureDecoder"/> reads.</summary>
    Other,
}

/// <summary>What the first bytes of an image file say, known before anything is decoded.</summary>
/// <param name="Format">Kind of file.</param>
/// <param name="Width">Columns of the upright picture, in pixels.</param>
/// <param name="Height">Rows of the upright picture, in pixels.</param>
/// <param name="Channels">Colours: 1 for gray, 3 otherwise. Transparency does not count.</param>
public readonly record struct ImageHeader(ImageFormat Format, int Width, int Height, int Channels)
{
    /// <summary>More pixels than these are not decoded, however small they are to become.</summary>
    internal const long MostPixels = 200_000_000;

    /// <summary>Pictures with a longer side are not decoded; a JPEG cannot have one.</summary>
    internal const long LongestSide = 65_535;

    // What the kinds are called that the package FeatureMap.Vips reads.
    private const string WebP = "a WebP image", Gif = "a GIF image", Avif = "an AVIF image";
    private const string Tiff = "a TIFF image (or a camera's raw image)";

    /// <summary>How the stored rows must be turned, as Exif says.</summary>
    internal Orientation Orientation { get; init; }

    /// <summary>What decodes the file; null for the library itself.</summary>
    internal IPictureDecoder? Decoder { get; init; }

    /// <summary>Columns as they stand in the file.</summary>
    internal int StoredWidth => Orientation.IsTransposed() ? Height : Width;

    /// <summary>Rows as they stand in the file.</summary>
    internal int StoredHeight => Orientation.IsTransposed() ? Width : Height;

    /// <summary>Reads the header from the content of a file and checks that the file can be whole; <paramref name="place"/> is its name in
    /// messages.</summary>
    internal static ImageHeader Parse(ReadOnlySpan<byte> content, string place, IPictureDecoder? decoder = null) =>
        decoder is not null && !content.IsEmpty && decoder.ReadHeader(content, place) is { } other
            ? Checked(ImageFormat.Other, other.Width, other.Height, other.Channels == 1 ? 1 : 3, place) with { Decoder = decoder }
            : Own(content, place);

    private static ImageHeader Own(ReadOnlySpan<byte> content, string place) => content switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => PngStructure.Parse(content, place),
        [0xFF, 0xD8, 0xFF, ..] => JpegFrame.Parse(content, place).Header,
        [(byte)'B', (byte)'M', ..] => Bmp.Parse(content, place),
        [] => throw new DataException($"{place}: the file is empty. Expected an image: PNG, JPEG or BMP."),
        _ when OtherFormat(content) is { } name =>
            throw new DataException($"{place}: this is {name}: expected PNG, JPEG or BMP. Convert "
            + $"it to PNG.{(IsOfPackage(name) ? " In a program, a decoder of the package FeatureMap.Vips reads it." : "")}"),
        _ when IsText(content) =>
            throw new DataException($"{place}: this is a text and no image, whatever its name says: expected PNG, JPEG or BMP. Fetch the "
                + "image again, or take the file away."),
        _ => throw new DataException($"{place}: this is not an image that can be read: expected PNG, JPEG or BMP, and the file "
            + $"starts with the bytes {Convert.ToHexString(content[..Math.Min(8, content.Length)])}. Convert it to PNG."),
    };

    /// <summary>A header whose sizes are in range.</summary>
    /// <exception cref="DataException">A size is zero, or there are more pixels than are decoded.</exception>
    internal static ImageHeader Checked(
        ImageFormat format, long width, long height, int channels, string place, Orientation orientation = Orientation.Upright)
    {
        if (width < 1 || height < 1)
            throw Broken(place, $"the header says {width} x {height} pixels (width x height)");
        if ((Int128)width * height > MostPixels)
        {
            throw new DataException($"{place}: the header says {width:N0} x {height:N0} = {(Int128)width * height:N0} pixels: at most "
                + $"{MostPixels:N0} are "
                + "decoded. Scale the image down first.");
        }
        if (Math.Max(width, height) > LongestSide)
            throw new DataException($"{place}: the header says {width:N0} x {height:N0} pixels (width x height): sides of at most "
                + $"{LongestSide:N0} are read. Cut it into parts.");
        var (across, down) = orientation.IsTransposed() ? (height, width) : (width, height);
        return new(format, (int)across, (int)down, channels) { Orientation = orientation };
    }

    internal static DataException Broken(string place, string what, Exception? cause = null) =>
        new($"{place}: the image is damaged or cut: {what}. Copy or save it again.", cause);

    // Pages of errors and pointers of Git LFS are saved under the names of pictures.
    private static bool IsText(ReadOnlySpan<byte> content) =>
        content.Length >= 8 && content[..Math.Min(content.Length, 512)].IndexOfAnyExcept(Printable) < 0;

    private static readonly System.Buffers.SearchValues<byte> Printable =
        System.Buffers.SearchValues.Create([(byte)'\t', (byte)'\n', (byte)'\r', .. Enumerable.Range(32, 95).Select(value => (byte)value)]);

    private static bool IsOfPackage(string name) => name is WebP or Gif or Tiff or Avif;

    // Kinds of pictures that are known by their first bytes and not read.
    private static string? OtherFormat(ReadOnlySpan<byte> content) => content switch
    {
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => WebP,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => Gif,
        [(byte)'I', (byte)'I', (byte)'*' or (byte)'+', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*' or (byte)'+', ..] =>
            Tiff,
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', ..] => Avif,
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'h' or (byte)'m', (byte)'e' or (byte)'i' or (byte)'s', ..] =>
            "a HEIC image",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "a film (MP4 or its relatives)",
        [0xFF, 0x0A, ..] or [0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', ..] => "a JPEG XL image",
        [0, 0, 0, 0x0C, (byte)'j', (byte)'P', ..] or [0xFF, 0x4F, 0xFF, 0x51, ..] => "a JPEG 2000 image",
        [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => "a Photoshop image",
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
        [(byte)'<', ..] => "a text that begins with <, such as SVG or a web page",
        [(byte)'P', >= (byte)'1' and <= (byte)'7', (byte)'\n' or (byte)' ' or (byte)'\r', ..] => "a Netpbm image (PBM, PGM, PPM)",
        [0, 0, 1, 0, ..] => "an icon (ICO)",
        _ => null,
    };
}
