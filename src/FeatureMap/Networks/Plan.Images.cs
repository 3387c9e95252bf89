using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>Images on their way into the lanes of a shard and out of it: a group is a shard.</summary>
internal sealed unsafe partial class Plan : IGroupMemory
{
    public Span<float> Gradient(int parameter) => Gradients[parameter] is { } gradient ? gradient.Span : [];

    public bool KeepsOutput(int layer)
    {
        var output = OutputOf(layer);
        for (var later = PlaceOf(layer) + 1; later < layout.Outputs.Count; later++)
            if (ReferenceEquals(layout.Outputs[later], output))
                return false;
        return true;
    }

    public void ReadOutput(int layer, int image, Span<float> target) => Read(OutputOf(layer), image, target);

    public void ReadGradient(int layer, int image, Span<float> target)
    {
        if ((layer == 0 ? layout.ImageGradient : layout.KeptGradient(layer)) is { } gradient) Read(gradient, image, target);
        else target.Clear();
    }

    Shape IGroupMemory.ShapeOf(int layer) => OutputOf(layer).Shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IGroupMemory.Put(int slot, int images, int layer, int channel, ReadOnlySpan<float> planes, NumberSteps steps, float scale, float offset)
    {
        var tensor = OutputOf(layer);
        var target = tensor.At(slot) + (channel * tensor.ChannelStep);
        CheckLength(planes.Length, images, tensor, steps);
        fixed (float* first = planes)
        {
            var source = first;
            for (var pixel = 0; pixel < tensor.Shape.Area; pixel++, source += steps.Pixel)
            {
                var number = source;
                for (var lane = 0; lane < images; lane++, number += steps.Image)
                    *target++ = MathF.FusedMultiplyAdd(*number, scale, offset);
                target = FillIdleLanes(target, images);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IGroupMemory.Put(int slot, int images, int layer, int channel, ReadOnlySpan<byte> planes, NumberSteps steps, float scale, float offset)
    {
        var tensor = OutputOf(layer);
        var target = tensor.At(slot) + (channel * tensor.ChannelStep);
        CheckLength(planes.Length, images, tensor, steps);
        fixed (byte* first = planes)
        {
            var source = first;
            for (var pixel = 0; pixel < tensor.Shape.Area; pixel++, source += steps.Pixel)
            {
                var number = source;
                for (var lane = 0; lane < images; lane++, number += steps.Image)
                    *target++ = MathF.FusedMultiplyAdd(*number, scale, offset);
                target = FillIdleLanes(target, images);
            }
        }
    }

    ImageNumbers IGroupMemory.Numbers(int slot, int layer, int image)
    {
        var tensor = OutputOf(layer);
        return new(new ReadOnlySpan<float>(tensor.At(slot), (int)tensor.Floats), LaneLayout.Lanes, image);
    }

    void IGroupMemory.CopyTo(int slot, int layer, int image, Span<float> target) =>
        CopyTo(OutputOf(layer).At(slot) + image, target);

    private static void CheckLength(int received, int images, LaneTensor tensor, NumberSteps steps) =>
        ArgumentOutOfRangeException.ThrowIfLessThan(received, ((images - 1) * steps.Image) + ((tensor.Shape.Area - 1) * steps.Pixel) + 1);

    // Lanes without an image repeat the first one: whatever is finite for images (a logarithm, a root, a quotient) is finite there too, and
    // 0 x finite is the 0 that keeps these lanes out of every gradient.
    private static float* FillIdleLanes(float* target, int images)
    {
        var first = target[-images];
        for (var lane = images; lane < LaneLayout.Lanes; lane++)
            *target++ = first;
        return target;
    }

    private static void Read(LaneTensor source, int image, Span<float> target) =>
        CopyTo(source.At(image / LaneLayout.Lanes) + (image % LaneLayout.Lanes), target);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTo(float* lane, Span<float> target)
    {
        for (var i = 0; i < target.Length; i++, lane += LaneLayout.Lanes)
            target[i] = *lane;
    }

    // Whoever feeds and reads counts the layers of the network that was asked for.
    private int PlaceOf(int layer) => request.Strips?.Places[layer] ?? layer;

    private LaneTensor OutputOf(int layer) => layout.Outputs[PlaceOf(layer)];

    private void Fill(in WorkItem item) => request.Feed.Fill(GroupOf(item));

    private void ReadResults(in WorkItem item) => request.Reader!.Read(GroupOf(item));

    private ImageGroup GroupOf(in WorkItem item) => new(
        this, item.Slot, item.FirstImage, item.Index * LaneLayout.Lanes, item.Images,
        new Span<float>(item.Scratch, checked((int)request.Feed.WorkFloats)));
}
