using System.Buffers.Binary;

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
}

/// <summary>What the first bytes of an image file say, known before anything is decoded.</summary>
/// <param name="Format">Kind of file.</param>
/// <param name="Width">Columns, in pixels.</param>
/// <param name="Height">Rows, in pixels.</param>
/// <param name="Channels">Colours: 1 for gray, 3 otherwise. Transparency does not count.</param>
public readonly record struct ImageHeader(ImageFormat Format, int Width, int Height, int Channels)
{
    /// <summary>Reads the header from the content of a file and checks that the file can be whole; <paramref name="place"/> is its name in messages.</summary>
    internal static ImageHeader Parse(ReadOnlySpan<byte> content, string place) => content switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => PngStructure.Parse(content, place),
        [0xFF, 0xD8, 0xFF, ..] => ParseJpeg(content, place),
        [(byte)'B', (byte)'M', ..] => ParseBmp(content, place),
        [] => throw new DataException($"{place}: the file is empty. Expected an image: PNG, JPEG or BMP."),
        _ => throw new DataException($"{place}: this is not an image that can be read: expected PNG, JPEG or BMP, and the file starts with the bytes "
            + $"{Convert.ToHexString(content[..Math.Min(8, content.Length)])}. Convert it to PNG."),
    };

    /// <summary>A header whose sizes are in range.</summary>
    /// <exception cref="DataException">A size is zero, or there are more pixels than are decoded.</exception>
    internal static ImageHeader Checked(ImageFormat format, long width, long height, int channels, string place)
    {
        if (width < 1 || height < 1)
            throw Broken(place, $"the header says {width} x {height} pixels (width x height)");
        if ((Int128)width * height > ImageFile.MostPixels)
        {
            throw new DataException($"{place}: the header says {width:N0} x {height:N0} = {(Int128)width * height:N0} pixels: at most {ImageFile.MostPixels:N0} are "
                + "decoded. Scale the image down first.");
        }
        return new(format, (int)width, (int)height, channels);
    }

    internal static DataException Broken(string place, string what, Exception? cause = null) =>
        new($"{place}: the image is damaged or cut: {what}. Copy or save it again.", cause);

    // Segments follow each other: FF, marker, length (which counts itself), content. The frame header (SOFn) has the sizes; the scan (SOS) ends
    // with FF D9, which cannot occur inside it, as its FF bytes are followed by 00 or a restart marker.
    private static ImageHeader ParseJpeg(ReadOnlySpan<byte> content, string place)
    {
        ImageHeader? header = null;
        var position = 2;
        while (true)
        {
            while (position + 1 < content.Length && content[position] == 0xFF && content[position + 1] == 0xFF) position++;
            if (position + 4 > content.Length) throw Broken(place, "the JPEG ends before its pixels begin");
            if (content[position] != 0xFF)
                throw Broken(place, $"at byte {position} a JPEG marker should stand, which starts with FF: received {content[position]:X2}");
            var marker = content[position + 1];
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                position += 2;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(content[(position + 2)..]);
            if (marker < 0xC0 || marker is 0xD8 or 0xD9 || length < 2 || position + 2 + length > content.Length)
            {
                throw Broken(place, $"the JPEG segment FF{marker:X2} at byte {position} of length {length} does not fit into the file of "
                    + $"{content.Length:N0} bytes");
            }
            var segment = content.Slice(position + 4, length - 2);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                if (header is not null) throw Broken(place, "the JPEG has two frame headers");
                header = ParseFrame(marker, segment, place);
            }
            position += 2 + length;
            if (marker != 0xDA) continue;
            if (header is null) throw Broken(place, "the JPEG has pixels but no frame header before them");
            if (content[position..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0) throw Broken(place, "the end marker FFD9 of the JPEG is missing");
            // Each block of 8 x 8 pixels takes a bit at least, and a block of a halved channel never stands for more than two of a whole one:
            // a file of n bytes has 8 n bits and so 16 x 64 n = 1024 n pixels at most.
            var (width, height) = (header.Value.Width, header.Value.Height);
            if ((long)width * height > 1024L * content.Length)
                throw Broken(place, $"the header of the JPEG says {width:N0} x {height:N0} pixels, and a file of {content.Length:N0} bytes holds at most 1,024 per byte");
            return header.Value;
        }
    }

    private static ImageHeader ParseFrame(byte marker, ReadOnlySpan<byte> segment, string place)
    {
        if (marker > 0xC2)
        {
            throw new DataException($"{place}: JPEG files of the kind FF{marker:X2} (lossless or arithmetic coding) are not read. "
                + "Save it as an ordinary JPEG or as PNG.");
        }
        if (segment.Length < 6 || segment.Length < 6 + (3 * segment[5])) throw Broken(place, "the frame header of the JPEG is too short");
        if (segment[0] != 8) throw new DataException($"{place}: the JPEG has {segment[0]} bits per colour: only 8 are read. Save it as PNG.");
        if (segment[5] is not (1 or 3 or 4)) throw Broken(place, $"the JPEG has {segment[5]} colour components: expected 1, 3 or 4");
        return Checked(
            ImageFormat.Jpeg,
            BinaryPrimitives.ReadUInt16BigEndian(segment[3..]),
            BinaryPrimitives.ReadUInt16BigEndian(segment[1..]),
            segment[5] == 1 ? 1 : 3,
            place);
    }

    // File header of 14 bytes (offset of the pixels at 10), then a header of 12 bytes (16-bit sizes) or of at least 40 (32-bit sizes; a
    // negative height means that the first row comes first). Rows are padded to 4 bytes.
    private static ImageHeader ParseBmp(ReadOnlySpan<byte> content, string place)
    {
        if (content.Length < 26) throw Broken(place, $"a BMP has at least 26 bytes of headers, the file {content.Length}");
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(content[10..]), size = BinaryPrimitives.ReadUInt32LittleEndian(content[14..]);
        if (size is not (12 or 40 or 52 or 56 or 108 or 124) || content.Length < 14 + size)
            throw Broken(place, $"the second BMP header has {size:N0} bytes: expected 12, 40, 52, 56, 108 or 124, and that they are there");
        var old = size == 12;
        long width = old ? BinaryPrimitives.ReadUInt16LittleEndian(content[18..]) : BinaryPrimitives.ReadInt32LittleEndian(content[18..]);
        long height = old ? BinaryPrimitives.ReadUInt16LittleEndian(content[20..]) : BinaryPrimitives.ReadInt32LittleEndian(content[22..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(content[(old ? 24 : 28)..]);
        var compression = old ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(content[30..]);
        var header = Checked(ImageFormat.Bmp, width, Math.Abs(height), 3, place);
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32) || !(compression == 0 || (compression == 3 && bits is 16 or 32)))
        {
            throw new DataException($"{place}: BMP files with {bits} bits per pixel and compression {compression} are not read: expected 1, 4, 8, 16, 24 or 32 bits and "
                + "no compression. Save it as PNG.");
        }
        var row = ((width * bits) + 31) / 32 * 4;
        if (offset < 14 + size || offset + (row * header.Height) > content.Length)
        {
            throw Broken(place, $"the pixels need {offset:N0} + {header.Height:N0} x {row:N0} = {offset + (row * header.Height):N0} bytes, the file has {content.Length:N0}");
        }
        return header;
    }
}
