using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static FeatureMap.Data.Bilinear;

namespace FeatureMap.Data;

/// <summary>
/// Where each pixel of the result comes from: pixel (x, y) shows the source at (XX x + XY y + X0, YX x + YY y + Y0), interpolated between the
/// four pixels around; what is outside the source is the border's matter.
/// </summary>
internal readonly record struct AffineMap(double XX, double XY, double X0, double YX, double YY, double Y0)
{
    /// <summary>Longest side of an image that can be mapped: coordinates stay far inside 64 bits.</summary>
    public const int LongestSide = 1 << 16;

    /// <summary>Throws where an image is too large for any map.</summary>
    public static void Check<T>(Shape shape)
    {
        if (Math.Max(shape.Height, shape.Width) > LongestSide)
            throw new ShapeException($"{typeof(T).Name} takes images with sides of at most {LongestSide:N0} pixels: received {shape}. Scale the images down.");
    }

    /// <summary>
    /// The same movement of a picture that is so many times as large. The middle of pixel x lies at scale x + c with c = (scale - 1) / 2, so a place X of the larger picture is
    /// (X - c) / scale of the smaller one: scale (M (X - c) / scale + t) + c = M X + scale t + c - M c.
    /// </summary>
    public AffineMap Enlarged(int scale)
    {
        var c = (scale - 1) / 2.0;
        return scale == 1 ? this : new(XX, XY, (scale * X0) + c - ((XX + XY) * c), YX, YY, (scale * Y0) + c - ((YX + YY) * c));
    }

    /// <summary>
    /// Maps one image of bytes or of floats, channel by channel; the lengths are the caller's care. The same pixels give the same bits in both
    /// forms. Without <paramref name="vectors"/> it goes pixel by pixel, with the same bits again.
    /// </summary>
    public void Apply<TPixel>(ReadOnlySpan<TPixel> source, Shape shape, Span<float> destination, Border border = default, bool vectors = true)
        where TPixel : unmanaged, INumberBase<TPixel>
    {
        long stepX = Fixed(XX), stepY = Fixed(YX);
        double inverseX = 1.0 / stepX, inverseY = 1.0 / stepY;
        int width = shape.Width, height = shape.Height, area = shape.Area;
        // A pixel is inside when all four around it exist: column 0 to width - 2, row 0 to height - 2.
        long limitX = (long)(width - 1) << CoordinateBits, limitY = (long)(height - 1) << CoordinateBits;
        // The gathers of bytes read two too many, so the last line but one, whose lower neighbours end the plane, is left to single steps.
        var vectorLimitY = typeof(TPixel) == typeof(byte) ? limitY - (1L << CoordinateBits) : limitY;
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
                Outside(plane, width, height, row[..first], startX, startY, stepX, stepY, border);
                long atX = startX + (first * stepX), atY = startY + (first * stepY), lastY = atY + ((end - 1 - first) * stepY);
                var done = 0;
                if (vectors && Avx2.IsSupported && end - first >= 8 && Math.Max(atY, lastY) < vectorLimitY)
                    done = InteriorVectors(plane, width, row[first..end], atX, atY, stepX, stepY);
                Interior(plane, width, row[(first + done)..end], atX + (done * stepX), atY + (done * stepY), stepX, stepY);
                Outside(plane, width, height, row[end..], startX + (end * stepX), startY + (end * stepY), stepX, stepY, border);
            }

            bool Inside(int x)
            {
                long atX = startX + (x * stepX), atY = startY + (x * stepY);
                return atX >= 0 && atX < limitX && atY >= 0 && atY < limitY;
            }
        }
    }

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

    private static void Outside<TPixel>(
        ReadOnlySpan<TPixel> plane, int width, int height, Span<float> row, long atX, long atY, long stepX, long stepY, Border border)
        where TPixel : unmanaged, INumberBase<TPixel>
    {
        for (var x = 0; x < row.Length; x++, atX += stepX, atY += stepY)
            row[x] = At(plane, width, height, atX, atY, border);
    }

    private static void Interior<TPixel>(ReadOnlySpan<TPixel> plane, int width, Span<float> row, long atX, long atY, long stepX, long stepY)
        where TPixel : unmanaged, INumberBase<TPixel>
    {
        ref var origin = ref MemoryMarshal.GetReference(plane);
        for (var x = 0; x < row.Length; x++)
        {
            int shortX = (int)(atX >> (CoordinateBits - WeightBits)), shortY = (int)(atY >> (CoordinateBits - WeightBits));
            ref var upper = ref Unsafe.Add(ref origin, ((shortY >> WeightBits) * width) + (shortX >> WeightBits));
            ref var lower = ref Unsafe.Add(ref upper, width);
            row[x] = Blend(
                float.CreateTruncating(upper), float.CreateTruncating(Unsafe.Add(ref upper, 1)), float.CreateTruncating(lower), float.CreateTruncating(Unsafe.Add(ref lower, 1)),
                shortX & WeightMask, shortY & WeightMask);
            atX += stepX;
            atY += stepY;
        }
    }

    // Eight pixels at once; returns how many are done. Two vectors of 64-bit coordinates, one for the even and one for the odd pixels, give
    // one vector of 32-bit numbers in the order of the pixels when the odd ones are moved into the upper halves.
    private static unsafe int InteriorVectors<TPixel>(ReadOnlySpan<TPixel> plane, int width, Span<float> row, long atX, long atY, long stepX, long stepY)
        where TPixel : unmanaged
    {
        var evenX = Vector256.Create(atX, atX + (2 * stepX), atX + (4 * stepX), atX + (6 * stepX));
        Vector256<long> oddX = evenX + Vector256.Create(stepX), nextX = Vector256.Create(8 * stepX);
        var evenY = Vector256.Create(atY, atY + (2 * stepY), atY + (4 * stepY), atY + (6 * stepY));
        Vector256<long> oddY = evenY + Vector256.Create(stepY), nextY = Vector256.Create(8 * stepY);
        var x = 0;
        fixed (TPixel* origin = plane)
        {
            for (; x <= row.Length - 8; x += 8)
            {
                Vector256<int> shortX = Join(evenX, oddX), shortY = Join(evenY, oddY);
                var place = ((shortY >> WeightBits) * width) + (shortX >> WeightBits);
                Vector256<int> weightX = shortX & Vector256.Create(WeightMask), weightY = shortY & Vector256.Create(WeightMask);
                var blend = typeof(TPixel) == typeof(byte)
                    ? OfBytes((byte*)origin, width, place, weightX, weightY)
                    : OfFloats((float*)origin, width, place, weightX, weightY);
                blend.StoreUnsafe(ref row[x]);
                evenX += nextX;
                oddX += nextX;
                evenY += nextY;
                oddY += nextY;
            }
        }
        return x;
    }

    // One gather fetches two neighbours: bytes 0 and 1 of each 32 bits, which become two 16-bit numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<float> OfBytes(byte* origin, int width, Vector256<int> place, Vector256<int> weightX, Vector256<int> weightY)
    {
        var neighbours = Vector256.Create(0xFF01FF00u, 0xFF05FF04, 0xFF09FF08, 0xFF0DFF0C, 0xFF01FF00, 0xFF05FF04, 0xFF09FF08, 0xFF0DFF0C).AsByte();
        var upper = Avx2.Shuffle(Avx2.GatherVector256((int*)origin, place, 1).AsByte(), neighbours).AsInt16();
        var lower = Avx2.Shuffle(Avx2.GatherVector256((int*)(origin + width), place, 1).AsByte(), neighbours).AsInt16();
        var weights = (Vector256.Create(1 << WeightBits) - weightX + (weightX << 16)).AsInt16(); // of the left and the right neighbour
        Vector256<int> top = Avx2.MultiplyAddAdjacent(upper, weights), bottom = Avx2.MultiplyAddAdjacent(lower, weights);
        var blend = (top << WeightBits) + ((bottom - top) * weightY);
        return Vector256.ConvertToSingle(blend) * (1f / (1 << (2 * WeightBits)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<float> OfFloats(float* origin, int width, Vector256<int> place, Vector256<int> weightX, Vector256<int> weightY) => Blend(
        Avx2.GatherVector256(origin, place, sizeof(float)), Avx2.GatherVector256(origin + 1, place, sizeof(float)),
        Avx2.GatherVector256(origin + width, place, sizeof(float)), Avx2.GatherVector256(origin + width + 1, place, sizeof(float)),
        Vector256.ConvertToSingle(weightX), Vector256.ConvertToSingle(weightY));

    // Inside the image coordinates are not negative and below 2^48: after the shift they fit 27 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Join(Vector256<long> even, Vector256<long> odd) =>
        ((even >>> (CoordinateBits - WeightBits)) | ((odd >>> (CoordinateBits - WeightBits)) << 32)).AsInt32();
}
