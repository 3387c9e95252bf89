using System.Buffers.Binary;

namespace FeatureMap.Data;

/// <summary>How the components of a JPEG become red, green and blue.</summary>
internal enum JpegColours
{
    Gray,
    Rgb,
    YCbCr,

    /// <summary>Ink of cyan, magenta, yellow and black, 0 for none: the rule for four components without a marker of Adobe.</summary>
    Cmyk,

    /// <summary>The same as Adobe writes it: 255 for none.</summary>
    InvertedCmyk,

    /// <summary>Red, green and blue as YCbCr beside an inverted black, by Adobe.</summary>
    Ycck,
}

/// <summary>
/// What stands before the first pixels of a JPEG: the frame header, the orientation and what tells the colours.
/// Sources: ITU-T T.81 (JPEG), T.871 (JFIF), T.872 (the marker of Adobe).
/// </summary>
internal readonly ref struct JpegFrame
{
    // Each block of 8 x 8 pixels takes a bit at least, and a block of a halved channel never stands for more than two of a whole one:
    // a file of n bytes has 8 n bits and so 16 x 64 n = 1024 n pixels at most.
    private const long PixelsPerByte = 1024;

    private JpegFrame(ImageHeader header, bool isProgressive, JpegColours colours, ReadOnlySpan<byte> components)
    {
        (Header, IsProgressive, Colours) = (header, isProgressive, colours);
        Components = components;
    }

    public ImageHeader Header { get; }

    public bool IsProgressive { get; }

    public JpegColours Colours { get; }

    /// <summary>Three bytes for each: name, sampling factors, number of the quantisation table.</summary>
    public ReadOnlySpan<byte> Components { get; }

    public static JpegFrame Parse(ReadOnlySpan<byte> content, string place)
    {
        var segments = new JpegSegments(content, place, 2);
        ReadOnlySpan<byte> frame = default;
        byte kind = 0;
        var isJfif = false;
        int? adobe = null;
        var orientation = Orientation.Upright;
        for (segments.Next(); segments.Marker != JpegSegments.StartOfScan; segments.Next())
        {
            var data = segments.Data;
            if (segments.Marker == JpegSegments.EndOfImage) throw ImageHeader.Broken(place, "the JPEG ends before its pixels begin");
            if (segments.IsFrame)
            {
                if (!frame.IsEmpty) throw ImageHeader.Broken(place, "the JPEG has two frame headers");
                kind = segments.Marker;
                frame = data;
                CheckFrame(kind, frame, place);
            }
            else if (segments.Marker == 0xE0 && data.StartsWith("JFIF\0"u8)) isJfif = true;
            else if (segments.Marker == 0xEE && data.Length >= 12 && data.StartsWith("Adobe"u8)) adobe = data[11];
            else if (segments.Marker == 0xE1 && data.StartsWith("Exif\0"u8) && data.Length > 6)
                orientation = Exif.Read(data[6..]) ?? orientation;
        }
        if (frame.IsEmpty) throw ImageHeader.Broken(place, "the JPEG has pixels but no frame header before them");
        if (content[segments.Position..].IndexOf((ReadOnlySpan<byte>)[0xFF, JpegSegments.EndOfImage]) < 0)
            throw ImageHeader.Broken(place, "the end marker FFD9 of the JPEG is missing");
        int width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]), height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
        if (height == 0 && width > 0)
            throw new DataException($"{place}: the JPEG tells its height behind its pixels (marker DNL) or not at all: such files are not "
                + "read. Save it as an ordinary JPEG or as PNG.");
        var components = frame.Slice(6, 3 * frame[5]);
        var header = ImageHeader.Checked(ImageFormat.Jpeg, width, height, frame[5] == 1 ? 1 : 3, place, orientation);
        if ((long)width * height > PixelsPerByte * content.Length)
            throw ImageHeader.Broken(place, $"the header of the JPEG says {width:N0} x {height:N0} pixels, and a file of "
                + $"{content.Length:N0} bytes holds at most 1,024 per byte");
        return new(header, kind == 0xC2, ColoursOf(components, isJfif, adobe), components);
    }

    private static void CheckFrame(byte kind, ReadOnlySpan<byte> frame, string place)
    {
        if (kind > 0xC2)
        {
            throw new DataException($"{place}: JPEG files of the kind FF{kind:X2} (lossless or arithmetic coding) are not read. "
                + "Save it as an ordinary JPEG or as PNG.");
        }
        if (frame.Length < 6 || frame.Length < 6 + (3 * frame[5]))
            throw ImageHeader.Broken(place, "the frame header of the JPEG is too short");
        if (frame[0] != 8) throw new DataException($"{place}: the JPEG has {frame[0]} bits per colour: only 8 are read. Save it as PNG.");
        if (frame[5] is not (1 or 3 or 4))
            throw ImageHeader.Broken(place, $"the JPEG has {frame[5]} colour components: expected 1, 3 or 4");
    }

    // JFIF knows gray and YCbCr only; without it the marker of Adobe says what three or four components are, and without that the names R,
    // G and B.
    private static JpegColours ColoursOf(ReadOnlySpan<byte> components, bool isJfif, int? adobe) => (components.Length / 3, adobe) switch
    {
        (1, _) => JpegColours.Gray,
        (4, null) => JpegColours.Cmyk,
        (4, 0) => JpegColours.InvertedCmyk,
        (4, _) => JpegColours.Ycck,
        (_, 0) when !isJfif => JpegColours.Rgb,
        (_, null) when !isJfif && components[0] == 'R' && components[3] == 'G' && components[6] == 'B' => JpegColours.Rgb,
        _ => JpegColours.YCbCr,
    };
}
