namespace FeatureMap.Training;

/// <summary>
/// Maps for the eye: some channels, averaged down to a small side, a byte for each number between the least and the greatest of them all.
/// </summary>
/// <param name="layer">The layer that they are of.</param>
/// <param name="whole">Its shape.</param>
internal sealed class MapBytes(string layer, Shape whole)
{
    /// <summary>Channels that are kept.</summary>
    public const int MostChannels = 16;

    /// <summary>Side that is kept.</summary>
    public const int MostSide = 32;

    private readonly int factor = (Math.Max(whole.Height, whole.Width) + MostSide - 1) / MostSide;

    /// <summary>The layer.</summary>
    public string Layer => layer;

    /// <summary>Its shape.</summary>
    public Shape Whole => whole;

    /// <summary>The shape that is kept.</summary>
    public Shape Kept { get; } = KeptOf(whole);

    /// <summary>Numbers of <see cref="Whole"/> that are read: those of the channels that are kept.</summary>
    public int Read => Kept.Channels * whole.Area;

    /// <summary>Averages a layer's numbers down.</summary>
    /// <param name="numbers">Those of the first channels, planar.</param>
    public float[] Reduce(ReadOnlySpan<float> numbers)
    {
        var values = new float[Kept.Count];
        var (high, wide) = (Math.Min(factor, whole.Height), Math.Min(factor, whole.Width));
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, y, x) = (i / Kept.Area, i % Kept.Area / Kept.Width, i % Kept.Width);
            var sum = 0f;
            for (var dy = 0; dy < high; dy++)
                for (var dx = 0; dx < wide; dx++)
                    sum += numbers[(channel * whole.Area) + (((y * factor) + dy) * whole.Width) + (x * factor) + dx];
            values[i] = sum / (high * wide);
        }
        return values;
    }

    private static Shape KeptOf(Shape whole)
    {
        var factor = (Math.Max(whole.Height, whole.Width) + MostSide - 1) / MostSide;
        return new(Math.Min(whole.Channels, MostChannels), Math.Max(1, whole.Height / factor), Math.Max(1, whole.Width / factor));
    }

    /// <summary>The numbers as bytes, with the least and the greatest of them; what is not finite is the least.</summary>
    public static (byte[] Bytes, float Least, float Greatest) Pack(float[] values)
    {
        var finite = values.Where(float.IsFinite).DefaultIfEmpty(0).ToList();
        var (least, greatest) = (finite.Min(), finite.Max());
        var scale = greatest > least ? 255 / ((double)greatest - least) : 0;
        byte Byte(float value) => float.IsFinite(value) ? (byte)Math.Round((value - (double)least) * scale) : (byte)0;
        return (Array.ConvertAll(values, Byte), least, greatest);
    }

    /// <summary>The numbers of bytes, as exactly as a byte can say.</summary>
    public static float[] Unpack(byte[] bytes, float least, float greatest) =>
        Array.ConvertAll(bytes, value => (float)(least + (value / 255.0 * ((double)greatest - least))));
}
