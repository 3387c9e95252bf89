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
        float[] source = new float[shape.Count], scaled = new float[target.Count];
        PixelMath.Convert(planar, source);
        AreaScaling.Apply(source, shape, new(0, 0, shape.Height, shape.Width), scaled, target, new float[AreaScaling.ScratchFloats(shape, target)]);
        var result = new byte[target.Count];
        Round(scaled, result);
        return result;
    }

    internal static void Round(ReadOnlySpan<float> scaled, Span<byte> result)
    {
        for (var i = 0; i < result.Length; i++)
            result[i] = (byte)Math.Clamp((int)(scaled[i] + 0.5f), 0, 255);
    }
}
