namespace FeatureMap.Data;

/// <summary>
/// Scales 8-bit images. Along a side that gets shorter each new pixel is the mean of the area that it covers (box filter), so nothing is lost
/// between the samples; along a side that gets longer it is interpolated between its two neighbours (bilinear, pixel centres aligned).
/// </summary>
public static class ImageResize
{
    /// <summary>Scales a planar image (CHW, of <paramref name="shape"/>) to another height and width; the result is planar too.</summary>
    /// <exception cref="DataException">The pixels do not have the length of the shape.</exception>
    public static byte[] Resize(ReadOnlySpan<byte> planar, Shape shape, int height, int width)
    {
        if (planar.Length != shape.Count)
            throw new DataException($"An image of {shape} has {shape.Count:N0} bytes: received {planar.Length:N0}.");
        var target = new Shape(shape.Channels, height, width);
        var across = Taps(shape.Width, width);
        var down = Taps(shape.Height, height);
        var result = new byte[target.Count];
        var narrow = new float[shape.Height * width];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = planar.Slice(channel * shape.Area, shape.Area);
            for (var y = 0; y < shape.Height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var (first, weights) = across[x];
                    var sum = 0.0;
                    for (var tap = 0; tap < weights.Length; tap++)
                        sum += weights[tap] * plane[(y * shape.Width) + first + tap];
                    narrow[(y * width) + x] = (float)sum;
                }
            }
            for (var y = 0; y < height; y++)
            {
                var (first, weights) = down[y];
                for (var x = 0; x < width; x++)
                {
                    var sum = 0.5;
                    for (var tap = 0; tap < weights.Length; tap++)
                        sum += weights[tap] * narrow[((first + tap) * width) + x];
                    result[(channel * target.Area) + (y * width) + x] = (byte)Math.Clamp((int)sum, 0, 255);
                }
            }
        }
        return result;
    }

    // For each new position the first old one and the weights from there on; the weights add up to 1.
    private static (int First, double[] Weights)[] Taps(int from, int to)
    {
        var taps = new (int, double[])[to];
        var scale = (double)from / to;
        for (var position = 0; position < to; position++)
        {
            if (scale > 1)
            {
                double low = position * scale, high = Math.Min(from, (position + 1) * scale);
                int first = (int)low, last = Math.Min(from, (int)Math.Ceiling(high));
                var weights = new double[last - first];
                for (var tap = first; tap < last; tap++)
                    weights[tap - first] = (Math.Min(high, tap + 1) - Math.Max(low, tap)) / (high - low);
                taps[position] = (first, weights);
            }
            else
            {
                var centre = Math.Clamp(((position + 0.5) * scale) - 0.5, 0, from - 1);
                var first = (int)centre;
                taps[position] = first == from - 1 ? (first, [1]) : (first, [1 - (centre - first), centre - first]);
            }
        }
        return taps;
    }
}
