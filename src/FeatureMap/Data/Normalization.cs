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
