
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
/// The numbers of a mask file as they are stored. A palette is not looked at, gray is not scaled, nothing is laid over white. PNG and BMP
/// are read by ourselves for that: decoders give colours.
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

    // Colours that a message names, and that are counted for it.
    private const int MostNamed = 4, MostCounted = 1000;

    /// <param name="content">The file.</param>
    /// <param name="place">Its name in messages.</param>
    /// <param name="isTwoClasses">Whether only two classes are told apart, so that a transparent picture or a JPEG may serve.</param>
    /// <param name="colours">Which class a colour stands for; null where the numbers of the file are the classes.</param>
    /// <exception cref="DataException">The file is damaged, or does not say which number a pixel has.</exception>
    public static MaskFile Read(byte[] content, string place, bool isTwoClasses, MaskColours? colours = null)
    {
        var header = ImageHeader.Parse(content, place);
        if ((long)header.Width * header.Height > ImageFile.MostPixels)
        {
            throw new DataException($"{place}: the mask has {header.Width:N0} x {header.Height:N0} pixels (width x height): "
                + $"at most {ImageFile.MostPixels:N0} are read. Cut image and mask into tiles first.");
        }
        if (colours is not null) return OfTable(content, header, place, colours);
        return header.Format switch
        {
            ImageFormat.Png => OfPng(PngSamples.Read(content, place), place, isTwoClasses),
            ImageFormat.Bmp => OfBmp(content, header, place, isTwoClasses),
            ImageFormat.Jpeg => OfJpeg(content, header, place, isTwoClasses),
            _ => throw Refused(place, $"is a {header.Format} file, whose numbers cannot be read as they are stored"),
        };
    }

    private static MaskFile OfPng(PngSamples png, string place, bool isTwoClasses)
    {
        var (header, largest) = (png.Header, (1 << png.Depth) - 1);
        var mask = png.Channels == 1 ? new(header.Width, header.Height, MaskKind.Numbers, largest, png.Values)
            : OfColours(header, largest, pixel => Colour(png, pixel, largest), hasAlpha: png.Colour is 4 or 6, place, isTwoClasses);
        return mask with { Values = header.Orientation.Apply(mask.Values, Shape.Image(1, header.Height, header.Width)) };
    }

    private static (int Red, int Green, int Blue, int Alpha) Colour(PngSamples png, int pixel, int largest)
    {
        var values = png.Values.AsSpan(pixel * png.Channels, png.Channels);
        return png.Channels == 2 ? (values[0], values[0], values[0], values[1])
            : (values[0], values[1], values[2], png.Channels == 4 ? values[3] : largest);
    }

    // A colour file whose pixels are all gray and opaque holds gray values. Where some are transparent, and all others have one colour,
    // what is opaque is the object: the colour says nothing then.
    private static MaskFile OfColours(
        ImageHeader header, int largest, Func<int, (int Red, int Green, int Blue, int Alpha)> colour, bool hasAlpha, string place, bool isTwoClasses)
    {
        var values = new ushort[header.Width * header.Height];
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
            if (colours.Count < MostCounted || colours.ContainsKey((red, green, blue)))
                colours[(red, green, blue)] = colours.GetValueOrDefault((red, green, blue)) + 1;
        }
        if (transparent == 0 && between == 0 && isGray)
            return new(header.Width, header.Height, hasAlpha ? MaskKind.OpaqueNumbers : MaskKind.Numbers, largest, values);
        var count = $"{colours.Count:N0}{(colours.Count == MostCounted ? " and more" : "")} colours";
        if (transparent == 0 && between == 0)
            throw Refused(place, $"has {count} ({Words(colours)}), and it is not said which class a colour stands for",
                " Or say what the colours are, in a labelmap.txt beside the folders with lines such as road:128,64,128::, or by "
                    + "ImagePairOptions.Colours.");
        if (between > 0)
        {
            throw Refused(place, $"is half transparent at {between:N0} pixels, so it is not said whether they belong to anything. "
                + "Make every pixel opaque or transparent");
        }
        var where = $"is transparent at {transparent:N0} pixels and";
        if (!isTwoClasses) throw Refused(place, $"{where} does not say which class they have");
        if (colours.Count > 1) throw Refused(place, $"{where} has {count} elsewhere ({Words(colours)}): it is not said which of them "
            + "is the object");
        for (var pixel = 0; pixel < values.Length; pixel++)
            values[pixel] = (ushort)(colour(pixel).Alpha == 0 ? 0 : 1);
        return new(header.Width, header.Height, MaskKind.Opacity, 1, values);
    }

    // The colours of the file say the class, those that an index stands for too.
    private static MaskFile OfTable(byte[] content, ImageHeader header, string place, MaskColours table)
    {
        if (header.Format == ImageFormat.Jpeg) throw Refused(place, "is a JPEG, which changes colours, so the class is lost");
        var values = new ushort[header.Width * header.Height];
        if (header.Format == ImageFormat.Png)
        {
            var png = PngSamples.Read(content, place);
            var largest = (1 << png.Depth) - 1;
            for (var pixel = 0; pixel < values.Length; pixel++)
            {
                var (red, green, blue) = png.Palette is { } palette ? OfPalette(palette, png.Values[pixel])
                    : png.Channels <= 2 ? Gray(png.Values[pixel * png.Channels] * 255 / largest)
                    : Eight(png.Values.AsSpan(pixel * png.Channels, 3), largest);
                values[pixel] = ClassOf(pixel, red, green, blue, header.StoredWidth);
            }
            values = header.Orientation.Apply(values, Shape.Image(1, header.Height, header.Width));
        }
        else
        {
            var pixels = new Colours(values.Length);
            Bmp.Decode(content, place, pixels);
            for (var pixel = 0; pixel < values.Length; pixel++)
                values[pixel] = ClassOf(pixel, pixels.Pixels[pixel].Red, pixels.Pixels[pixel].Green, pixels.Pixels[pixel]
                    .Blue, header.StoredWidth);
        }
        return new(header.Width, header.Height, MaskKind.Numbers, 255, values);

        ushort ClassOf(int pixel, int red, int green, int blue, int width) => table.NumberOf(red, green, blue) ?? throw new DataException(
            $"{place}: the pixel in row {pixel / width}, column {pixel % width} has the colour {red},{green},{blue} (red, green, blue), "
                + $"which stands for no class. "
                + $"Known: {table.Words(8)}. Add it to the table, or save the mask without smoothing, which mixes colours at edges.");

        (int, int, int) OfPalette(byte[] palette, int index) => (3 * index) + 2 < palette.Length
            ? (palette[3 * index], palette[(3 * index) + 1], palette[(3 * index) + 2])
            : throw ImageHeader.Broken(place, $"the PNG has a palette of {palette.Length / 3} colours and a pixel of colour {index}");

        static (int, int, int) Gray(int value) => (value, value, value);

        static (int, int, int) Eight(ReadOnlySpan<ushort> samples, int largest) =>
            (samples[0] * 255 / largest, samples[1] * 255 / largest, samples[2] * 255 / largest);
    }

    private static MaskFile OfBmp(byte[] content, ImageHeader header, string place, bool isTwoClasses)
    {
        if (Bmp.Indices(content, place, out var bits) is { } indices)
            return new(header.Width, header.Height, MaskKind.Numbers, (1 << bits) - 1, indices);
        if (bits == 16) throw Refused(place, "is a BMP with 16 bits per pixel, which are shared by three colours");
        var colours = new Colours(header.Width * header.Height);
        Bmp.Decode(content, place, colours);
        return OfColours(header, 255, pixel => colours.Pixels[pixel], colours.HasAlpha, place, isTwoClasses);
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
        {
            throw Refused(place, $"is a JPEG, which changes the numbers of pixels, and {between:N0} of its {area:N0} pixels "
                + $"are neither near black (0 to {Dark}) nor near white ({Light} to 255)");
        }
        return new(header.Width, header.Height, MaskKind.Lossy, 255, values);
    }

    /// <summary>Keeps the colours of a picture as they come.</summary>
    private sealed class Colours(int count) : IPixelRows
    {
        public (int Red, int Green, int Blue, int Alpha)[] Pixels { get; } = new (int, int, int, int)[count];

        public bool HasAlpha { get; private set; }

        public void Put(int y, ReadOnlySpan<byte> row, int components)
        {
            HasAlpha = components == 4;
            var width = row.Length / components;
            for (var x = 0; x < width; x++)
            {
                var pixel = row.Slice(x * components, components);
                Pixels[(y * width) + x] = components == 1 ? (pixel[0], pixel[0], pixel[0], 255) : (pixel[0], pixel[1], pixel[2], HasAlpha ? pixel[3] : 255);
            }
        }
    }

    // The most frequent colours.
    private static string Words(Dictionary<(int Red, int Green, int Blue), long> colours)
    {
        var first = colours.OrderByDescending(colour => colour.Value).ThenBy(colour => colour.Key).Take(MostNamed);
        return string.Join(", ", first.Select((colour, i) =>
            $"red {colour.Key.Red} green {colour.Key.Green} blue {colour.Key.Blue} at "
                + $"{colour.Value:N0}{(i == 0 ? " pixels" : "")}")) + (colours.Count > MostNamed ? " ..." : "");
    }

    private static DataException Refused(string place, string why, string more = "") =>
        new($"{place}: the mask {why}. In a mask the number of a pixel is the number of its class: "
            + $"save it as a PNG of gray values or with a palette, 0 for the first class, 1 for the second.{more}");
}
