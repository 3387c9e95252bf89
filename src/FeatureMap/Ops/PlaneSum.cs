using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>The sum of a plane's pixels per image, in four interleaved partial sums: an addition takes four cycles, so one alone would wait for itself.</summary>
internal static unsafe class PlaneSum<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>The sum over pixels that stand 16 floats apart, for the lanes of one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TLanes Of(float* pixels, nint count)
    {
        TLanes s0 = TLanes.Zero, s1 = TLanes.Zero, s2 = TLanes.Zero, s3 = TLanes.Zero;
        nint pixel = 0;
        for (; pixel + 4 <= count; pixel += 4, pixels += 4 * LaneLayout.Lanes)
        {
            s0 += TLanes.Load(pixels);
            s1 += TLanes.Load(pixels + LaneLayout.Lanes);
            s2 += TLanes.Load(pixels + (2 * LaneLayout.Lanes));
            s3 += TLanes.Load(pixels + (3 * LaneLayout.Lanes));
        }
        for (; pixel < count; pixel++, pixels += LaneLayout.Lanes)
            s0 += TLanes.Load(pixels);
        return (s0 + s1) + (s2 + s3);
    }

    /// <summary>The sum over pixels and images, for each channel: the gradient of a bias.</summary>
    /// <param name="gradient">The first channel; lanes without an image hold 0.</param>
    /// <param name="channels">How many.</param>
    /// <param name="area">Pixels of a channel.</param>
    /// <param name="occupied">Lanes that can have an image.</param>
    /// <param name="target">One sum per channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OverChannels(float* gradient, int channels, nint area, int occupied, float* target)
    {
        var lanes = stackalloc float[LaneLayout.Lanes];
        new Span<float>(lanes, LaneLayout.Lanes).Clear();
        for (var channel = 0; channel < channels; channel++, gradient += area * LaneLayout.Lanes)
        {
            for (var part = 0; part < occupied; part += TLanes.Width)
                TLanes.Store(lanes + part, Of(gradient + part, area));
            target[channel] = LaneMath.Sum(lanes);
        }
    }
}
