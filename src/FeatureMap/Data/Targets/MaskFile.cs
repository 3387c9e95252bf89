using System.Buffers.Binary;
using static System.FormattableString;

namespace FeatureMap.Data;

/// <summary>What the numbers of a mask file are.</summary>
internal enum MaskKind
{
    /// <summary>Indices into a palette, or gray values: the numbers of the file.</summary>
    Numbers,

    /// <summary>1 where the picture is opaque and 0 where it is transparent.</summary>
    Opacity,

    /// <summary>Gray values of a picture that could be transparent somewhere and is not.</summary>
    OpaqueNumbers,

    /// <summary>0 and 255 out of a JPEG, which keeps neither quite.</summary>
    Lossy,
}

/// <summary>
/// The numbers of a mask file as they are stored. A palette is not looked at, gray is not scaled, nothing is laid over white. PNG and BMP are read by ourselves for that: decoders give colours.
/// </summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Kind">What the numbers are.</param>
/// <param name="Largest">The largest number that the file could hold: 1, 3, 15, 255 or 65,535.</param>
/// <param name="Values">A number per pixel, row by row.</param>
internal sealed record MaskFile(int Width, int Height, MaskKind Kind, int Largest, ushort[] Values)
{
    // Ringing at the edges of a JPEG stays within a quarter of the range at the usual qualities.
    private const int Dark = 63, Light = 192;

    /// <param name="content">The file.</param>
    /// <param name="place">Its name in messages.</param>
    /// <param name="isTwoClasses">Whether only two classes are told apart, so that a transparent picture or a JPEG may serve.</param>
    /// <exception cref="DataException">The file is damaged, or does not say which number a pixel has.</exception>
    public static MaskFile Read(byte[] content, string place, bool isTwoClasses)
    {
        var header = ImageHeader.Parse(content, place);
        return header.Format switch
        {
            ImageFormat.Png => OfPng(PngSamples.Read(content, place), place, isTwoClasses),
            ImageFormat.Bmp => OfBmp(content, header, place),
            ImageFormat.Jpeg => OfJpeg(content, header, place, isTwoClasses),
            _ => throw Refused(place, $"is a {header.Format} file, whose numbers cannot be read as they are stored"),
        };
    }

    private static MaskFile OfPng(PngSamples png, string place, bool isTwoClasses)
    {
        var largest = (1 << png.Depth) - 1;
        if (png.Channels == 1) return new(png.Width, png.Height, MaskKind.Numbers, largest, png.Values);
        return OfColours(png.Width, png.Height, largest, pixel => Colour(png, pixel, largest), hasAlpha: png.Colour is 4 or 6, place, isTwoClasses);
    }

    private static (int Red, int Green, int Blue, int Alpha) Colour(PngSamples png, int pixel, int largest)
    {
        var values = png.Values.AsSpan(pixel * png.Channels, png.Channels);
        return png.Channels == 2 ? (values[0], values[0], values[0], values[1]) : (values[0], values[1], values[2], png.Channels == 4 ? values[3] : largest);
    }

    // A colour file whose pixels are all gray and opaque holds gray values. Where some are transparent, and all others have one colour, what is opaque is the object: the colour says nothing then.
    private static MaskFile OfColours(int width, int height, int largest, Func<int, (int Red, int Green, int Blue, int Alpha)> colour, bool hasAlpha, string place, bool isTwoClasses)
    {
        var values = new ushort[width * height];
        var colours = new Dictionary<(int Red, int Green, int Blue), long>();
        long transparent = 0, between = 0;
        var isGray = true;
        for (var pixel = 0; pixel < values.Length; pixel++)
        {
            var (red, green, blue, alpha) = colour(pixel);
            values[pixel] = (ushort)red;
            if (alpha == 0) transparent++;
            else if (alpha < largest) between++;
            if (alpha == 0) continue;
            isGray &= red == green && green == blue;
            if (colours.Count < 1000 || colours.ContainsKey((red, green, blue))) colours[(red, green, blue)] = colours.GetValueOrDefault((red, green, blue)) + 1;
        }
        if (transparent == 0 && between == 0)
            return isGray ? new(width, height, hasAlpha ? MaskKind.OpaqueNumbers : MaskKind.Numbers, largest, values) : throw Coloured(place, colours);
        if (between > 0)
            throw Refused(place, Invariant($"is half transparent at {between:N0} pixels, so it is not said whether they belong to anything. Make every pixel opaque or transparent"));
        if (!isTwoClasses) throw Refused(place, Invariant($"is transparent at {transparent:N0} pixels and does not say which class they have"));
        if (colours.Count > 1)
        {
            throw Refused(place, Invariant($"is transparent at {transparent:N0} pixels and has {colours.Count:N0} colours elsewhere ({Words(colours)}): it is not said which of them is the object"));
        }
        for (var pixel = 0; pixel < values.Length; pixel++)
            values[pixel] = (ushort)(colour(pixel).Alpha == 0 ? 0 : 1);
        return new(width, height, MaskKind.Opacity, 1, values);
    }

    // Indices of 1, 4 or 8 bits, or blue, green, red of 8 bits each, and a fourth byte that means nothing; rows from the last to the first unless the height is negative, each filled up to 4 bytes.
    private static MaskFile OfBmp(byte[] content, ImageHeader header, string place)
    {
        var isOld = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(14)) == 12;
        int offset = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(10)), bits = BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(isOld ? 24 : 28));
        var isTopDown = !isOld && BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(22)) < 0;
        var packing = isOld ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(30));
        if (packing != 0 || bits is not (1 or 2 or 4 or 8 or 24 or 32))
            throw Refused(place, $"is a BMP with {bits} bits per pixel and compression {packing}, whose numbers cannot be read as they are stored");
        var length = (int)((((long)header.Width * bits) + 31) / 32 * 4);
        if (offset < 0 || offset + ((long)length * header.Height) > content.Length) throw ImageHeader.Broken(place, "the pixels of the BMP are not all there");
        ReadOnlyMemory<byte> Row(int y) => content.AsMemory(offset + ((isTopDown ? y : header.Height - 1 - y) * length), length);
        if (bits >= 24)
        {
            return OfColours(header.Width, header.Height, 255, pixel =>
            {
                var bgr = Row(pixel / header.Width).Span.Slice(pixel % header.Width * (bits / 8), 3);
                return (bgr[2], bgr[1], bgr[0], 255);
            }, hasAlpha: false, place, isTwoClasses: false);
        }
        var (values, largest) = (new ushort[header.Width * header.Height], (1 << bits) - 1);
        for (var y = 0; y < header.Height; y++)
        {
            var row = Row(y).Span;
            for (var x = 0; x < header.Width; x++)
                values[(y * header.Width) + x] = (ushort)((row[x * bits / 8] >> (8 - bits - (x * bits % 8))) & largest);
        }
        return new(header.Width, header.Height, MaskKind.Numbers, largest, values);
    }

    private static MaskFile OfJpeg(byte[] content, ImageHeader header, string place, bool isTwoClasses)
    {
        if (!isTwoClasses) throw Refused(place, "is a JPEG, which changes the numbers of pixels, so the class is lost");
        var pixels = ImageFile.Decode(content, header, place, Shape.Image(3, header.Height, header.Width));
        var area = header.Width * header.Height;
        var values = new ushort[area];
        var between = 0;
        for (var pixel = 0; pixel < area; pixel++)
        {
            var (least, most) = (pixels[pixel], pixels[pixel]);
            for (var channel = 1; channel < 3; channel++)
                (least, most) = (Math.Min(least, pixels[(channel * area) + pixel]), Math.Max(most, pixels[(channel * area) + pixel]));
            if (most > Dark && least < Light) between++;
            values[pixel] = (ushort)(least >= Light ? 255 : 0);
        }
        if (between > 0)
            throw Refused(place, Invariant($"is a JPEG, which changes the numbers of pixels, and {between:N0} of its {area:N0} pixels are neither near black (0 to {Dark}) nor near white ({Light} to 255)"));
        return new(header.Width, header.Height, MaskKind.Lossy, 255, values);
    }

    private static DataException Coloured(string place, Dictionary<(int Red, int Green, int Blue), long> colours) =>
        Refused(place, Invariant($"has {colours.Count:N0} colours ({Words(colours)}), and it is not said which class a colour stands for"));

    private static string Words(Dictionary<(int Red, int Green, int Blue), long> colours) => string.Join(", ", colours.OrderByDescending(colour => colour.Value).ThenBy(colour => colour.Key).Take(4)
        .Select((colour, i) => Invariant($"red {colour.Key.Red} green {colour.Key.Green} blue {colour.Key.Blue}{(i == 0 ? $" at {colour.Value:N0} pixels" : $" at {colour.Value:N0}")}"))) + (colours.Count > 4 ? " ..." : "");

    private static DataException Refused(string place, string why) =>
        new($"{place}: the mask {why}. In a mask the number of a pixel is the number of its class: save it as a PNG of gray values or with a palette, 0 for the first class, 1 for the second.");
}
