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
    internal const int LargestFile = 100_000_000;

    // Working memory of a decoder for a picture that is scaled, in numbers of 4 bytes.
    private const long MostScratch = 300_000_000;

    // Large pictures are decoded one at a time, so that a folder of them does not take the memory of all processors' at once.
    private static readonly Lock LargeOnes = new();

    /// <summary>Reads what an image file says about itself, without decoding its pixels.</summary>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image.</exception>
    public static ImageHeader ReadHeader(string path) => ImageHeader.Parse(ReadContent(path), path);

    /// <summary>The same from a stream. All of it is read, as what a file says about itself may stand behind its pixels.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content is damaged, too large or not an image, or the stream fails.</exception>
    public static ImageHeader ReadHeader(Stream stream, string source = "the stream") => ImageHeader.Parse(Content(stream, source), source);

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

    /// <summary>The same from a stream, such as an upload, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="resize">Whether an image of another size is scaled.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">As for a file, or the stream fails.</exception>
    public static byte[] Load(Stream stream, Shape expected, bool resize = false, string source = "the stream") =>
        Decode(Content(stream, source), source, expected, resize);

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
        return Load(ReadContent(path), path, expected, resize, out notice);
    }

    /// <summary>The same from a stream.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="resize">Whether an image of another size is scaled.</param>
    /// <param name="notice">Null, or why the image may not be what it seems.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">As for a file, or the stream fails.</exception>
    public static byte[] Load(Stream stream, Shape expected, bool resize, out string? notice, string source = "the stream") =>
        Load(Content(stream, source), source, expected, resize, out notice);

    /// <summary>
    /// The same where an image of another size is made to fit: cut, padded or squashed. What the other methods call resize is
    /// <see cref="ImageFit.Squash"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="fit">How.</param>
    /// <param name="notice">Null, or why the image may not be what it seems.</param>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image.</exception>
    public static byte[] Load(string path, Shape expected, ImageFit fit, out string? notice)
    {
        ArgumentNullException.ThrowIfNull(fit);
        return Load(ReadContent(path), path, expected, fit, out notice);
    }

    /// <summary>The same from a stream.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="fit">How an image of another size is made to fit.</param>
    /// <param name="notice">Null, or why the image may not be what it seems.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">As for a file, or the stream fails.</exception>
    public static byte[] Load(Stream stream, Shape expected, ImageFit fit, out string? notice, string source = "the stream")
    {
        ArgumentNullException.ThrowIfNull(fit);
        return Load(Content(stream, source), source, expected, fit, out notice);
    }

    /// <summary>The same where a decoder reads what the library does not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="fit">How an image of another size is made to fit; null where that is an error.</param>
    /// <param name="decoder">Reads files of its kinds.</param>
    /// <param name="notice">Null, or why the image may not be what it seems.</param>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image, or of another size.</exception>
    public static byte[] Load(string path, Shape expected, ImageFit? fit, IPictureDecoder decoder, out string? notice) =>
        Load(ReadContent(path), path, expected, fit, out notice, decoder);

    /// <summary>The same from a stream.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="fit">How an image of another size is made to fit; null where that is an error.</param>
    /// <param name="decoder">Reads files of its kinds.</param>
    /// <param name="notice">Null, or why the image may not be what it seems.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">As for a file, or the stream fails.</exception>
    public static byte[] Load(
        Stream stream, Shape expected, ImageFit? fit, IPictureDecoder decoder, out string? notice, string source = "the stream") =>
        Load(Content(stream, source), source, expected, fit, out notice, decoder);

    /// <summary>The same from the content of a file.</summary>
    internal static byte[] Load(
        byte[] content, string place, Shape expected, ImageFit? fit, out string? notice, IPictureDecoder? decoder = null)
    {
        var header = CheckedHeader(content, place, expected, resize: fit is not null, decoder);
        var pixels = Decode(content, header, place, expected, fit ?? ImageFit.Squash, out var remark);
        notice = remark is null ? null : $"{place}: {remark}.";
        return pixels;
    }

    internal static byte[] Load(byte[] content, string place, Shape expected, bool resize, out string? notice)
    {
        var pixels = Decode(content, CheckedHeader(content, place, expected, resize), place, expected, out var remark);
        notice = remark is null ? null : $"{place}: {remark}.";
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
    internal static byte[] Decode(byte[] content, ImageHeader header, string place, Shape expected, out string? remark) =>
        Decode(content, header, place, expected, ImageFit.Squash, out remark);

    /// <summary>The same with how an image of other proportions is made to fit.</summary>
    internal static byte[] Decode(byte[] content, ImageHeader header, string place, Shape expected, ImageFit fit, out string? remark)
    {
        if (expected.Area > MostPixels)
        {
            throw new DataException($"{place}: the image has {header.Width:N0} x {header.Height:N0} pixels (width x height) and would "
                + $"become {expected.Width:N0} x {expected.Height:N0} = "
                + $"{expected.Area:N0}: at most {MostPixels:N0} are. Have it scaled to fewer (image-size), or scale it down first.");
        }
        var placed = fit.Place(header.Height, header.Width, new(expected.Height, expected.Width));
        var taken = placed.Taken;
        Shape stored = new(expected.Channels, header.StoredHeight, header.StoredWidth);
        var (tall, wide) = (placed.ScaledHeight, placed.ScaledWidth);
        var scaled = header.Orientation.IsTransposed() ? new Shape(expected.Channels, wide, tall) : new Shape(expected.Channels, tall, wide);
        var window = header.Orientation.Stored(taken, tall, wide);
        if (stored != scaled && (long)stored.Channels * stored.Height * window.Width > MostScratch)
            throw new DataException($"{place}: {stored.Width:N0} x {stored.Height:N0} pixels (width x height) cannot be scaled to "
                + $"{scaled.Width:N0} x {scaled.Height:N0} in one step. Scale it down first.");
        if ((long)header.Width * header.Height <= MostPixels) return Upright(out remark);
        lock (LargeOnes) return Upright(out remark);

        byte[] Upright(out string? remark)
        {
            remark = null;
            if (header.Decoder is { } decoder)
                return fit.Paste(Decoded(decoder, content, header, place, scaled, window), expected.Channels, placed);
            var rows = new PixelRows(stored, scaled, window);
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
            var upright = header.Orientation.Apply(rows.Finish(), new(expected.Channels, taken.Height, taken.Width));
            return fit.Paste(upright, expected.Channels, placed);
        }
    }

    // What another decoder gives, upright already, and perhaps smaller than in the file.
    private static byte[] Decoded(
        IPictureDecoder decoder, byte[] content, ImageHeader header, string place, Shape scaled, PixelBox window)
    {
        var least = new ImageSize(Math.Min(header.Height, scaled.Height), Math.Min(header.Width, scaled.Width));
        var picture = decoder.Decode(content, place, least);
        if (picture.Shape.Height < least.Height || picture.Shape.Width < least.Width)
            throw new DataException($"{place}: {decoder.Name} gave {picture.Shape.Width} x {picture.Shape.Height} pixels (width x "
                + $"height), and {least.Width} x {least.Height} are needed.");
        var rows = new PixelRows(new(scaled.Channels, picture.Shape.Height, picture.Shape.Width), scaled, window);
        rows.Put(picture);
        return rows.Finish();
    }

    /// <summary>The bytes of a file that may be an image.</summary>
    internal static byte[] ReadContent(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return Content(stream, path);
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

    /// <summary>The bytes of a stream that may be an image.</summary>
    internal static byte[] Content(Stream stream, string source) => StreamContent.Read(stream, source, LargestFile, bytes =>
        new DataException($"{source}: the file has {bytes} bytes: images of at most {LargestFile:N0} bytes are read. Scale the image down "
            + "first."));

    private static ImageHeader CheckedHeader(
        byte[] content, string place, Shape expected, bool resize, IPictureDecoder? decoder = null)
    {
        if (expected.Channels is not (1 or 3))
            throw new DataException($"{place}: a network that reads {expected.Channels} channels ({expected}) cannot be fed from an image "
                + "file, which has 1 or 3.");
        var header = ImageHeader.Parse(content, place, decoder);
        if (!resize && (header.Width != expected.Width || header.Height != expected.Height))
        {
            throw new DataException($"{place}: the image has {header.Width} x {header.Height} pixels (width x height), the network "
                + $"expects {expected.Width} x "
                + $"{expected.Height}. Scale the image, or let it be scaled with resize: true.");
        }
        return header;
    }
}
