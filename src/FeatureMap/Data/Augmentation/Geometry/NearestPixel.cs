namespace FeatureMap.Data;

/// <summary>Moves label maps: every result is a label that stood there, because halfway between class 1 and class 3 is not class 2.</summary>
internal static class NearestPixel
{
    /// <summary>Scales a window to a size; a new pixel takes the old one under its middle.</summary>
    public static void Resize(ReadOnlySpan<float> source, Shape shape, PixelBox box, Span<float> destination, Shape size)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var y = 0; y < size.Height; y++)
            {
                var row = source.Slice((channel * shape.Area) + ((box.Top + Under(y, box.Height, size.Height)) * shape.Width) + box.Left, box.Width);
                var to = destination.Slice((channel * size.Area) + (y * size.Width), size.Width);
                for (var x = 0; x < to.Length; x++)
                    to[x] = row[Under(x, box.Width, size.Width)];
            }
    }

    /// <summary>Resamples by a map.</summary>
    public static void Warp(ReadOnlySpan<float> source, Shape shape, in AffineMap map, Span<float> destination, Border border)
    {
        long stepX = Bilinear.Fixed(map.XX), stepY = Bilinear.Fixed(map.YX);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = source.Slice(channel * shape.Area, shape.Area);
            for (var y = 0; y < shape.Height; y++)
            {
                long atX = Bilinear.Fixed((map.XY * y) + map.X0), atY = Bilinear.Fixed((map.YY * y) + map.Y0);
                var to = destination.Slice((channel * shape.Area) + (y * shape.Width), shape.Width);
                for (var x = 0; x < to.Length; x++, atX += stepX, atY += stepY)
                    to[x] = At(plane, shape.Width, shape.Height, atX, atY, border);
            }
        }
    }

    /// <summary>The label nearest to a place in fixed point, anywhere.</summary>
    public static float At(ReadOnlySpan<float> plane, int width, int height, long atX, long atY, Border border)
    {
        const long half = 1L << (Bilinear.CoordinateBits - 1);
        int column = border.Place((int)((atX + half) >> Bilinear.CoordinateBits), width), line = border.Place((int)((atY + half) >> Bilinear.CoordinateBits), height);
        return column < 0 || line < 0 ? border.Value : plane[(line * width) + column];
    }

    // The pixel under (position + 1/2) from / to.
    private static int Under(int position, int from, int to) => (int)(((2L * position) + 1) * from / (2L * to));
}

/// <summary>Fetches each pixel from a place nearby, given as a field of distances.</summary>
internal static class Displacement
{
    /// <param name="source">The picture, planar.</param>
    /// <param name="shape">Its shape, and that of the result.</param>
    /// <param name="fieldShape">Rows and columns of the field; those of the picture are the same or a multiple of them.</param>
    /// <param name="across">Distance along the row, in pixels of the field.</param>
    /// <param name="down">Distance along the column.</param>
    /// <param name="destination">Receives the result.</param>
    /// <param name="border">What lies outside.</param>
    /// <param name="isLabelMap">Whether the nearest pixel is taken instead of interpolating.</param>
    public static void Apply(
        ReadOnlySpan<float> source, Shape shape, Shape fieldShape, ReadOnlySpan<float> across, ReadOnlySpan<float> down, Span<float> destination, Border border, bool isLabelMap)
    {
        var scale = shape.Height / fieldShape.Height;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = source.Slice(channel * shape.Area, shape.Area);
            var to = destination.Slice(channel * shape.Area, shape.Area);
            for (int y = 0, place = 0; y < shape.Height; y++)
                for (var x = 0; x < shape.Width; x++, place++)
                {
                    var (moveX, moveY) = scale == 1 ? (across[place], down[place]) : (Between(across, x, y), Between(down, x, y));
                    long atX = Bilinear.Fixed(x + moveX), atY = Bilinear.Fixed(y + moveY);
                    to[place] = isLabelMap
                        ? NearestPixel.At(plane, shape.Width, shape.Height, atX, atY, border)
                        : Bilinear.At(plane, shape.Width, shape.Height, atX + Bilinear.HalfWeight, atY + Bilinear.HalfWeight, border);
                }
        }

        // The distance at a pixel of the larger picture, whose middle is at ((x + 1/2) / scale - 1/2) of the field, in its own pixels.
        float Between(ReadOnlySpan<float> field, int x, int y)
        {
            long atX = Bilinear.Fixed(((x + 0.5) / scale) - 0.5) + Bilinear.HalfWeight, atY = Bilinear.Fixed(((y + 0.5) / scale) - 0.5) + Bilinear.HalfWeight;
            return scale * Bilinear.At(field, fieldShape.Width, fieldShape.Height, atX, atY, new Border(FillMode.Nearest, 0));
        }
    }
}
