using StbImageSharp;

namespace FeatureMap.Data;

/// <summary>
/// Reads one image from a file (PNG, JPEG or BMP) as a network wants it. The header is read and checked first; what is too large, damaged or
/// not an image ends in a <see cref="DataException"/> before memory is asked for.
/// </summary>
public static class ImageFile
{
    /// <summary>More pixels than this are not decoded.</summary>
    public const int MostPixels = 40_000_000;

    /// <summary>Image files of more bytes are not read.</summary>
    internal const long LargestFile = 100_000_000;

    /// <summary>Reads what an image file says about itself, without decoding its pixels.</summary>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image.</exception>
    public static ImageHeader ReadHeader(string path) => ImageHeader.Parse(ReadContent(path), path);

    /// <summary>
    /// Reads an image as planar bytes CHW of the expected shape, 0 to 255. Colour becomes gray by the weights 77, 150 and 29 / 256 (ITU-R BT.601),
    /// gray becomes colour by repetition; transparent parts show white paper. Nothing is inverted: the digits of MNIST are white on black, so
    /// dark ink on paper must be turned round by the caller (255 - value).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="resize">Whether an image of another size is scaled (see <see cref="ImageResize"/>; the sides are scaled each by its own factor).</param>
    /// <exception cref="DataException">The file is missing, damaged, too large, not an image, or of another size while resize is off.</exception>
    public static byte[] Load(string path, Shape expected, bool resize = false) => Decode(ReadContent(path), path, expected, resize);

    /// <summary>Decodes the content of a file; <paramref name="place"/> is its name in messages.</summary>
    internal static byte[] Decode(byte[] content, string place, Shape expected, bool resize)
    {
        if (expected.Channels is not (1 or 3))
            throw new DataException($"{place}: a network that reads {expected.Channels} channels ({expected}) cannot be fed from an image file, which has 1 or 3.");
        var header = ImageHeader.Parse(content, place);
        if (!resize && (header.Width != expected.Width || header.Height != expected.Height))
        {
            throw new DataException($"{place}: the image has {header.Width} x {header.Height} pixels (width x height), the network expects {expected.Width} x "
                + $"{expected.Height}. Scale the image, or let it be scaled with --resize.");
        }
        return Decode(content, header, place, expected);
    }

    /// <summary>Decodes the content of a file whose header was read, and scales it to the expected size; 1 or 3 channels.</summary>
    internal static byte[] Decode(byte[] content, ImageHeader header, string place, Shape expected)
    {
        ImageResult image;
        try
        {
            image = ImageResult.FromMemory(content, ColorComponents.RedGreenBlueAlpha);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw ImageHeader.Broken(place, $"the decoder gave up ({error.Message.TrimEnd('.')})", error);
        }
        if (image.Width != header.Width || image.Height != header.Height || image.Data.LongLength != 4L * header.Width * header.Height)
            throw ImageHeader.Broken(place, $"the header says {header.Width} x {header.Height} pixels, the decoder found {image.Width} x {image.Height}");
        var planar = ToPlanar(image.Data, expected.Channels);
        return header.Width == expected.Width && header.Height == expected.Height ? planar : ImageResize.Resize(planar, new(expected.Channels, header.Height, header.Width), expected.Height, expected.Width);
    }

    /// <summary>The bytes of a file that may be an image.</summary>
    internal static byte[] ReadContent(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
                throw new DataException($"{path}: the file has {stream.Length:N0} bytes: images of at most {LargestFile:N0} bytes are read. Scale the image down first.");
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

    // Interleaved RGBA to planar gray or RGB, over white.
    private static byte[] ToPlanar(byte[] interleaved, int channels)
    {
        var area = interleaved.Length / 4;
        var planar = new byte[channels * area];
        for (var pixel = 0; pixel < area; pixel++)
        {
            var colour = interleaved.AsSpan(pixel * 4, 4);
            int red = OverWhite(colour[0], colour[3]), green = OverWhite(colour[1], colour[3]), blue = OverWhite(colour[2], colour[3]);
            if (channels == 1)
            {
                planar[pixel] = (byte)(((77 * red) + (150 * green) + (29 * blue)) >> 8); // 77 + 150 + 29 = 256: gray stays as it is
                continue;
            }
            planar[pixel] = (byte)red;
            planar[area + pixel] = (byte)green;
            planar[(2 * area) + pixel] = (byte)blue;
        }
        return planar;
    }

    private static int OverWhite(int value, int alpha) => ((value * alpha) + (255 * (255 - alpha)) + 127) / 255;
}
