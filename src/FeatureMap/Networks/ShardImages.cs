using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>Images on their way into the lanes of a shard and out of it. Lanes without an image become 0.</summary>
internal static unsafe class ShardImages
{
    /// <summary>Writes numbers as they are.</summary>
    /// <param name="source">The images, at most 16, one after another.</param>
    /// <param name="shape">The shape of one.</param>
    /// <param name="target">The shard's input.</param>
    /// <param name="layout">The order of the numbers of an image.</param>
    public static void Write(ReadOnlySpan<float> source, Shape shape, float* target, PixelLayout layout = PixelLayout.Planar)
    {
        var images = source.Length / shape.Count;
        var (channelStep, pixelStep) = Steps(layout, shape);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (int pixel = 0, at = channel * channelStep; pixel < shape.Area; pixel++, at += pixelStep, target += LaneLayout.Lanes)
            {
                if (images < LaneLayout.Lanes) new Span<float>(target, LaneLayout.Lanes).Clear();
                for (var lane = 0; lane < images; lane++)
                    target[lane] = source[at + (lane * shape.Count)];
            }
        }
    }

    /// <summary>Reads the images of a shard, planar and one after another.</summary>
    /// <param name="source">The shard's output.</param>
    /// <param name="images">How many it has.</param>
    /// <param name="target">Room for all of them.</param>
    public static void Read(float* source, int images, Span<float> target)
    {
        var count = target.Length / images;
        for (var lane = 0; lane < images; lane++)
            for (var i = 0; i < count; i++)
                target[(lane * count) + i] = source[(i * (nint)LaneLayout.Lanes) + lane];
    }

    /// <summary>One image of a batch whose shards are all there.</summary>
    public static float[] Gather(LaneTensor batch, int image)
    {
        var values = new float[batch.Shape.Count];
        Read(batch.At(image / LaneLayout.Lanes) + (image % LaneLayout.Lanes), 1, values);
        return values;
    }

    /// <summary>The part of all images, or of their outputs, that the shard of an item has.</summary>
    /// <param name="all">Image after image.</param>
    /// <param name="count">Numbers of one.</param>
    /// <param name="item">A shard.</param>
    public static Span<T> Part<T>(Span<T> all, int count, in WorkItem item) => all.Slice(item.Index * LaneLayout.Lanes * count, item.Images * count);

    /// <summary>From a channel to the next, and from a pixel to the next, of an image in this order.</summary>
    public static (int Channel, int Pixel) Steps(PixelLayout layout, Shape shape) => layout == PixelLayout.Planar ? (shape.Area, 1) : (1, shape.Channels);
}
