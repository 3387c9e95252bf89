using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>
/// One image on its way into the layout with channels in the lanes, [channels / 16][row][column][16], and out of it. Lanes without a channel
/// become 0.
/// </summary>
internal static unsafe class ChannelImage
{
    /// <summary>Writes numbers as they are.</summary>
    public static void Write(ReadOnlySpan<float> source, Shape shape, float* target, PixelLayout layout = PixelLayout.Planar)
    {
        for (var channel = 0; channel < Padded(shape); channel++)
        {
            var to = target + ChannelSite.Place(shape, channel, 0);
            var (from, step) = Start(shape, channel, layout);
            for (var pixel = 0; pixel < shape.Area; pixel++, from += step, to += LaneLayout.Lanes)
                *to = channel < shape.Channels ? source[from] : 0;
        }
    }

    /// <summary>Writes pixels, normalised by the arithmetic of training's loader, so that the bits are those of validation.</summary>
    public static void Write(
        ReadOnlySpan<byte> source, Shape shape, Normalization normalization, float* target, PixelLayout layout = PixelLayout.Planar)
    {
        for (var channel = 0; channel < Padded(shape); channel++)
        {
            var to = target + ChannelSite.Place(shape, channel, 0);
            if (channel >= shape.Channels)
            {
                for (var pixel = 0; pixel < shape.Area; pixel++, to += LaneLayout.Lanes)
                    *to = 0;
                continue;
            }
            var (scale, offset) = (normalization.Scale(channel), normalization.Offset(channel));
            var (from, step) = Start(shape, channel, layout);
            for (var pixel = 0; pixel < shape.Area; pixel++, from += step, to += LaneLayout.Lanes)
                *to = MathF.FusedMultiplyAdd(source[from], scale, offset);
        }
    }

    /// <summary>Reads an output, planar.</summary>
    public static void Read(float* source, Shape shape, Span<float> target)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var from = source + ChannelSite.Place(shape, channel, 0);
            foreach (ref var number in target.Slice(channel * shape.Area, shape.Area))
            {
                number = *from;
                from += LaneLayout.Lanes;
            }
        }
    }

    private static int Padded(Shape shape) => ChannelSite.Blocked(shape).Channels * LaneLayout.Lanes;

    private static (int First, int Step) Start(Shape shape, int channel, PixelLayout layout) =>
        layout == PixelLayout.Planar ? (channel * shape.Area, 1) : (channel, shape.Channels);
}
