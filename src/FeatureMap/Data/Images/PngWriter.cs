using System.Buffers.Binary;
using System.IO.Compression;

namespace FeatureMap.Data;

/// <summary>
/// Writes 8-bit images as PNG, for pictures inside reports and for files to look at. Rows of colour are written as they are or as
/// differences, whichever takes fewer bytes: drawings are smaller in the first way, photographs in the second. Source: Portable Network
/// Graphics (PNG) Specification, ISO/IEC 15948.
/// </summary>
public static class PngWriter
{
    /// <summary>The bytes of a PNG file with the given image.</summary>
    /// <param name="planar">The pixels, planar CHW.</param>
    /// <param name="shape">1 channel (gray) or 3 channels (red, green, blue) x height x width.</param>
    /// <exception cref="DataException">The shape has another number of channels, or the pixels another length.</exception>
    public static byte[] Write(ReadOnlySpan<byte> planar, Shape shape)
    {
        if (shape.Channels is not (1 or 3)) throw new DataException($"A PNG picture has 1 or 3 channels: received {shape.Channels} ({shape}).");
        if (planar.Length != shape.Count) throw new DataException($"An image of {shape} has {shape.Count:N0} bytes: received {planar.Length:N0}.");

        var interleaved = new byte[planar.Length];
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var pixel = 0; pixel < shape.Area; pixel++)
                interleaved[(pixel * shape.Channels) + channel] = planar[(channel * shape.Area) + pixel];
        return Encode(interleaved, shape.Width, shape.Height, shape.Channels);
    }

    /// <summary>Encodes pixels that lie row by row with their channels side by side: grey (1 channel), grey with alpha (2), RGB (3) or RGBA (4).</summary>
    /// <param name="pixels">height x width x channels bytes.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1 to 4.</param>
    /// <returns>The bytes of a PNG file.</returns>
    /// <exception cref="ArgumentException">The sizes are not such, or the pixels are of another number.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        byte colorType = channels switch { 1 => 0, 2 => 4, 3 => 2, 4 => 6, _ => throw new ArgumentOutOfRangeException(nameof(channels)) };
        var stride = checked(width * channels);
        if (pixels.Length != (long)stride * height)
            throw new ArgumentException($"{width} x {height} pixels of {channels} channels take {(long)stride * height} bytes; received {pixels.Length}.", nameof(pixels));

        return Assemble(pixels, width, height, channels, colorType, []);
    }

    private static byte[] Assemble(ReadOnlySpan<byte> pixels, int width, int height, int channels, byte colorType,
        ReadOnlySpan<byte> palette)
    {
        var packed = Packed(pixels, width * channels, height, channels, isFiltered: false);
        if (channels >= 3 && Packed(pixels, width * channels, height, channels, isFiltered: true) is var filtered
            && filtered.Length < packed.Length)
            packed = filtered;
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits per channel
        header[9] = colorType;
        header[10..].Clear(); // compression, filter and interlace: method 0

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(file, "IHDR"u8, header);
        if (!palette.IsEmpty)
        {
            WriteChunk(file, "PLTE"u8, palette);
            WriteChunk(file, "tEXt"u8, Mark);
        }
        WriteChunk(file, "IDAT"u8, packed);
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Packed(ReadOnlySpan<byte> pixels, int stride, int height, int channels, bool isFiltered)
    {
        const byte none = 0, paeth = 4;
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var differences = new byte[stride];
            var above = new byte[stride];
            for (var row = 0; row < height; row++)
            {
                var line = pixels.Slice(row * stride, stride);
                stream.WriteByte(isFiltered ? paeth : none);
                if (isFiltered) Differences(line, above, channels, differences);
                stream.Write(isFiltered ? differences : line);
                line.CopyTo(above);
            }
        }
        return packed.ToArray();
    }

    // Paeth: each byte less that of its neighbours (left, above, above left) which is nearest to left + above - above left.
    private static void Differences(ReadOnlySpan<byte> line, ReadOnlySpan<byte> above, int channels, Span<byte> differences)
    {
        for (var i = 0; i < line.Length; i++)
        {
            var (left, up, corner) = (i < channels ? 0 : line[i - channels], (int)above[i], i < channels ? 0 : above[i - channels]);
            var guess = left + up - corner;
            var (toLeft, toUp, toCorner) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - corner));
            differences[i] = (byte)(line[i] - (toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner));
        }
    }

    /// <summary>The text in a PNG of indices that says who wrote it.</summary>
    internal static ReadOnlySpan<byte> Mark => "Software\0FeatureMap label map"u8;

    /// <summary>A PNG file of indices into a palette.</summary>
    /// <param name="indices">A number per pixel, row by row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="palette">Red, green and blue of each colour, at most 256 of them.</param>
    internal static byte[] WriteIndices(ReadOnlySpan<byte> indices, int height, int width, ReadOnlySpan<byte> palette) =>
        Assemble(indices, width, height, 1, 3, palette);

    /// <summary>The image as a data URI, to be put into the <c>src</c> of an HTML picture. Parameters as in <see cref="Write"/>.</summary>
    public static string DataUri(ReadOnlySpan<byte> planar, Shape shape) => "data:image/png;base64," + Convert.ToBase64String(Write(planar, shape));

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] typed = [.. type, .. data];
        file.Write(typed);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(typed));
        file.Write(number);
    }
}
