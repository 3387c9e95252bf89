using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// How pixels become the numbers that a network reads: (pixel / 255 - mean) / deviation, with one mean and one deviation per channel, both in
/// units of pixel / 255. Two normalizations with the same numbers are equal.
/// </summary>
public sealed record Normalization
{
    /// <summary>Creates it from one mean and one deviation per channel.</summary>
    /// <exception cref="DataException">The counts differ or are zero, a number is not finite, or a deviation is not above 0.</exception>
    public Normalization(IReadOnlyList<double> mean, IReadOnlyList<double> deviation)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        if (mean.Count == 0 || mean.Count != deviation.Count)
            throw new DataException($"A normalization needs one mean and one deviation per channel: received {mean.Count} means and {deviation.Count} deviations.");
        for (var channel = 0; channel < mean.Count; channel++)
        {
            if (!double.IsFinite(mean[channel]) || !(double.IsFinite(deviation[channel]) && deviation[channel] > 0))
            {
                throw new DataException($"The normalization of channel {channel} has mean {mean[channel]} and deviation {deviation[channel]}: both must be "
                    + "finite and the deviation above 0.");
            }
        }
        Mean = Array.AsReadOnly([.. mean]);
        Deviation = Array.AsReadOnly([.. deviation]);
    }

    /// <summary>Mean per channel, in units of pixel / 255.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Standard deviation per channel (over all pixels, divided by n), in units of pixel / 255.</summary>
    public IReadOnlyList<double> Deviation { get; }

    /// <summary>Number of channels.</summary>
    public int Channels => Mean.Count;

    /// <summary>Plain pixel / 255: mean 0 and deviation 1 in every channel.</summary>
    public static Normalization None(int channels) => new(new double[channels], [.. Enumerable.Repeat(1.0, channels)]);

    /// <summary>The pixels as they stand in the file, 0 to 255: mean 0 and deviation 1 / 255 in every channel.</summary>
    public static Normalization Raw(int channels) => new(new double[channels], [.. Enumerable.Repeat(1.0 / 255, channels)]);

    /// <summary>
    /// Measures a set: mean and deviation of each channel over all its images. The sums are exact integers, so the result does not depend on
    /// order or machine. A channel in which all pixels are the same gets deviation 1, as there is nothing to scale.
    /// </summary>
    public static Normalization Of(ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        int channels = set.ImageShape.Channels, area = set.ImageShape.Area;
        double[] mean = new double[channels], deviation = new double[channels];
        for (var channel = 0; channel < channels; channel++)
        {
            ulong sum = 0, squares = 0;
            for (var index = 0; index < set.Count; index++)
            {
                foreach (uint pixel in set.Pixels(index).Slice(channel * area, area))
                {
                    sum += pixel;
                    squares += pixel * pixel;
                }
            }
            // variance = E[x^2] - E[x]^2 = (n * squares - sum^2) / n^2: the numerator is exact in 128 bits.
            var n = (ulong)set.Count * (ulong)area;
            var numerator = ((UInt128)n * squares) - ((UInt128)sum * sum);
            mean[channel] = (double)sum / n / 255;
            deviation[channel] = numerator == 0 ? 1 : Math.Sqrt((double)numerator) / n / 255;
        }
        return new(mean, deviation);
    }

    internal static Vocabulary<Normalization> Known { get; } = new(
        "normalization",
        new Word<Normalization,
            Normalization>("none", "pixels divided by 255", None(1), all => all, given => given.IsAll(1) ? given : null),
        new Word<Normalization,
            Normalization>("raw", "pixels as they stand in the file, 0 to 255", Raw(1), all => all,
            given => given.IsAll(1.0 / 255) ? given : null),
        new Word<Normalization,
            Numbers>("values", "a mean and a deviation of each channel, in units of pixel / 255", new([], []), Made,
            given => new(given.Mean, given.Deviation))
            .Add(new("mean", "One number per channel", Row, n => n.Mean, (n, v) => n with { Mean = (IReadOnlyList<double>)v }),
                isRequired: true)
            .Add(new("deviation", "One number per channel", Row, n => n.Deviation,
                (n, v) => n with { Deviation = (IReadOnlyList<double>)v }), isRequired: true));

    private static ValueKind Row => ValueKind.Row<double>("numbers with colons between them, one per channel or one for all");

    private sealed record Numbers(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation);

    /// <summary>
    /// Reads a description such as <c>none</c>, <c>raw</c> or <c>values mean=0.5 deviation=0.25</c>; one number stands for all channels.
    /// <see cref="ToString"/> writes what this reads.
    /// </summary>
    /// <exception cref="UsageException">The text is not such a description.</exception>
    public static Normalization Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Known.Write(this);

    /// <summary>The same for images of this many channels: what has one channel stands for all.</summary>
    public Normalization For(int channels) => Channels != 1 || channels == 1 ? this
        : new([.. Enumerable.Repeat(Mean[0], channels)], [.. Enumerable.Repeat(Deviation[0], channels)]);

    private bool IsAll(double deviation) => Mean.All(mean => mean == 0) && Deviation.All(given => given == deviation);

    private static Normalization Made(Numbers numbers)
    {
        try
        {
            return new(numbers.Mean, numbers.Deviation);
        }
        catch (DataException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    /// <summary>Factor of a pixel from 0 to 255: normalized = pixel x <see cref="Scale"/> + <see cref="Offset"/>.</summary>
    public float Scale(int channel) => (float)(1 / (255 * Deviation[channel]));

    /// <summary>Summand of a pixel from 0 to 255: normalized = pixel x <see cref="Scale"/> + <see cref="Offset"/>.</summary>
    public float Offset(int channel) => (float)(-Mean[channel] / Deviation[channel]);

    /// <summary>Whether the other one has the same numbers.</summary>
    public bool Equals(Normalization? other) =>
        other is not null && Mean.SequenceEqual(other.Mean) && Deviation.SequenceEqual(other.Deviation);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in Mean) hash.Add(value);
        foreach (var value in Deviation) hash.Add(value);
        return hash.ToHashCode();
    }
}
