using System.Numerics;
using FeatureMap.Networks;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>A batch that is put together on this machine: the images, and the targets of every other layer without op.</summary>
internal sealed unsafe class HostBatch : IGroupMemory, IDisposable
{
    private readonly Network network;
    private readonly Dictionary<int, HostImages> inputs = [];

    /// <param name="network">What the batch is for.</param>
    /// <param name="capacity">Images of a full batch.</param>
    /// <param name="engine">Where it goes.</param>
    public HostBatch(Network network, int capacity, TorchEngine engine)
    {
        this.network = network;
        foreach (var layer in network.Layers)
            if (layer.Op is null)
                inputs[layer.Index] = new HostImages(layer.Output, capacity, engine.IsChannelsLast, engine.Place);
    }

    /// <summary>Whether every group begins at the first image, whatever its slot: where callers share the batch.</summary>
    public bool IsShared { get; init; }

    /// <summary>What stands in a layer without op, on the device.</summary>
    public Tensor OnDevice(int layer, int images) => inputs[layer].OnDevice(images);

    /// <summary>Which image of the batch is the first of a slot.</summary>
    public int First(int slot) => IsShared ? 0 : slot * ImageGroup.Most;

    public void Dispose()
    {
        foreach (var images in inputs.Values)
            images.Dispose();
    }

    Shape IGroupMemory.ShapeOf(int layer) => network.Layers[layer].Output;

    void IGroupMemory.Put(
        int slot, int images, int layer, int channel, ReadOnlySpan<float> planes, NumberSteps steps, float scale, float offset) =>
        Put(slot, images, layer, channel, planes, steps, scale, offset);

    void IGroupMemory.Put(
        int slot, int images, int layer, int channel, ReadOnlySpan<byte> planes, NumberSteps steps, float scale, float offset) =>
        Put(slot, images, layer, channel, planes, steps, scale, offset);

    ImageNumbers IGroupMemory.Numbers(int slot, int layer, int image) => throw OnlyFilled();

    void IGroupMemory.CopyTo(int slot, int layer, int image, Span<float> target) => throw OnlyFilled();

    // One rounding per number, as on the processor.
    private void Put<T>(
        int slot, int images, int layer, int channel, ReadOnlySpan<T> planes, NumberSteps steps, float scale, float offset)
        where T : unmanaged, INumberBase<T>
    {
        var target = inputs[layer];
        for (var image = 0; image < images; image++)
        {
            var to = target.At(First(slot) + image, channel, out var step);
            var from = planes[(image * steps.Image)..];
            for (var pixel = 0; pixel < target.Shape.Area; pixel++, to += step)
                *to = MathF.FusedMultiplyAdd(float.CreateTruncating(from[pixel * steps.Pixel]), scale, offset);
        }
    }

    private static InvalidOperationException OnlyFilled() => new("A batch on its way in has no results.");
}
