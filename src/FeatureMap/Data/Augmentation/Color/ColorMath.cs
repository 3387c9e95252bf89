using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Data;

/// <summary>
/// What colour augmentations do to an image in place; planar CHW, 0 to 255 before and after. The formulas are torchvision's, which are those of PIL, but
/// without rounding to whole numbers between two operations. Factors of 1 change no bit.
/// </summary>
internal static class ColorMath
{
    private const float Red = 0.299f, Green = 0.587f, Blue = 0.114f;
    private static Vector256<float> Most => Vector256.Create(255f);

    /// <summary>Towards black (0) or brighter (above 1).</summary>
    public static void Brightness(Span<float> pixels, float factor)
    {
        if (factor != 1) PixelMath.Map(pixels, new TowardsValue(factor, 0));
    }

    /// <summary>Towards the mean brightness of the image (0), or away from it (above 1).</summary>
    public static void Contrast(Span<float> pixels, Shape shape, float factor)
    {
        if (factor == 1) return;
        var mean = shape.Channels == 3
            ? (Red * PixelMath.Mean(pixels[..shape.Area])) + (Green * PixelMath.Mean(pixels.Slice(shape.Area, shape.Area))) + (Blue * PixelMath.Mean(pixels[(2 * shape.Area)..]))
            : PixelMath.Mean(pixels);
        PixelMath.Map(pixels, new TowardsValue(factor, (float)mean));
    }

    /// <summary>Towards gray (0) or more colourful (above 1). Only images of three channels have colours.</summary>
    public static void Saturation(Span<float> pixels, Shape shape, float factor)
    {
        if (factor != 1) MapColors(pixels, shape, new TowardsGray(factor));
    }

    /// <summary>Turns the colours around the circle of hues, by a part of it from -0.5 to 0.5. Only images of three channels have colours.</summary>
    public static void Hue(Span<float> pixels, Shape shape, float shift)
    {
        if (shift != 0) MapColors(pixels, shape, new TurnHue(shift));
    }

    /// <summary>Keeps the highest bits of each pixel, 0 to 8.</summary>
    public static void Posterize(Span<float> pixels, int bits)
    {
        if (bits < 8) PixelMath.Map(pixels, new KeepBits(bits));
    }

    /// <summary>Inverts the pixels that are at least the threshold.</summary>
    public static void Solarize(Span<float> pixels, float threshold) => PixelMath.Map(pixels, new InvertFrom(threshold));

    /// <summary>Stretches each channel to the range 0 to 255; one of a single value stays.</summary>
    public static void AutoContrast(Span<float> pixels, Shape shape)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.Area, shape.Area);
            var (least, greatest) = PixelMath.Range(plane);
            if (greatest > least && (least > 0 || greatest < 255)) PixelMath.Map(plane, new Stretch(least, 255 / (greatest - least)));
        }
    }

    /// <summary>
    /// Spreads the values of each channel so that about as many pixels are in each part of the range. As in PIL: with the step s = (pixels - those of the greatest
    /// value) / 255 rounded down, value v becomes (pixels below v + s/2) / s, rounded down; with s = 0 the channel stays.
    /// </summary>
    public static void Equalize(Span<float> pixels, Shape shape)
    {
        Span<int> counts = stackalloc int[256];
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.Area, shape.Area);
            counts.Clear();
            foreach (var pixel in plane)
                counts[Level(pixel)]++;
            var last = 255;
            while (counts[last] == 0) last--;
            var step = (plane.Length - counts[last]) / 255;
            if (step == 0) continue;
            for (int value = 0, below = 0; value < 256; value++)
            {
                var count = counts[value];
                counts[value] = Math.Min(255, (below + (step / 2)) / step);
                below += count;
            }
            foreach (ref var pixel in plane)
                pixel = counts[Level(pixel)];
        }
    }

    /// <summary>
    /// Towards (0) the image smoothed by 1 1 1, 1 5 1, 1 1 1 over 13, or away from it (above 1). The outermost pixels stay; <paramref name="smooth"/> is working memory
    /// as large as the image.
    /// </summary>
    public static void Sharpness(Span<float> pixels, Shape shape, float factor, Span<float> smooth)
    {
        if (factor == 1 || shape.Height < 3 || shape.Width < 3) return;
        pixels.CopyTo(smooth);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.Area, shape.Area);
            for (var y = 1; y < shape.Height - 1; y++)
            {
                var row = smooth.Slice((channel * shape.Area) + (y * shape.Width) + 1, shape.Width - 2);
                row.Clear();
                for (var dy = -1; dy <= 1; dy++)
                    for (var dx = 0; dx <= 2; dx++)
                        PixelMath.AddScaled(row, plane.Slice(((y + dy) * shape.Width) + dx, row.Length), dy == 0 && dx == 1 ? 5f / 13 : 1f / 13);
            }
        }
        PixelMath.Blend(pixels, smooth, factor);
        PixelMath.Map(pixels, default(Clamp));
    }

    /// <summary>All channels become the brightness, where there are three.</summary>
    public static void Gray(Span<float> pixels, Shape shape) => Saturation(pixels, shape, 0);

    /// <summary>The nearest whole number from 0 to 255.</summary>
    public static int Level(float pixel) => Math.Clamp((int)(pixel + 0.5f), 0, 255);

    /// <summary>The brightness of a pixel.</summary>
    public static float Luma(float red, float green, float blue) => (Red * red) + (Green * green) + (Blue * blue);

    private static Vector256<float> Clamped(Vector256<float> values) => Vector256.Min(Vector256.Max(values, Vector256<float>.Zero), Most);

    private static Vector256<float> Luma(in Colors c) => (c.Red * Red) + (c.Green * Green) + (c.Blue * Blue);

    private static void MapColors<TMap>(Span<float> pixels, Shape shape, TMap map) where TMap : struct, IColorMap
    {
        if (shape.Channels != 3) return;
        int area = shape.Area, width = Vector256<float>.Count, index = 0;
        ref var at = ref MemoryMarshal.GetReference(pixels);
        for (; index <= area - width; index += width)
        {
            var result = map.Map(new(Vector256.LoadUnsafe(ref at, (nuint)index), Vector256.LoadUnsafe(ref at, (nuint)(index + area)), Vector256.LoadUnsafe(ref at, (nuint)(index + (2 * area)))));
            result.Red.StoreUnsafe(ref at, (nuint)index);
            result.Green.StoreUnsafe(ref at, (nuint)(index + area));
            result.Blue.StoreUnsafe(ref at, (nuint)(index + (2 * area)));
        }
        var left = area - index;
        if (left == 0) return;
        Span<float> rest = stackalloc float[3 * width];
        rest.Clear();
        for (var channel = 0; channel < 3; channel++)
            pixels.Slice((channel * area) + index, left).CopyTo(rest[(channel * width)..]);
        var last = map.Map(new(Vector256.Create<float>(rest), Vector256.Create<float>(rest[width..]), Vector256.Create<float>(rest[(2 * width)..])));
        last.Red.CopyTo(rest);
        last.Green.CopyTo(rest[width..]);
        last.Blue.CopyTo(rest[(2 * width)..]);
        for (var channel = 0; channel < 3; channel++)
            rest.Slice(channel * width, left).CopyTo(pixels[((channel * area) + index)..]);
    }

    private interface IColorMap
    {
        Colors Map(in Colors colors);
    }

    private readonly record struct Colors(Vector256<float> Red, Vector256<float> Green, Vector256<float> Blue);

    private readonly struct Clamp : IPixelMap
    {
        public Vector256<float> Map(Vector256<float> pixels) => Clamped(pixels);
    }

    private readonly struct TowardsValue(float factor, float value) : IPixelMap
    {
        private readonly float part = (1 - factor) * value;

        public Vector256<float> Map(Vector256<float> pixels) => Clamped((pixels * factor) + Vector256.Create(part));
    }

    private readonly struct Stretch(float least, float scale) : IPixelMap
    {
        public Vector256<float> Map(Vector256<float> pixels) => Clamped((pixels - Vector256.Create(least)) * scale);
    }

    private readonly struct KeepBits(int bits) : IPixelMap
    {
        private readonly int mask = -(1 << (8 - bits)) & 0xFF;

        public Vector256<float> Map(Vector256<float> pixels) =>
            Vector256.ConvertToSingle(Vector256.ConvertToInt32(pixels + Vector256.Create(0.5f)) & Vector256.Create(mask));
    }

    private readonly struct InvertFrom(float threshold) : IPixelMap
    {
        public Vector256<float> Map(Vector256<float> pixels) =>
            Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(pixels, Vector256.Create(threshold)), Most - pixels, pixels);
    }

    private readonly struct TowardsGray(float factor) : IColorMap
    {
        public Colors Map(in Colors colors)
        {
            var gray = Luma(colors) * (1 - factor);
            return new(Clamped((colors.Red * factor) + gray), Clamped((colors.Green * factor) + gray), Clamped((colors.Blue * factor) + gray));
        }
    }

    /// <summary>
    /// With value V = max, chroma C = max - min and hue H in sixths of the circle, every channel is V - C clamp(min(k, 4 - k), 0, 1) with k = (n + H) mod 6 and n = 5, 3, 1 for
    /// red, green and blue: the usual six cases in one formula.
    /// </summary>
    private readonly struct TurnHue(float shift) : IColorMap
    {
        public Colors Map(in Colors colors)
        {
            var (red, green, blue) = (colors.Red, colors.Green, colors.Blue);
            var value = Vector256.Max(Vector256.Max(red, green), blue);
            var chroma = value - Vector256.Min(Vector256.Min(red, green), blue);
            var perChroma = Vector256<float>.One / Vector256.ConditionalSelect(Vector256.Equals(chroma, Vector256<float>.Zero), Vector256<float>.One, chroma);
            var hue = Vector256.ConditionalSelect(
                Vector256.Equals(value, red), (green - blue) * perChroma,
                Vector256.ConditionalSelect(
                    Vector256.Equals(value, green), ((blue - red) * perChroma) + Vector256.Create(2f), ((red - green) * perChroma) + Vector256.Create(4f)));
            hue += Vector256.Create(6 * shift);
            return new(Channel(hue, 5, value, chroma), Channel(hue, 3, value, chroma), Channel(hue, 1, value, chroma));
        }

        private static Vector256<float> Channel(Vector256<float> hue, float n, Vector256<float> value, Vector256<float> chroma)
        {
            var k = hue + Vector256.Create(n);
            k -= Vector256.Floor(k * (1f / 6)) * 6f;
            var part = Vector256.Min(Vector256.Max(Vector256.Min(k, Vector256.Create(4f) - k), Vector256<float>.Zero), Vector256<float>.One);
            return Vector256.Max(value - (chroma * part), Vector256<float>.Zero);
        }
    }
}
