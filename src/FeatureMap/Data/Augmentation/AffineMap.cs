using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FeatureMap.Data;

/// <summary>
/// Where each pixel of the result comes from: pixel (x, y) shows the source at (XX x + XY y + X0, YX x + YY y + Y0), interpolated between the
/// four pixels around; outside the source all is 0.
/// </summary>
internal readonly record struct AffineMap(double XX, double XY, double X0, double YX, double YY, double Y0)
{
    /// <summary>Longest side of an image that can be mapped: coordinates stay far inside 64 bits.</summary>
    public const int LongestSide = 1 << 16;

    // Coordinates are fixed-point numbers with 32 bits after the point, so a step along a row is one exact integer addition. Weights have 11 bits:
    // 255 x 2^11 x 2^11 is below 2^31, so the interpolation is exact in 32-bit integers, the same on every machine.
    private const int CoordinateBits = 32, WeightBits = 11, WeightMask = (1 << WeightBits) - 1;
    private const long HalfWeight = 1L << (CoordinateBits - WeightBits - 1);

    /// <summary>
    /// Maps one image, channel by channel; the lengths are the caller's care. Without <paramref name="vectors"/> it goes pixel by pixel, with
    /// the same bits.
    /// </summary>
    public void Apply(ReadOnlySpan<byte> source, Shape shape, Span<float> destination, bool vectors = true)
    {
        long stepX = Fixed(XX), stepY = Fixed(YX);
        double inverseX = 1.0 / stepX, inverseY = 1.0 / stepY;
        int width = shape.Width, height = shape.Height, area = shape.Area;
        // A pixel is inside when all four around it exist: column 0 to width - 2, row 0 to height - 2.
        long limitX = (long)(width - 1) << CoordinateBits, limitY = (long)(height - 1) << CoordinateBits;
        for (var y = 0; y < height; y++)
        {
            long startX = Fixed((XY * y) + X0) + HalfWeight, startY = Fixed((YY * y) + Y0) + HalfWeight;
            int first = 0, end = width;
            Narrow(startX, stepX, inverseX, limitX, width, ref first, ref end);
            Narrow(startY, stepY, inverseY, limitY, width, ref first, ref end);
            // The estimate above is in floating point; the fast path needs certainty, and both ends inside mean that all between are.
            while (first < end && !Inside(first)) first++;
            while (first < end && !Inside(end - 1)) end--;
            if (first >= end) first = end = width;
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                var plane = source.Slice(channel * area, area);
                var row = destination.Slice((channel * area) + (y * width), width);
                Border(plane, width, height, row[..first], startX, startY, stepX, stepY);
                long atX = startX + (first * stepX), atY = startY + (first * stepY), lastY = atY + ((end - 1 - first) * stepY);
                var done = 0;
                // The gathers read two bytes too many, so the last line but one, whose lower neighbours end the plane, is left to single steps.
                if (vectors && Avx2.IsSupported && end - first >= 8 && Math.Max(atY, lastY) < limitY - (1L << CoordinateBits))
                    done = InteriorVectors(plane, width, row[first..end], atX, atY, stepX, stepY);
                Interior(plane, width, row[(first + done)..end], atX + (done * stepX), atY + (done * stepY), stepX, stepY);
                Border(plane, width, height, row[end..], startX + (end * stepX), startY + (end * stepY), stepX, stepY);
            }

            bool Inside(int x)
            {
                long atX = startX + (x * stepX), atY = startY + (x * stepY);
                return atX >= 0 && atX < limitX && atY >= 0 && atY < limitY;
            }
        }
    }

    private static long Fixed(double value) => (long)Math.Floor((value * (1L << CoordinateBits)) + 0.5);

    // Narrows [first, end) to about the x for which 0 <= start + x step < limit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Narrow(long start, long step, double inverse, long limit, int width, ref int first, ref int end)
    {
        if (step == 0)
        {
            if (start < 0 || start >= limit) end = first;
            return;
        }
        double zero = -start * inverse, top = (limit - start) * inverse;
        first = Math.Max(first, (int)Math.Clamp(Math.Min(zero, top), 0, width));
        end = Math.Min(end, (int)Math.Clamp(Math.Max(zero, top) + 1, 0, width));
    }

    private static void Interior(ReadOnlySpan<byte> plane, int width, Span<float> row, long atX, long atY, long stepX, long stepY)
    {
        ref var origin = ref MemoryMarshal.GetReference(plane);
        for (var x = 0; x < row.Length; x++)
        {
            int shortX = (int)(atX >> (CoordinateBits - WeightBits)), shortY = (int)(atY >> (CoordinateBits - WeightBits));
            ref var upper = ref Unsafe.Add(ref origin, ((shortY >> WeightBits) * width) + (shortX >> WeightBits));
            ref var lower = ref Unsafe.Add(ref upper, width);
            row[x] = Blend(upper, Unsafe.Add(ref upper, 1), lower, Unsafe.Add(ref lower, 1), shortX & WeightMask, shortY & WeightMask);
            atX += stepX;
            atY += stepY;
        }
    }

    // Eight pixels at once; returns how many are done. Two vectors of 64-bit coordinates, one for the even and one for the odd pixels, give
    // one vector of 32-bit numbers in the order of the pixels when the odd ones are moved into the upper halves.
    private static unsafe int InteriorVectors(ReadOnlySpan<byte> plane, int width, Span<float> row, long atX, long atY, long stepX, long stepY)
    {
        var evenX = Vector256.Create(atX, atX + (2 * stepX), atX + (4 * stepX), atX + (6 * stepX));
        Vector256<long> oddX = evenX + Vector256.Create(stepX), nextX = Vector256.Create(8 * stepX);
        var evenY = Vector256.Create(atY, atY + (2 * stepY), atY + (4 * stepY), atY + (6 * stepY));
        Vector256<long> oddY = evenY + Vector256.Create(stepY), nextY = Vector256.Create(8 * stepY);
        // Bytes 0 and 1 of each gathered 32 bits, the two neighbours, become two 16-bit numbers.
        var neighbours = Vector256.Create(0xFF01FF00u, 0xFF05FF04, 0xFF09FF08, 0xFF0DFF0C, 0xFF01FF00, 0xFF05FF04, 0xFF09FF08, 0xFF0DFF0C).AsByte();
        var mask = Vector256.Create(WeightMask);
        var x = 0;
        fixed (byte* origin = plane)
        {
            for (; x <= row.Length - 8; x += 8)
            {
                Vector256<int> shortX = Join(evenX, oddX), shortY = Join(evenY, oddY);
                var place = ((shortY >> WeightBits) * width) + (shortX >> WeightBits);
                var upper = Avx2.Shuffle(Avx2.GatherVector256((int*)origin, place, 1).AsByte(), neighbours).AsInt16();
                var lower = Avx2.Shuffle(Avx2.GatherVector256((int*)(origin + width), place, 1).AsByte(), neighbours).AsInt16();
                Vector256<int> weightX = shortX & mask, weightY = shortY & mask;
                var weights = (Vector256.Create(1 << WeightBits) - weightX + (weightX << 16)).AsInt16(); // of the left and the right neighbour
                Vector256<int> top = Avx2.MultiplyAddAdjacent(upper, weights), bottom = Avx2.MultiplyAddAdjacent(lower, weights);
                var blend = (top << WeightBits) + ((bottom - top) * weightY);
                (Vector256.ConvertToSingle(blend) * (1f / (1 << (2 * WeightBits)))).StoreUnsafe(ref row[x]);
                evenX += nextX;
                oddX += nextX;
                evenY += nextY;
                oddY += nextY;
            }
        }
        return x;
    }

    // Inside the image coordinates are not negative and below 2^48: after the shift they fit 27 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Join(Vector256<long> even, Vector256<long> odd) =>
        ((even >>> (CoordinateBits - WeightBits)) | ((odd >>> (CoordinateBits - WeightBits)) << 32)).AsInt32();

    private static void Border(ReadOnlySpan<byte> plane, int width, int height, Span<float> row, long atX, long atY, long stepX, long stepY)
    {
        for (var x = 0; x < row.Length; x++, atX += stepX, atY += stepY)
        {
            int column = (int)(atX >> CoordinateBits), line = (int)(atY >> CoordinateBits);
            row[x] = column < -1 || column >= width || line < -1 || line >= height ? 0 : Blend(
                At(plane, width, height, column, line), At(plane, width, height, column + 1, line),
                At(plane, width, height, column, line + 1), At(plane, width, height, column + 1, line + 1),
                Weight(atX), Weight(atY));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int At(ReadOnlySpan<byte> plane, int width, int height, int column, int line) =>
        (uint)column < (uint)width && (uint)line < (uint)height ? plane[(line * width) + column] : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Weight(long coordinate) => (int)(coordinate >> (CoordinateBits - WeightBits)) & WeightMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Blend(int topLeft, int topRight, int bottomLeft, int bottomRight, int weightX, int weightY)
    {
        var top = (topLeft << WeightBits) + ((topRight - topLeft) * weightX);
        var bottom = (bottomLeft << WeightBits) + ((bottomRight - bottomLeft) * weightX);
        return ((top << WeightBits) + ((bottom - top) * weightY)) * (1f / (1 << (2 * WeightBits)));
    }
}
