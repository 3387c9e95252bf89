namespace FeatureMap.Data;

/// <summary>
/// Reads one image from a file (PNG, JPEG or BMP) as a network wants it. The header is read and checked first; what is too large, damaged
/// or not an image ends in a <see cref="DataException"/> before memory is asked for.
/// </summary>
public static class ImageFile
{
    /// <summary>More pixels than this do not come out. A picture that becomes smaller may have five times as many.</summary>
    public const int MostPixels = 40_000_000;

    /// <summary>Image files of more bytes are not read.</summary>
    internal const long LargestFile = 100_000_000;

    // Working memory of a decoder for a picture that is scaled, in numbers of 4 bytes.
    private const long MostScratch = 300_000_000;

    // Large pictures are decoded one at a time, so that a folder of them does not take the memory of all processors' at once.
    private static readonly Lock LargeOnes = new();

    /// <summary>Reads what an image file says about itself, without decoding its pixels.</summary>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image.</exception>
    public static ImageHeader ReadHeader(string path) => ImageHeader.Parse(ReadContent(path), path);

    /// <summary>
    /// Reads an image as planar bytes CHW of the expected shape, 0 to 255. Colour becomes gray by the weights 77, 150 and 29 / 256 (ITU-R
    /// BT.601), gray becomes colour by repetition; transparent parts show white paper; a photo stands upright as its Exif data say. Nothing
    /// is inverted: the digits of MNIST are white on black, so dark ink on paper must be turned round by the caller (255 - value).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="resize">Whether an image of another size is scaled (see <see cref="ImageResize"/>; the sides are scaled each by its own
    /// factor).</param>
    /// <exception cref="DataException">
    /// The file is missing, damaged, too large, not an image, or of another size while resize is off; or it is a PNG of 16 bits whose high
    /// bytes, which are kept, say almost nothing.
    /// </exception>
    public static byte[] Load(string path, Shape expected, bool resize = false) => Decode(ReadContent(path), path, expected, resize);

    /// <summary>The same for a caller who can tell the user what must be said about a readable image, in one sentence that names the
    /// file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="resize">Whether an image of another size is scaled.</param>
    /// <param name="notice">Null, or why the image may not be what it seems: a PNG of 16 bits whose high bytes, which are kept, say almost
    /// nothing.</param>
    /// <exception cref="DataException">The file is missing, damaged, too large, not an image, or of another size while resize is
    /// off.</exception>
    public static byte[] Load(string path, Shape expected, bool resize, out string? notice)
    {
        var content = ReadContent(path);
        var pixels = Decode(content, CheckedHeader(content, path, expected, resize), path, expected, out var remark);
        notice = remark is null ? null : $"{path}: {remark}.";
        return pixels;
    }

    /// <summary>Decodes the content of a file; <paramref name="place"/> is its name in messages.</summary>
    internal static byte[] Decode(byte[] content, string place, Shape expected, bool resize) =>
        Decode(content, CheckedHeader(content, place, expected, resize), place, expected);

    /// <summary>Decodes the content of a file whose header was read, and scales it to the expected size; 1 or 3 channels. What would need a
    /// notice is refused.</summary>
    internal static byte[] Decode(byte[] content, ImageHeader header, string place, Shape expected)
    {
        var pixels = Decode(content, header, place, expected, out var remark);
        return remark is null ? pixels : throw new DataException($"{place}: {remark}.");
    }

    /// <summary>The same with what must be said about the image, without its name and the full stop.</summary>
    internal static byte[] Decode(byte[] content, ImageHeader header, string place, Shape expected, out string? remark)
    {
        if (expected.Area > MostPixels)
        {
            throw new DataException($"{place}: the image has {header.Width:N0} x {header.Height:N0} pixels (width x height) and would "
                + $"become {expected.Width:N0} x {expected.Height:N0} = "
                + $"{expected.Area:N0}: at most {MostPixels:N0} are. Have it scaled to fewer (image-size), or scale it down first.");
        }
        var turned = header.Orientation.IsTransposed();
        Shape stored = new(expected.Channels, header.StoredHeight, header.StoredWidth);
        Shape target = turned ? new(expected.Channels, expected.Width, expected.Height) : expected;
        if (stored != target && (long)stored.Channels * stored.Height * target.Width > MostScratch)
            throw new DataException($"{place}: {stored.Width:N0} x {stored.Height:N0} pixels (width x height) cannot be scaled to "
                + $"{target.Width:N0} x {target.Height:N0} in one step. Scale it down first.");
        if ((long)header.Width * header.Height <= MostPixels) return Upright(out remark);
        lock (LargeOnes) return Upright(out remark);

        byte[] Upright(out string? remark)
        {
            var rows = new PixelRows(stored, target);
            remark = null;
            switch (header.Format)
            {
                case ImageFormat.Png:
                    remark = PngDecoder.Decode(content, place, rows);
                    break;
                case ImageFormat.Jpeg:
                    JpegDecoder.Decode(content, place, rows);
                    break;
                default:
                    Bmp.Decode(content, place, rows);
                    break;
            }
            return header.Orientation.Apply(rows.Finish(), expected);
        }
    }

    /// <summary>The bytes of a file that may be an image.</summary>
    internal static byte[] ReadContent(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
                throw new DataException($"{path}: the file has {stream.Length:N0} bytes: images of at most {LargestFile:N0} bytes are "
                    + "read. Scale the image down first.");
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }

    private static ImageHeader CheckedHeader(byte[] content, string place, Shape expected, bool resize)
    {
        if (expected.Channels is not (1 or 3))
            throw new DataException($"{place}: a network that reads {expected.Channels} channels ({expected}) cannot be fed from an image "
                + "file, which has 1 or 3.");
        var header = ImageHeader.Parse(content, place);
        if (!resize && (header.Width != expected.Width || header.Height != expected.Height))
        {
            throw new DataException($"{place}: the image has {header.Width} x {header.Height} pixels (width x height), the network "
                + $"expects {expected.Width} x "
                + $"{expected.Height}. Scale the image, or let it be scaled with resize: true.");
        }
        return header;
    }
}
