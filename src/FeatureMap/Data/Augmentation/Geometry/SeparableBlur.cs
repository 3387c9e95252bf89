using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>Convolves a plane with the same weights along the rows and then along the columns.</summary>
internal static class SeparableBlur
{
    /// <summary>Length of the working memory for planes of a shape.</summary>
    public static int ScratchFloats(Shape shape, int radius) => checked(shape.Area + shape.Width + (2 * radius));

    /// <summary>Weights of a Gaussian around the middle of the span; they add up to 1.</summary>
    public static void Gaussian(Span<float> weights, double sigma)
    {
        // exp(-k^2 / 2 sigma^2) = q^(k^2): from one to the next another q^(2k + 1).
        var radius = weights.Length / 2;
        double q = PortableMath.Exp(-0.5 / (sigma * sigma)), square = q * q, factor = q, weight = 1, sum = 1;
        weights[radius] = 1;
        for (var k = 1; k <= radius; k++, factor *= square)
        {
            weight *= factor;
            weights[radius + k] = (float)weight;
            sum += 2 * weight;
        }
        for (var k = 0; k <= radius; k++)
            weights[radius - k] = weights[radius + k] = (float)(weights[radius + k] / sum);
    }

    /// <summary>Convolves in place; an odd number of weights.</summary>
    public static void Apply(Span<float> plane, int height, int width, ReadOnlySpan<float> weights, Border border, Span<float> scratch)
    {
        var radius = weights.Length / 2;
        var between = scratch[..(height * width)];
        var padded = scratch.Slice(between.Length, width + (2 * radius));
        between.Clear();
        for (var y = 0; y < height; y++)
        {
            var row = plane.Slice(y * width, width);
            for (var k = 0; k < radius; k++)
            {
                padded[k] = border.Place(k - radius, width) is >= 0 and var left ? row[left] : border.Value;
                padded[radius + width + k] = border.Place(width + k, width) is >= 0 and var right ? row[right] : border.Value;
            }
            row.CopyTo(padded[radius..]);
            for (var k = 0; k < weights.Length; k++)
                PixelMath.AddScaled(between.Slice(y * width, width), padded.Slice(k, width), weights[k]);
        }
        var outside = padded[..width];
        outside.Fill(border.Value);
        plane.Clear();
        for (var y = 0; y < height; y++)
            for (var k = 0; k < weights.Length; k++)
            {
                var line = border.Place(y + k - radius, height);
                PixelMath.AddScaled(plane.Slice(y * width, width), line < 0 ? outside : between.Slice(line * width, width), weights[k]);
            }
    }
}
