using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>The order in which a network reads the colours of a picture.</summary>
public enum ColourOrder
{
    /// <summary>Red, green, blue, as everywhere in this library: <c>rgb</c>.</summary>
    Rgb,

    /// <summary>Blue, green, red, as networks from Caffe, CNTK and OpenCV read them: <c>bgr</c>.</summary>
    Bgr,
}

/// <summary>
/// How pictures were prepared where weights were trained: the order of the colours, how pixels became numbers, and the size. A file of
/// weights seldom says it, and what it does not say costs points, without a word: a body that was trained in BGR finds a tenth less of what
/// it knows in RGB. A model that is made with it (<c>Model.WithPreparation</c>) takes pictures as they are, RGB from 0 to 255,
/// wherever it is used afterwards. Mean and deviation are in units of the pixel, from 0 to 255, and in the network's order of colours.
/// </summary>
public sealed record Preparation
{
    private Preparation(ColourOrder order, Normalization normalization) => (Order, Normalization) = (order, normalization);

    /// <summary>The order of the colours.</summary>
    public ColourOrder Order { get; init; }

    /// <summary>How pixels become numbers, in the network's order of colours.</summary>
    public Normalization Normalization { get; init; }

    /// <summary>The size of a picture; null for the one that the network states.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Part of the shorter side that was looked at when the weights were judged: a crop of 224 of 256 is 0.875.</summary>
    public double CropShare { get; init; } = 1;

    /// <summary>
    /// Mean and deviation of ImageNet in RGB, as torchvision's and most of timm's weights have them.
    /// </summary>
    public static Preparation ImageNet { get; } = new(ColourOrder.Rgb, new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    {
        CropShare = 0.875,
    };

    /// <summary>Pixels divided by 255: numbers from 0 to 1.</summary>
    public static Preparation Unit { get; } = new(ColourOrder.Rgb, Normalization.None(3));

    /// <summary>Numbers from -1 to 1, as TensorFlow's MobileNets and Inception networks take them.</summary>
    public static Preparation Signed { get; } = new(ColourOrder.Rgb, new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]));

    /// <summary>Red, green, blue: pixels as they are, minus a mean.</summary>
    /// <param name="mean">The mean of red, green and blue, from 0 to 255; none for 0. One number is for pictures in gray.</param>
    /// <exception cref="UsageException">There are neither 3 numbers nor 1 nor none.</exception>
    public static Preparation Rgb(params ReadOnlySpan<double> mean) => Of(ColourOrder.Rgb, [.. mean], []);

    /// <summary>Blue, green, red: pixels as they are, minus a mean, as networks from Caffe and CNTK have it.</summary>
    /// <param name="mean">The mean of blue, green and red, from 0 to 255; none for 0.</param>
    /// <exception cref="UsageException">There are neither 3 numbers nor none.</exception>
    public static Preparation Bgr(params ReadOnlySpan<double> mean) => Of(ColourOrder.Bgr, [.. mean], []);

    /// <summary>
    /// Pixels minus a mean picture. Each colour's own mean takes its place, so that pictures of every size can be prepared: the mean of
    /// many photos is nearly flat.
    /// </summary>
    /// <param name="order">The order of the colours, in the picture too.</param>
    /// <param name="meanImage">The mean picture, colour after colour, from 0 to 255.</param>
    /// <exception cref="UsageException">The numbers are not three colours of one size, or not finite.</exception>
    public static Preparation MinusMeanImage(ColourOrder order, ReadOnlySpan<float> meanImage)
    {
        if (meanImage.Length == 0 || meanImage.Length % 3 != 0)
            throw new UsageException($"A mean picture has three colours of one size: received {meanImage.Length:N0} numbers.");
        var mean = new double[3];
        var area = meanImage.Length / 3;
        for (var i = 0; i < meanImage.Length; i++)
            mean[i / area] += meanImage[i];
        return Of(order, Array.ConvertAll(mean, sum => sum / area), []);
    }

    /// <summary>(pixel - mean) / deviation, both from 0 to 255.</summary>
    /// <param name="order">The order of the colours.</param>
    /// <param name="mean">One number per colour, in that order; one for all, or none for 0.</param>
    /// <param name="deviation">The same; none for 1, which leaves pixels from 0 to 255.</param>
    /// <exception cref="UsageException">The counts do not go together, or a deviation is not above 0.</exception>
    public static Preparation Of(ColourOrder order, IReadOnlyList<double> mean, IReadOnlyList<double> deviation)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        var channels = Math.Max(mean.Count, deviation.Count) is 0 ? 3 : Math.Max(mean.Count, deviation.Count);
        if (channels is not (1 or 3) || mean.Count is not (0 or 1 or 3) || deviation.Count is not (0 or 1 or 3))
            throw new UsageException($"A picture has 3 colours, or 1 in gray: received {mean.Count} means and {deviation.Count} deviations.");
        try
        {
            return new(order, new([.. Row(mean, 0, channels).Select(one => one / 255)], [.. Row(deviation, 1, channels).Select(one =>
                one / 255)]));
        }
        catch (DataException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    /// <summary>Whether another one makes the same numbers of the same pixels.</summary>
    /// <param name="other">The other one; its size and crop are not looked at.</param>
    public bool IsSame(Preparation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Order == other.Order && Normalization == other.Normalization;
    }

    private static IEnumerable<double> Row(IReadOnlyList<double> given, double usual, int count) =>
        given.Count == count ? given : Enumerable.Repeat(given.Count == 0 ? usual : given[0], count);

    internal static Vocabulary<Preparation> Known { get; } = new(
        "preparation",
        Preset("imagenet", "RGB with mean and deviation of ImageNet: torchvision, most of timm", ImageNet),
        Preset("unit", "RGB, pixels divided by 255", Unit),
        Preset("signed", "RGB from -1 to 1: TensorFlow's MobileNet and Inception", Signed),
        Numbered("rgb", "RGB, (pixel - mean) / deviation, all from 0 to 255", ColourOrder.Rgb),
        Numbered("bgr", "BGR, (pixel - mean) / deviation, all from 0 to 255: Caffe, CNTK", ColourOrder.Bgr));

    /// <summary>
    /// Reads a description such as <c>imagenet</c>, <c>bgr 103.06:115.9:123.15</c> or <c>rgb mean=127.5 deviation=127.5 size=160</c>;
    /// <see cref="ToString"/> writes what this reads.
    /// </summary>
    /// <param name="text">The description.</param>
    /// <exception cref="UsageException">The text is not such a description.</exception>
    public static Preparation Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Known.Write(this);

    private static Word<Preparation> Preset(string name, string meaning, Preparation preset) =>
        new Word<Preparation, Preparation>(name, meaning, preset, made => made,
            given => given.Order == preset.Order && given.Normalization == preset.Normalization ? given : null)
            .Add(new("size", "The size of a picture", ImageSize.Kind, p => p.Size ?? ImageSize.Keep, (p, v) => p.Sized((ImageSize)v)))
            .Real("crop", "Part of the shorter side that is looked at", p => p.CropShare, (p, v) => p with { CropShare = v }, Shares);

    private static Word<Preparation> Numbered(string name, string meaning, ColourOrder order)
    {
        var row = ValueKind.Row<double>("numbers with colons between them, one per colour or one for all");
        return new Word<Preparation, Numbers>(name, meaning, new([], [], Rgb()),
            numbers => Of(order, numbers.Mean, numbers.Deviation) with { Size = numbers.Rest.Size, CropShare = numbers.Rest.CropShare },
            given => given.Order == order ? new(Pixels(given.Normalization.Mean, 0), Pixels(given.Normalization.Deviation, 1), given)
                : null)
            .Add(new("mean", "One number per colour", row, n => n.Mean, (n, v) => n with { Mean = (IReadOnlyList<double>)v }),
                isNamed: false)
            .Add(new("deviation", "One number per colour", row, n => n.Deviation, (n, v) =>
                n with { Deviation = (IReadOnlyList<double>)v }))
            .Add(new("size", "The size of a picture", ImageSize.Kind, n => n.Rest.Size ?? ImageSize.Keep,
                (n, v) => n with { Rest = n.Rest.Sized((ImageSize)v) }))
            .Real("crop", "Part of the shorter side that is looked at", n => n.Rest.CropShare, (n, v) =>
                n with { Rest = n.Rest with { CropShare = v } }, Shares);
    }

    private static ValueKind Shares => ValueKind.Real(0.05, 1);

    private Preparation Sized(ImageSize size) => this with { Size = size == ImageSize.Keep ? null : size };

    // In units of the pixel, and as short as what gives the same numbers again.
    private static IReadOnlyList<double> Pixels(IReadOnlyList<double> parts, double usual)
    {
        double[] pixels = [.. parts.Select(part => Math.Round(part * 255, 9) is var round && round / 255 == part ? round : part * 255)];
        return pixels.All(one => one == usual) ? [] : pixels;
    }

    private sealed record Numbers(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation, Preparation Rest);
}
