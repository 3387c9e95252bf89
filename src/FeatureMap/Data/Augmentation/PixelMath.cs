using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Data;

/// <summary>What happens to each pixel by itself: eight pixels in, eight pixels out. Only correctly rounded operations, so that bits are the same everywhere.</summary>
internal interface IPixelMap
{
    Vector256<float> Map(Vector256<float> pixels);
}

/// <summary>Loops over rows and planes of pixels that augmentations share. Vector256 has the same bits where the hardware has only 128.</summary>
internal static class PixelMath
{
    private static int Width => Vector256<float>.Count;

    /// <summary>Writes the bytes as numbers, 0 to 255.</summary>
    public static void Convert(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var index = 0;
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        for (; index <= source.Length - Vector128<byte>.Count; index += Vector128<byte>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)index));
            Store(low, ref to, index);
            Store(high, ref to, index + 8);
        }
        for (; index < source.Length; index++)
            destination[index] = source[index];

        static void Store(Vector128<ushort> values, ref float to, int index)
        {
            var (low, high) = Vector128.Widen(values);
            Vector128.ConvertToSingle(low.AsInt32()).StoreUnsafe(ref to, (nuint)index);
            Vector128.ConvertToSingle(high.AsInt32()).StoreUnsafe(ref to, (nuint)index + 4);
        }
    }

    /// <summary>Changes every pixel in place.</summary>
    public static void Map<TMap>(Span<float> pixels, TMap map) where TMap : struct, IPixelMap
    {
        ref var at = ref MemoryMarshal.GetReference(pixels);
        var index = 0;
        for (; index <= pixels.Length - Width; index += Width)
            map.Map(Vector256.LoadUnsafe(ref at, (nuint)index)).StoreUnsafe(ref at, (nuint)index);
        if (index == pixels.Length) return;
        Span<float> rest = stackalloc float[Width];
        var tail = pixels[index..];
        tail.CopyTo(rest);
        map.Map(Vector256.Create<float>(rest)).CopyTo(rest);
        rest[..tail.Length].CopyTo(tail);
    }

    /// <summary>to += weight x from, number by number.</summary>
    public static void AddScaled(Span<float> to, ReadOnlySpan<float> from, float weight)
    {
        ref var source = ref MemoryMarshal.GetReference(from[..to.Length]);
        ref var sum = ref MemoryMarshal.GetReference(to);
        var index = 0;
        for (; index <= to.Length - Width; index += Width)
            (Vector256.LoadUnsafe(ref sum, (nuint)index) + (Vector256.LoadUnsafe(ref source, (nuint)index) * weight)).StoreUnsafe(ref sum, (nuint)index);
        for (; index < to.Length; index++)
            to[index] += from[index] * weight;
    }

    /// <summary>to = weight x to + (1 - weight) x from, number by number.</summary>
    public static void Blend(Span<float> to, ReadOnlySpan<float> from, float weight)
    {
        ref var source = ref MemoryMarshal.GetReference(from[..to.Length]);
        ref var at = ref MemoryMarshal.GetReference(to);
        var other = 1 - weight;
        var index = 0;
        for (; index <= to.Length - Width; index += Width)
            ((Vector256.LoadUnsafe(ref at, (nuint)index) * weight) + (Vector256.LoadUnsafe(ref source, (nuint)index) * other)).StoreUnsafe(ref at, (nuint)index);
        for (; index < to.Length; index++)
            to[index] = (to[index] * weight) + (from[index] * other);
    }

    /// <summary>The sum of products: eight sums side by side, then those in order, whatever the machine.</summary>
    public static float Dot(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        ref var a = ref MemoryMarshal.GetReference(first);
        ref var b = ref MemoryMarshal.GetReference(second[..first.Length]);
        var sums = Vector256<float>.Zero;
        var index = 0;
        for (; index <= first.Length - Width; index += Width)
            sums += Vector256.LoadUnsafe(ref a, (nuint)index) * Vector256.LoadUnsafe(ref b, (nuint)index);
        var sum = InOrder(sums);
        for (; index < first.Length; index++)
            sum += first[index] * second[index];
        return sum;
    }

    /// <summary>The mean: sums of at most 1,024 pixels in single precision, their sum in double.</summary>
    public static double Mean(ReadOnlySpan<float> pixels)
    {
        double sum = 0;
        for (var rest = pixels; !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(1024, rest.Length)];
            sum += Sum(part);
            rest = rest[part.Length..];
        }
        return sum / pixels.Length;
    }

    /// <summary>The least and the greatest pixel.</summary>
    public static (float Least, float Greatest) Range(ReadOnlySpan<float> pixels)
    {
        float least = pixels[0], greatest = pixels[0];
        var index = 0;
        if (pixels.Length >= Width)
        {
            ref var at = ref MemoryMarshal.GetReference(pixels);
            Vector256<float> low = Vector256.LoadUnsafe(ref at), high = low;
            for (index = Width; index <= pixels.Length - Width; index += Width)
            {
                var values = Vector256.LoadUnsafe(ref at, (nuint)index);
                low = Vector256.Min(low, values);
                high = Vector256.Max(high, values);
            }
            for (var lane = 0; lane < Width; lane++)
                (least, greatest) = (Math.Min(least, low[lane]), Math.Max(greatest, high[lane]));
        }
        for (; index < pixels.Length; index++)
            (least, greatest) = (Math.Min(least, pixels[index]), Math.Max(greatest, pixels[index]));
        return (least, greatest);
    }

    private static float Sum(ReadOnlySpan<float> pixels)
    {
        ref var at = ref MemoryMarshal.GetReference(pixels);
        var sums = Vector256<float>.Zero;
        var index = 0;
        for (; index <= pixels.Length - Width; index += Width)
            sums += Vector256.LoadUnsafe(ref at, (nuint)index);
        var sum = InOrder(sums);
        for (; index < pixels.Length; index++)
            sum += pixels[index];
        return sum;
    }

    private static float InOrder(Vector256<float> sums)
    {
        var sum = sums[0];
        for (var lane = 1; lane < Width; lane++)
            sum += sums[lane];
        return sum;
    }
}
