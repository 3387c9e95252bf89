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
/// Makes a planar picture of rows: gray or in colour, transparent parts over white, scaled, and of that a window. A picture that gets smaller
/// takes no more memory than its rows at their new width, however large it is.
/// </summary>
internal sealed class PixelRows : IPixelRows
{
    private readonly Shape stored, scaled;
    private readonly PixelBox window;
    private readonly byte[] plain = [], line = [];
    private readonly float[] values = [], narrow = [];
    private readonly AreaWeights? across;

    /// <param name="stored">Shape of the picture as the rows come.</param>
    /// <param name="scaled">Shape that it is scaled to, with as many channels.</param>
    /// <param name="window">What is taken of the scaled picture.</param>
    public PixelRows(Shape stored, Shape scaled, PixelBox window)
    {
        (this.stored, this.scaled, this.window) = (stored, scaled, window);
        if (stored == scaled)
        {
            plain = new byte[stored.Count];
            return;
        }
        (line, values) = (new byte[stored.Width], new float[stored.Width]);
        narrow = new float[checked(stored.Channels * stored.Height * window.Width)];
        across = new(stored.Width, scaled.Width, window.Left, window.Width);
    }

    /// <summary>Takes a whole picture that is planar already.</summary>
    public void PutPlanar(ReadOnlySpan<byte> planar)
    {
        for (var row = 0; row < stored.Channels * stored.Height; row++)
        {
            var from = planar.Slice(row * stored.Width, stored.Width);
            if (across is null) from.CopyTo(plain.AsSpan(row * stored.Width));
            else Narrow(from, row);
        }
    }

    /// <summary>Takes a whole picture of the size of the rows.</summary>
    public void Put(Picture picture)
    {
        var shape = picture.Shape;
        if (shape.Channels == stored.Channels)
        {
            PutPlanar(picture.Pixels);
            return;
        }
        var row = new byte[shape.Width * shape.Channels];
        for (var y = 0; y < shape.Height; y++)
        {
            for (var place = 0; place < row.Length; place++)
                row[place] = picture.Pixels[(place % shape.Channels * shape.Area) + (y * shape.Width) + (place / shape.Channels)];
            Put(y, row, shape.Channels);
        }
    }

    public void Put(int y, ReadOnlySpan<byte> row, int components)
    {
        for (var channel = 0; channel < stored.Channels; channel++)
        {
            var to = across is null ? plain.AsSpan((channel * stored.Area) + (y * stored.Width), stored.Width) : line;
            Plane(row, components, channel, to);
            if (across is not null) Narrow(line, (channel * stored.Height) + y);
        }
    }

    /// <summary>The window of the scaled picture, when all rows have come.</summary>
    public byte[] Finish()
    {
        var shape = new Shape(stored.Channels, window.Height, window.Width);
        if (across is null) return shape == stored ? plain : Cut(shape);
        float[] part = new float[shape.Area], weights = new float[AreaScaling.Taps(stored.Height, scaled.Height)];
        var result = new byte[shape.Count];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var length = stored.Height * window.Width;
            AreaScaling.Down(narrow.AsSpan(channel * length, length), stored.Height, part, window, scaled.Height, weights);
            ImageResize.Round(part, result.AsSpan(channel * shape.Area, shape.Area));
        }
        return result;
    }

    private void Narrow(ReadOnlySpan<byte> row, int number)
    {
        PixelMath.Convert(row, values);
        across!.Apply(values, narrow.AsSpan(number * window.Width, window.Width));
    }

    private byte[] Cut(Shape shape)
    {
        var result = new byte[shape.Count];
        for (var row = 0; row < shape.Channels * shape.Height; row++)
        {
            var from = (row / shape.Height * stored.Area) + ((window.Top + (row % shape.Height)) * stored.Width) + window.Left;
            plain.AsSpan(from, shape.Width).CopyTo(result.AsSpan(row * shape.Width));
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
