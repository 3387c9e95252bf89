using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FeatureMap.Lanes;

/// <summary>Neighbouring channels of a shard whose pixels are to be turned; pixels outside of the plane are 0.</summary>
internal readonly unsafe struct TurnedPlane(float* shard, int height, int width, int firstChannel, int endChannel)
{
    /// <summary>
    /// A register of channels of one pixel: images in the lanes become 16 rows, one per image, with the channels in the lanes. Channels
    /// behind the last one are 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Turn<TLanes>(int channel, int row, int column, float* target, nint targetStep, int images)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if ((uint)row >= (uint)height || (uint)column >= (uint)width)
        {
            for (var image = 0; image < images; image++)
                TLanes.Store(target + (image * targetStep), TLanes.Zero);
            return;
        }
        nint area = (nint)height * width, pixel = ((nint)row * width) + column;
        var first = firstChannel + channel;
        var source = shard + (((first * area) + pixel) * LaneLayout.Lanes);
        LaneTurn.Register<TLanes>(source, area * LaneLayout.Lanes, Math.Min(TLanes.Width, endChannel - first), target, targetStep, images);
    }
}

/// <summary>
/// Turns 16 images, or the first 4 or 8 of them, of as many channels as a register has lanes. Squares of 4 x 4 are
/// turned inside of registers, loads and stores take care of the rest; numbers only move, so every machine has the same bits.
/// </summary>
internal static unsafe class LaneTurn
{
    /// <summary>target[image][channel] = source[channel][image]; steps in floats. Channels that are not real count as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Register<TLanes>(float* source, nint sourceStep, int channels, float* target, nint targetStep, int images)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (channels < TLanes.Width) Ragged(source, sourceStep, channels, TLanes.Width, target, targetStep, images);
        else if (TLanes.Width == 16 && Avx512F.IsSupported) Turn16(source, sourceStep, target, targetStep, images);
        else if (TLanes.Width >= 8 && Avx.IsSupported)
            for (var channel = 0; channel < TLanes.Width; channel += 8)
                Turn8(source + (channel * sourceStep), sourceStep, target + channel, targetStep, images);
        else if (TLanes.Width >= 4)
            for (var channel = 0; channel < TLanes.Width; channel += 4)
                Turn4(source + (channel * sourceStep), sourceStep, target + channel, targetStep, images);
        else Ragged(source, sourceStep, channels, TLanes.Width, target, targetStep, images);
    }

    private static void Ragged(float* source, nint sourceStep, int channels, int width, float* target, nint targetStep, int images)
    {
        for (var image = 0; image < images; image++, source++, target += targetStep)
            for (var channel = 0; channel < width; channel++)
                target[channel] = channel < channels ? source[channel * sourceStep] : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Turn16(float* source, nint sourceStep, float* target, nint targetStep, int images)
    {
        // A register holds, in its four parts, the same four images of the channels c, c + 4, c + 8 and c + 12.
        for (var image = 0; image < images; image += 4, source += 4, target += 4 * targetStep)
        {
            var a = FourRows(source, 4 * sourceStep);
            var b = FourRows(source + sourceStep, 4 * sourceStep);
            var c = FourRows(source + (2 * sourceStep), 4 * sourceStep);
            var d = FourRows(source + (3 * sourceStep), 4 * sourceStep);
            var low0 = Avx512F.UnpackLow(a, b).AsDouble();
            var high0 = Avx512F.UnpackHigh(a, b).AsDouble();
            var low1 = Avx512F.UnpackLow(c, d).AsDouble();
            var high1 = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.Store(target, Avx512F.UnpackLow(low0, low1).AsSingle());
            Avx512F.Store(target + targetStep, Avx512F.UnpackHigh(low0, low1).AsSingle());
            Avx512F.Store(target + (2 * targetStep), Avx512F.UnpackLow(high0, high1).AsSingle());
            Avx512F.Store(target + (3 * targetStep), Avx512F.UnpackHigh(high0, high1).AsSingle());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FourRows(float* source, nint step)
    {
        var rows = Vector128.Load(source).ToVector256Unsafe().ToVector512Unsafe();
        rows = Avx512F.InsertVector128(rows, Vector128.Load(source + step), 1);
        rows = Avx512F.InsertVector128(rows, Vector128.Load(source + (2 * step)), 2);
        return Avx512F.InsertVector128(rows, Vector128.Load(source + (3 * step)), 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Turn8(float* source, nint sourceStep, float* target, nint targetStep, int images)
    {
        // A register holds four images of the channels c and c + 4.
        for (var image = 0; image < images; image += 4, source += 4, target += 4 * targetStep)
        {
            var a = TwoRows(source, 4 * sourceStep);
            var b = TwoRows(source + sourceStep, 4 * sourceStep);
            var c = TwoRows(source + (2 * sourceStep), 4 * sourceStep);
            var d = TwoRows(source + (3 * sourceStep), 4 * sourceStep);
            var low0 = Avx.UnpackLow(a, b).AsDouble();
            var high0 = Avx.UnpackHigh(a, b).AsDouble();
            var low1 = Avx.UnpackLow(c, d).AsDouble();
            var high1 = Avx.UnpackHigh(c, d).AsDouble();
            Avx.UnpackLow(low0, low1).AsSingle().Store(target);
            Avx.UnpackHigh(low0, low1).AsSingle().Store(target + targetStep);
            Avx.UnpackLow(high0, high1).AsSingle().Store(target + (2 * targetStep));
            Avx.UnpackHigh(high0, high1).AsSingle().Store(target + (3 * targetStep));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwoRows(float* source, nint step) =>
        Vector256.Create(Vector128.Load(source), Vector128.Load(source + step));

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Turn4(float* source, nint sourceStep, float* target, nint targetStep, int images)
    {
        for (var image = 0; image < images; image++, source++, target += targetStep)
            Vector128.Create(source[0], source[sourceStep], source[2 * sourceStep], source[3 * sourceStep]).Store(target);
    }
}
