using System.Runtime.InteropServices;

namespace FeatureMap.Data;

/// <summary>A window of an image, in pixels.</summary>
internal readonly record struct PixelBox(int Top, int Left, int Height, int Width);

/// <summary>
/// Scales images: along a side that gets shorter each new pixel is the mean of the area that it covers (box filter), along a side that gets longer it
/// is interpolated between its two neighbours (bilinear, pixel centres aligned). First the rows get their new width, then the columns their height.
/// </summary>
internal static class AreaScaling
{
    /// <summary>Length of the working memory for images of a shape.</summary>
    public static int ScratchFloats(Shape shape, Shape target) =>
        checked((target.Width * (Taps(shape.Width, target.Width) + 2)) + Taps(shape.Height, target.Height) + (shape.Height * target.Width));

    /// <summary>Scales a window of the source to the size of the target.</summary>
    public static void Apply(ReadOnlySpan<float> source, Shape shape, PixelBox box, Span<float> destination, Shape target, Span<float> scratch)
    {
        int width = target.Width, most = Taps(shape.Width, width);
        var firsts = MemoryMarshal.Cast<float, int>(scratch[..width]);
        var counts = MemoryMarshal.Cast<float, int>(scratch.Slice(width, width));
        var across = scratch.Slice(2 * width, width * most);
        var down = scratch.Slice((2 + most) * width, Taps(shape.Height, target.Height));
        var narrow = scratch.Slice(((2 + most) * width) + down.Length, box.Height * width);
        for (var x = 0; x < width; x++)
            counts[x] = Weights(box.Width, width, x, across.Slice(x * most, most), out firsts[x]);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var y = 0; y < box.Height; y++)
            {
                var from = source.Slice((channel * shape.Area) + ((box.Top + y) * shape.Width) + box.Left, box.Width);
                var row = narrow.Slice(y * width, width);
                for (var x = 0; x < width; x++)
                {
                    var sum = 0f;
                    for (var tap = 0; tap < counts[x]; tap++)
                        sum += across[(x * most) + tap] * from[firsts[x] + tap];
                    row[x] = sum;
                }
            }
            for (var y = 0; y < target.Height; y++)
            {
                var row = destination.Slice((channel * target.Area) + (y * width), width);
                var count = Weights(box.Height, target.Height, y, down, out var first);
                row.Clear();
                for (var tap = 0; tap < count; tap++)
                    PixelMath.AddScaled(row, narrow.Slice((first + tap) * width, width), down[tap]);
            }
        }
    }

    // At most ceil(from / to) whole pixels and two parts are under a new one.
    private static int Taps(int from, int to) => Math.Max(2, (from / to) + 2);

    // For a new position the first old one, the weights from there on, which add up to 1, and their number.
    private static int Weights(int from, int to, int position, Span<float> weights, out int first)
    {
        var scale = (double)from / to;
        if (scale > 1)
        {
            double low = position * scale, high = Math.Min(from, (position + 1) * scale);
            first = (int)low;
            var last = Math.Min(from, (int)Math.Ceiling(high));
            for (var tap = first; tap < last; tap++)
                weights[tap - first] = (float)((Math.Min(high, tap + 1) - Math.Max(low, tap)) / (high - low));
            return last - first;
        }
        var centre = Math.Clamp(((position + 0.5) * scale) - 0.5, 0, from - 1);
        first = (int)centre;
        weights[0] = (float)(1 - (centre - first));
        if (first == from - 1 || centre == first) return 1;
        weights[1] = (float)(centre - first);
        return 2;
    }
}
