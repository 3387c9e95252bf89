using FeatureMap.Data;
using NetVips;

namespace FeatureMap.Vips;

/// <summary>
/// Reads WebP, TIFF, AVIF and GIF pictures by libvips: the first picture of a file that has several, with 8 bits, in sRGB, upright as its
/// Exif data say, transparent parts over white. Any number of threads may call it at the same time.
/// </summary>
/// <example><code>
/// var data = Datasets.Open("photos", new() { Images = new() { Decoder = new VipsDecoder() } });
/// </code></example>
public sealed class VipsDecoder : IPictureDecoder
{
    // 16 bits of which a camera fills 12 would become almost black.
    private const int Twelve = 4_096;

    private readonly string version;

    /// <summary>Finds libvips.</summary>
    /// <exception cref="UsageException">It is neither beside the program nor on the system.</exception>
    public VipsDecoder()
    {
        if (!ModuleInitializer.VipsInitialized)
            throw new UsageException("libvips is not here, or cannot be loaded: "
                + $"{ModuleInitializer.Exception?.GetBaseException().Message.Trim() ?? "no reason is told"} Add the package for your "
                + "system, such as NetVips.Native.linux-x64 or NetVips.Native.win-x64, or NetVips.Native for all; or install libvips.");
        version = $"{ModuleInitializer.Version >> 16}.{(ModuleInitializer.Version >> 8) & 255}.{ModuleInitializer.Version & 255}";
        // What was decoded once is not asked for again: the cache of operations would only keep memory.
        Cache.Max = 0;
    }

    /// <summary>
    /// Whether JPEG files are read as well, and scaled by 2, 4 or 8 while they are decoded where they become that much smaller. False: the
    /// library reads them. Large photographs load several times as fast, and their pixels are not those of the library's own decoder,
    /// so a model should be asked with the decoder that it was trained with.
    /// </summary>
    public bool ShrinksJpeg { get; init; }

    /// <inheritdoc/>
    public string Name => $"vips {version}{(ShrinksJpeg ? " with jpeg" : "")}";

    /// <inheritdoc/>
    public PictureHeader? ReadHeader(ReadOnlySpan<byte> content, string place)
    {
        if (PictureKind.Of(content, ShrinksJpeg) is not { } kind) return null;
        var bytes = content.ToArray();
        return Guarded<PictureHeader>(place, kind, () =>
        {
            using var image = Image.NewFromBuffer(bytes, access: Enums.Access.Sequential);
            var (width, height) = Upright(image);
            return new(width, height, IsGray(image) ? 1 : 3);
        });
    }

    /// <inheritdoc/>
    public Picture Decode(byte[] content, string place, ImageSize least)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentException.ThrowIfNullOrEmpty(place);
        if (PictureKind.Of(content, ShrinksJpeg) is not { } kind)
            throw new DataException($"{place}: this is no picture that {Name} reads.");
        return Guarded(place, kind, () =>
        {
            using var stored = Open(content, kind, least);
            CheckDepth(stored, place);
            using var upright = stored.Autorot();
            using var coloured = upright.Colourspace(IsGray(upright) ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
            using var opaque = coloured.HasAlpha() ? coloured.Flatten(background: [.. Enumerable.Repeat(255.0, coloured.Bands - 1)])
                : coloured.Copy();
            using var small = opaque.Cast(Enums.BandFormat.Uchar);
            return new Picture(place, new(small.Bands, small.Height, small.Width), Planar(small.WriteToMemory<byte>(), small.Bands));
        });
    }

    private static Image Open(byte[] content, PictureKind kind, ImageSize least)
    {
        // libvips warns of a cut file and fills the rest with gray: that is an error here.
        var whole = Image.NewFromBuffer(content, failOn: Enums.FailOn.Error);
        var (width, height) = Upright(whole);
        foreach (var shrink in kind.Shrinks)
        {
            if (width / shrink < least.Width || height / shrink < least.Height) continue;
            whole.Dispose();
            return Image.NewFromBuffer(
                content, failOn: Enums.FailOn.Error, kwargs: new VOption { { "shrink", shrink } });
        }
        return whole;
    }

    private static void CheckDepth(Image image, string place)
    {
        if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort))
            throw new DataException($"{place}: its values are {image.Format}, and pictures of 8 or 16 bits are read. Convert it.");
        if (image.Format == Enums.BandFormat.Ushort && image.Max() is var most and < Twelve)
            throw new DataException($"{place}: its samples of 16 bits end at {most:N0} of 65,535, and only the high byte of a sample is "
                + "kept, so the picture would be almost black. Multiply them so that they use the 16 bits.");
    }

    // Columns and rows as they are seen: an orientation of 5 to 8 exchanges them.
    private static (int Width, int Height) Upright(Image image) =>
        image.Contains("orientation") && (int)image.Get("orientation") >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);

    private static bool IsGray(Image image) => image.Bands <= 2;

    private static byte[] Planar(byte[] interleaved, int channels)
    {
        if (channels == 1) return interleaved;
        var planar = new byte[interleaved.Length];
        var area = interleaved.Length / channels;
        for (var channel = 0; channel < channels; channel++)
            for (int pixel = 0, from = channel; pixel < area; pixel++, from += channels)
                planar[(channel * area) + pixel] = interleaved[from];
        return planar;
    }

    private static T Guarded<T>(string place, PictureKind kind, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (VipsException error)
        {
            var reason = error.Message.ReplaceLineEndings(" ").Trim();
            throw new DataException(
                $"{place}: the {kind.Name} image is damaged or cut, or of a kind that libvips does not read: {reason}", error);
        }
    }
}
