using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// Where a batch of images, or of targets, is put together on this machine: a tensor that the device then copies, or reads where it is.
/// </summary>
internal sealed unsafe class HostImages : IDisposable
{
    private readonly Tensor tensor;
    private readonly float* numbers;
    private readonly Device device;
    private readonly bool isChannelsLast;

    /// <param name="shape">Of one image.</param>
    /// <param name="capacity">Images of a full batch.</param>
    /// <param name="isChannelsLast">Whether the channels of a pixel stand beside each other.</param>
    /// <param name="device">Who reads them.</param>
    public HostImages(Shape shape, int capacity, bool isChannelsLast, Device device)
    {
        (Shape, this.device, this.isChannelsLast) = (shape, device, isChannelsLast && shape.Area > 1);
        using var scope = NewDisposeScope();
        long[] sizes = [capacity, shape.Channels, shape.Height, shape.Width];
        if (checked(capacity * (long)shape.Count * sizeof(float)) > int.MaxValue)
            throw new UsageException($"A batch of {capacity:N0} images of {shape} has more than 2 GiB: use a smaller batch.");
        var whole = zeros(sizes, dtype: ScalarType.Float32);
        if (device.type == DeviceType.CUDA) whole = whole.pin_memory();
        if (this.isChannelsLast)
            whole = whole.as_strided(sizes, [shape.Count, 1, (long)shape.Width * shape.Channels, shape.Channels], 0);
        tensor = whole.DetachFromDisposeScope();
        using var flat = whole.as_strided([capacity * (long)shape.Count], [1], 0);
        fixed (byte* first = &MemoryMarshal.GetReference(flat.bytes))
            numbers = (float*)first;
    }

    public Shape Shape { get; }

    /// <summary>The first images, where the device reads them.</summary>
    public Tensor OnDevice(int images)
    {
        var here = tensor.narrow(0, 0, images);
        return device.type == DeviceType.CPU ? here : here.to(device);
    }

    /// <summary>The first number of an image's channel; <paramref name="step"/> is from pixel to pixel.</summary>
    public float* At(int image, int channel, out int step)
    {
        step = isChannelsLast ? Shape.Channels : 1;
        return numbers + ((nint)image * Shape.Count) + (isChannelsLast ? channel : (nint)channel * Shape.Area);
    }

    public void Dispose() => tensor.Dispose();
}
