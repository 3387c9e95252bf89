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
                Across(from, narrow.Slice(y * width, width), firsts, counts, across, most);
            }
            Down(narrow, box.Height, destination.Slice(channel * target.Area, target.Area), target, down);
        }
    }

    /// <summary>Gives a row its new width.</summary>
    /// <param name="from">The row.</param>
    /// <param name="row">The new row.</param>
    /// <param name="firsts">For each new pixel the first old one.</param>
    /// <param name="counts">And how many of them have a weight.</param>
    /// <param name="weights">The weights, <paramref name="most"/> places for each new pixel.</param>
    /// <param name="most">See <see cref="Taps"/>.</param>
    public static void Across(ReadOnlySpan<float> from, Span<float> row, ReadOnlySpan<int> firsts, ReadOnlySpan<int> counts, ReadOnlySpan<float> weights, int most)
    {
        for (var x = 0; x < row.Length; x++)
        {
            var sum = 0f;
            for (var tap = 0; tap < counts[x]; tap++)
                sum += weights[(x * most) + tap] * from[firsts[x] + tap];
            row[x] = sum;
        }
    }

    /// <summary>Gives the columns of one channel, whose rows have their new width, their new height.</summary>
    /// <param name="narrow">The rows.</param>
    /// <param name="height">Their number.</param>
    /// <param name="destination">The result, of the area of the target.</param>
    /// <param name="target">New shape.</param>
    /// <param name="weights">Working memory, see <see cref="Taps"/>.</param>
    public static void Down(ReadOnlySpan<float> narrow, int height, Span<float> destination, Shape target, Span<float> weights) =>
        Down(narrow, height, destination, new(0, 0, target.Height, target.Width), target.Height, weights);

    /// <summary>The same for a window of the result; the rows have its width already.</summary>
    /// <param name="narrow">The rows.</param>
    /// <param name="height">Their number.</param>
    /// <param name="destination">The window, row by row.</param>
    /// <param name="window">Which part of the result.</param>
    /// <param name="scaled">Height of the whole result.</param>
    /// <param name="weights">Working memory, see <see cref="Taps"/>.</param>
    public static void Down(
        ReadOnlySpan<float> narrow, int height, Span<float> destination, PixelBox window, int scaled, Span<float> weights)
    {
        var width = window.Width;
        for (var y = 0; y < window.Height; y++)
        {
            var row = destination.Slice(y * width, width);
            var count = Weights(height, scaled, window.Top + y, weights, out var first);
            row.Clear();
            for (var tap = 0; tap < count; tap++)
                PixelMath.AddScaled(row, narrow.Slice((first + tap) * width, width), weights[tap]);
        }
    }

    /// <summary>Places for the weights of one new pixel: at most ceil(from / to) whole old pixels and two parts are under it.</summary>
    public static int Taps(int from, int to) => Math.Max(2, (from / to) + 2);

    /// <summary>For a new position the first old one, the weights from there on, which add up to 1, and their number.</summary>
    public static int Weights(int from, int to, int position, Span<float> weights, out int first)
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

/// <summary>The weights that give rows of one width another one, kept for many rows.</summary>
internal sealed class AreaWeights
{
    private readonly int[] firsts, counts;
    private readonly float[] weights;
    private readonly int most;

    /// <param name="from">Width of the rows.</param>
    /// <param name="to">The new width.</param>
    /// <param name="left">The first new pixel that is wanted.</param>
    /// <param name="wanted">How many are.</param>
    public AreaWeights(int from, int to, int left, int wanted)
    {
        most = AreaScaling.Taps(from, to);
        (firsts, counts, weights) = (new int[wanted], new int[wanted], new float[wanted * most]);
        for (var x = 0; x < wanted; x++)
            counts[x] = AreaScaling.Weights(from, to, left + x, weights.AsSpan(x * most, most), out firsts[x]);
    }

    public void Apply(ReadOnlySpan<float> row, Span<float> narrow) => AreaScaling.Across(row, narrow, firsts, counts, weights, most);
}
