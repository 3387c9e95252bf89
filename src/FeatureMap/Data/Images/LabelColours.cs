namespace FeatureMap.Data;

/// <summary>
/// Colours for the classes of label maps: black for the first, and for the others the colours that Pascal VOC gives its numbers. Each bit
/// of the number goes to red, green and blue in turn, the lowest to the highest bit of the colour, so that neighbours differ much: 1 is
/// dark red, 2 green, 3 olive. Source: Everingham et al., the development kit of VOC 2012.
/// </summary>
public static class LabelColours
{
    /// <summary>The colour of a class.</summary>
    /// <param name="label">Its number, from 0 to 255.</param>
    public static (byte Red, byte Green, byte Blue) Of(int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(label, 255);
        int red = 0, green = 0, blue = 0;
        for (var bit = 7; label > 0; bit--, label >>= 3)
        {
            red |= (label & 1) << bit;
            green |= ((label >> 1) & 1) << bit;
            blue |= ((label >> 2) & 1) << bit;
        }
        return ((byte)red, (byte)green, (byte)blue);
    }

    /// <summary>Red, green and blue of the first colours, one behind the other.</summary>
    internal static byte[] Palette(int classes) => [.. Enumerable.Range(0, classes).SelectMany(label =>
        Of(label) is var (red, green, blue) ? (byte[])[red, green, blue] : [])];
}
