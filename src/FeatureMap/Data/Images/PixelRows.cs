namespace FeatureMap.Data;

/// <summary>Takes the rows of a picture while it is decoded.</summary>
internal interface IPixelRows
{
    /// <summary>Takes a row, from the top on.</summary>
    /// <param name="y">Its number.</param>
    /// <param name="row">Values of 0 to 255, pixel by pixel.</param>
    /// <param name="components">1: gray; 3: red, green, blue; 4: the same and how opaque.</param>
    void Put(int y, ReadOnlySpan<byte> row, int components);
}

/// <summary>
/// Makes a planar picture of rows: gray or in colour, transparent parts over white, scaled. A picture that gets smaller takes no more
/// memory than its rows at their new width, however large it is.
/// </summary>
internal sealed class PixelRows : IPixelRows
{
    private readonly Shape stored, target;
    private readonly byte[] plain = [], line = [];
    private readonly float[] values = [], narrow = [];
    private readonly AreaWeights? across;

    /// <param name="stored">Shape of the picture as the rows come.</param>
    /// <param name="target">Shape of the result, with as many channels.</param>
    public PixelRows(Shape stored, Shape target)
    {
        (this.stored, this.target) = (stored, target);
        if (stored == target)
        {
            plain = new byte[target.Count];
            return;
        }
        (line, values) = (new byte[stored.Width], new float[stored.Width]);
        narrow = new float[checked(stored.Channels * stored.Height * target.Width)];
        across = new(stored.Width, target.Width);
    }

    public void Put(int y, ReadOnlySpan<byte> row, int components)
    {
        for (var channel = 0; channel < stored.Channels; channel++)
        {
            var to = across is null ? plain.AsSpan((channel * stored.Area) + (y * stored.Width), stored.Width) : line;
            Plane(row, components, channel, to);
            if (across is null) continue;
            PixelMath.Convert(line, values);
            across.Apply(values, narrow.AsSpan(((channel * stored.Height) + y) * target.Width, target.Width));
        }
    }

    /// <summary>The picture, when all rows have come.</summary>
    public byte[] Finish()
    {
        if (across is null) return plain;
        float[] scaled = new float[target.Area], weights = new float[AreaScaling.Taps(stored.Height, target.Height)];
        var result = new byte[target.Count];
        for (var channel = 0; channel < target.Channels; channel++)
        {
            var length = stored.Height * target.Width;
            AreaScaling.Down(narrow.AsSpan(channel * length, length), stored.Height, scaled, target, weights);
            ImageResize.Round(scaled, result.AsSpan(channel * target.Area, target.Area));
        }
        return result;
    }

    private void Plane(ReadOnlySpan<byte> row, int components, int channel, Span<byte> to)
    {
        if (components == 1)
        {
            row[..to.Length].CopyTo(to);
            return;
        }
        if (components == 3 && stored.Channels == 3)
        {
            for (int x = 0, from = channel; x < to.Length; x++, from += 3)
                to[x] = row[from];
            return;
        }
        for (int x = 0, from = 0; x < to.Length; x++, from += components)
        {
            var alpha = components == 4 ? row[from + 3] : 255;
            if (stored.Channels == 3)
            {
                to[x] = OverWhite(row[from + channel], alpha);
                continue;
            }
            int red = OverWhite(row[from], alpha), green = OverWhite(row[from + 1], alpha), blue = OverWhite(row[from + 2], alpha);
            to[x] = (byte)(((77 * red) + (150 * green) + (29 * blue)) >> 8); // 77 + 150 + 29 = 256: gray stays as it is
        }
    }

    private static byte OverWhite(int value, int alpha) =>
        alpha == 255 ? (byte)value : (byte)(((value * alpha) + (255 * (255 - alpha)) + 127) / 255);
}
