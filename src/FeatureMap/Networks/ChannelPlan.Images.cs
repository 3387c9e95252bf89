using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>One image on its way into the layout with channels in the lanes, [channels / 16][row][column][16], and out of it.</summary>
internal sealed unsafe partial class ChannelPlan : IGroupMemory
{
    /// <summary>Makes lanes of the inputs that have no channel 0: kernels let them reach nothing, but they must be finite.</summary>
    public void ClearIdleLanes(int slot)
    {
        foreach (var layer in sources)
            if (layer.Output.Channels % LaneLayout.Lanes != 0)
                new Span<float>(
                    outputs[layer.Index].At(slot, layer.Output.Channels / LaneLayout.Lanes), (int)outputs[layer.Index].ChannelStep).Clear();
    }

    Shape IGroupMemory.ShapeOf(int layer) => network.Layers[layer].Output;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IGroupMemory.Put(
        int slot, int images, int layer, int channel, ReadOnlySpan<float> planes, NumberSteps steps, float scale, float offset)
    {
        CheckLength(planes.Length, layer, steps);
        var target = PlaneOf(slot, layer, channel);
        for (int pixel = 0, from = 0; pixel < network.Layers[layer].Output.Area; pixel++, from += steps.Pixel, target += LaneLayout.Lanes)
            *target = MathF.FusedMultiplyAdd(planes[from], scale, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IGroupMemory.Put(
        int slot, int images, int layer, int channel, ReadOnlySpan<byte> planes, NumberSteps steps, float scale, float offset)
    {
        CheckLength(planes.Length, layer, steps);
        var target = PlaneOf(slot, layer, channel);
        for (int pixel = 0, from = 0; pixel < network.Layers[layer].Output.Area; pixel++, from += steps.Pixel, target += LaneLayout.Lanes)
            *target = MathF.FusedMultiplyAdd(planes[from], scale, offset);
    }

    // Between the numbers of a map of several channels there is no one distance: they are copied.
    ImageNumbers IGroupMemory.Numbers(int slot, int layer, int image)
    {
        var shape = network.Layers[layer].Output;
        if (shape.Area == 1 || shape.Channels == 1)
            return new(new(outputs[layer].At(slot), (int)outputs[layer].Floats), shape.Area == 1 ? 1 : LaneLayout.Lanes, 0);
        var numbers = copies[slot][layer] ??= new float[shape.Count];
        ((IGroupMemory)this).CopyTo(slot, layer, image, numbers);
        return new(numbers, 1, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IGroupMemory.CopyTo(int slot, int layer, int image, Span<float> target)
    {
        var shape = network.Layers[layer].Output;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var from = PlaneOf(slot, layer, channel);
            foreach (ref var number in target.Slice(channel * shape.Area, shape.Area))
            {
                number = *from;
                from += LaneLayout.Lanes;
            }
        }
    }

    private float* PlaneOf(int slot, int layer, int channel) =>
        outputs[layer].At(slot, channel / LaneLayout.Lanes) + (channel % LaneLayout.Lanes);

    private void CheckLength(int received, int layer, NumberSteps steps) =>
        ArgumentOutOfRangeException.ThrowIfLessThan(received, ((network.Layers[layer].Output.Area - 1) * steps.Pixel) + 1);
}
