using System.Buffers.Binary;
using System.IO.Compression;
using FeatureMap.Data;

namespace FeatureMap.Tests.Data;

/// <summary>Small image files of each kind. The JPEG and BMP files were written with StbImageWriteSharp 1.16.7.</summary>
internal static class SampleImages
{
    /// <summary>8 x 8 gray steps, column x has the value 32 x.</summary>
    public static readonly byte[] GrayJpeg = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRQBAwQEBQQFCQ"
        + "UFCRQNCw0UFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFP/AABEIAAgACAMBIgACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAA"
        + "AQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVl"
        + "dYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEB"
        + "AQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3OD"
        + "k6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery"
        + "8/T19vf4+fr/2gAMAwEAAhEDEQA/AOU/4Jt/8wv/AIDX6V1+an/BNv8A5hf/AAGv0roA/9k=");

    /// <summary>8 x 6 pixels of the colour (200, 50, 100).</summary>
    public static readonly byte[] ColourJpeg = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRQBAwQEBQQFCQ"
        + "UFCRQNCw0UFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFP/AABEIAAYACAMBIgACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAA"
        + "AQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVl"
        + "dYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEB"
        + "AQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3OD"
        + "k6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery"
        + "8/T19vf4+fr/2gAMAwEAAhEDEQA/APNqKKKR/Xp//9k=");

    /// <summary>8 x 6 pixels of the colour (200, 50, 100).</summary>
    public static readonly byte[] ColourBmp = Convert.FromBase64String(
        "Qk3GAAAAAAAAADYAAAAoAAAACAAAAAYAAAABABgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZD"
        + "LIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLIZDLI"
        + "ZDLI");

    /// <summary>A PNG of any kind from its filtered rows.</summary>
    public static byte[] Png(int width, int height, byte depth, byte colour, byte[] rows, byte interlace = 0, byte[]? palette = null, byte[]? transparency = null, byte[]? exif = null)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(rows);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, colour, interlace);
        return
        [
            0x89, .. "PNG\r\n\u001A\n"u8, .. Chunk("IHDR"u8, header), .. palette is null ? [] : Chunk("PLTE"u8, palette),
            .. transparency is null ? [] : Chunk("tRNS"u8, transparency), .. exif is null ? [] : Chunk("eXIf"u8, exif),
            .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, []),
        ];
    }

    /// <summary>A BMP whose pixel (x, y) has the colour (10 x, 20 y, 7), opaque; with 8 bits colours are numbers into a palette of the same.</summary>
    public static byte[] Bmp(int width, int height, int bits, bool isTopDown = false)
    {
        int palette = bits == 8 ? 256 : 0, row = ((width * bits) + 31) / 32 * 4;
        var file = new byte[54 + (4 * palette) + (row * height)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54 + (4 * palette));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), isTopDown ? -height : height);
        (file[26], file[28]) = (1, (byte)bits);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(46), palette);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                byte[] colour = [7, (byte)(20 * y), (byte)(10 * x), 255]; // blue, green, red, alpha
                var line = file.AsSpan(54 + (4 * palette) + ((isTopDown ? y : height - 1 - y) * row), row);
                if (bits == 8)
                {
                    line[x] = (byte)((y * width) + x);
                    colour.AsSpan(0, 3).CopyTo(file.AsSpan(54 + (4 * line[x])));
                }
                else colour.AsSpan(0, bits / 8).CopyTo(line[(x * bits / 8)..]);
            }
        }
        return file;
    }

    /// <summary>Makes the checksums of all chunks right that can be found.</summary>
    public static byte[] RepairPng(byte[] png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12) break;
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), Crc32.Of(png.AsSpan(at + 4, (int)length + 4)));
            at += 12 + (int)length;
        }
        return png;
    }

    /// <summary>A chunk of a PNG.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(^4..), Crc32.Of(chunk.AsSpan(4..^4)));
        return chunk;
    }
}
