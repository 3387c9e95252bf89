using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Data;

/// <summary>
/// Values between pixels. Coordinates are fixed-point numbers with 32 bits after the point, so a step along a row is one exact integer addition; weights
/// have 11 bits. For bytes 255 x 2^11 x 2^11 is below 2^31: the interpolation is exact in 32-bit integers, and in floating point only the last fused
/// operation rounds, so both give the same bits.
/// </summary>
internal static class Bilinear
{
    public const int CoordinateBits = 32, WeightBits = 11, WeightMask = (1 << WeightBits) - 1;

    /// <summary>Half a unit of the weights: added to a coordinate before its last bits are cut off.</summary>
    public const long HalfWeight = 1L << (CoordinateBits - WeightBits - 1);

    private const float One = 1 << WeightBits, Scale = 1f / (1 << (2 * WeightBits));

    public static long Fixed(double value) => (long)Math.Floor((value * (1L << CoordinateBits)) + 0.5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Weight(long coordinate) => (int)(coordinate >> (CoordinateBits - WeightBits)) & WeightMask;

    /// <summary>The value at a coordinate anywhere, also outside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float At<TPixel>(ReadOnlySpan<TPixel> plane, int width, int height, long atX, long atY, Border border) where TPixel : unmanaged, INumberBase<TPixel>
    {
        int column = (int)(atX >> CoordinateBits), line = (int)(atY >> CoordinateBits);
        if (border.Mode != FillMode.Constant) return AtPlaces(plane, width, height, atX, atY, border);
        if (column < -1 || column >= width || line < -1 || line >= height) return border.Value;
        return Blend(
            Pixel(plane, width, height, column, line, border.Value), Pixel(plane, width, height, column + 1, line, border.Value),
            Pixel(plane, width, height, column, line + 1, border.Value), Pixel(plane, width, height, column + 1, line + 1, border.Value), Weight(atX), Weight(atY));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Blend(float topLeft, float topRight, float bottomLeft, float bottomRight, float weightX, float weightY)
    {
        var top = MathF.FusedMultiplyAdd(topRight - topLeft, weightX, topLeft * One);
        var bottom = MathF.FusedMultiplyAdd(bottomRight - bottomLeft, weightX, bottomLeft * One);
        return MathF.FusedMultiplyAdd(bottom - top, weightY, top * One) * Scale;
    }

    /// <inheritdoc cref="Blend(float, float, float, float, float, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Blend(
        Vector256<float> topLeft, Vector256<float> topRight, Vector256<float> bottomLeft, Vector256<float> bottomRight, Vector256<float> weightX, Vector256<float> weightY)
    {
        var top = Vector256.FusedMultiplyAdd(topRight - topLeft, weightX, topLeft * One);
        var bottom = Vector256.FusedMultiplyAdd(bottomRight - bottomLeft, weightX, bottomLeft * One);
        return Vector256.FusedMultiplyAdd(bottom - top, weightY, top * One) * Scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Pixel<TPixel>(ReadOnlySpan<TPixel> plane, int width, int height, int column, int line, float outside) where TPixel : unmanaged, INumberBase<TPixel> =>
        (uint)column < (uint)width && (uint)line < (uint)height ? float.CreateTruncating(plane[(line * width) + column]) : outside;

    // Every place outside stands for one inside.
    private static float AtPlaces<TPixel>(ReadOnlySpan<TPixel> plane, int width, int height, long atX, long atY, Border border) where TPixel : unmanaged, INumberBase<TPixel>
    {
        int column = (int)(atX >> CoordinateBits), line = (int)(atY >> CoordinateBits);
        int left = border.Place(column, width), right = border.Place(column + 1, width);
        int top = border.Place(line, height) * width, bottom = border.Place(line + 1, height) * width;
        return Blend(
            float.CreateTruncating(plane[top + left]), float.CreateTruncating(plane[top + right]),
            float.CreateTruncating(plane[bottom + left]), float.CreateTruncating(plane[bottom + right]), Weight(atX), Weight(atY));
    }
}
