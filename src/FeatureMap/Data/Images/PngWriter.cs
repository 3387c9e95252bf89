using System.Buffers.Binary;
using System.IO.Compression;

namespace FeatureMap.Data;

/// <summary>
/// Writes 8-bit images as PNG, for pictures inside reports and for files to look at. The rows are not filtered: simple, and small enough for
/// what it is for. Source: Portable Network Graphics (PNG) Specification, ISO/IEC 15948.
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

        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var row = new byte[1 + (shape.Width * shape.Channels)]; // filter byte 0, then the pixels, colours side by side
            for (var y = 0; y < shape.Height; y++)
            {
                for (var channel = 0; channel < shape.Channels; channel++)
                {
                    var source = planar.Slice((channel * shape.Area) + (y * shape.Width), shape.Width);
                    for (var x = 0; x < source.Length; x++)
                        row[1 + (x * shape.Channels) + channel] = source[x];
                }
                stream.Write(row);
            }
        }
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, shape.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], shape.Height);
        header[8] = 8;
        header[9] = (byte)(shape.Channels == 1 ? 0 : 2);
        header[10..].Clear(); // compression, filter and interlace: method 0

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, packed.GetBuffer().AsSpan(0, (int)packed.Length));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

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
