using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>Pixels on their way into the lanes of a shard; numbers are <see cref="ShardImages"/>.</summary>
internal static unsafe class ShardPixels
{
    /// <summary>Writes pixels, normalised by the arithmetic of training's loader, so that the bits are those of validation.</summary>
    public static void Write(
        ReadOnlySpan<byte> source, Shape shape, Normalization normalization, float* target, PixelLayout layout = PixelLayout.Planar)
    {
        var images = source.Length / shape.Count;
        var (channelStep, pixelStep) = ShardImages.Steps(layout, shape);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var (scale, offset) = (normalization.Scale(channel), normalization.Offset(channel));
            for (int pixel = 0, at = channel * channelStep; pixel < shape.Area; pixel++, at += pixelStep, target += LaneLayout.Lanes)
            {
                if (images < LaneLayout.Lanes) new Span<float>(target, LaneLayout.Lanes).Clear();
                for (var lane = 0; lane < images; lane++)
                    target[lane] = MathF.FusedMultiplyAdd(source[at + (lane * shape.Count)], scale, offset);
            }
        }
    }
}
