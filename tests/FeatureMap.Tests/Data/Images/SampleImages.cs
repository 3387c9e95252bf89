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
    public static byte[] Png(int width, int height, byte depth, byte colour, byte[] rows, byte interlace = 0, byte[]? palette = null)
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
            .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, []),
        ];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(^4..), Crc32.Of(chunk.AsSpan(4..^4)));
        return chunk;
    }
}
