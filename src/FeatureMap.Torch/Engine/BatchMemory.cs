using System.Numerics;
using System.Runtime.InteropServices;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// A batch on its way in and out: the feed fills groups of 16 images on our threads, with one rounding per number as on the processor, and
/// the reader reads them.
/// </summary>
internal sealed unsafe class BatchMemory : IGroupMemory, IDisposable
{
    private readonly Network network;
    private readonly EngineRequest request;
    private readonly TorchEngine engine;
    private readonly Dictionary<int, HostImages> inputs = [];
    private readonly nint[] results;
    private readonly float[][] work;
    private readonly Action<int> fill, read;
    private StepState step = new();
    private IBatchReader? reader;
    private int next;

    /// <param name="network">What the batch is for.</param>
    /// <param name="request">Feed and size.</param>
    /// <param name="engine">Where it goes, and who fills it.</param>
    public BatchMemory(Network network, EngineRequest request, TorchEngine engine)
    {
        (this.network, this.request, this.engine) = (network, request, engine);
        foreach (var layer in network.Layers)
            if (layer.Op is null)
                inputs[layer.Index] = new HostImages(layer.Output, request.Batch, engine.IsChannelsLast, engine.Place);
        results = new nint[network.Layers.Count];
        work = [.. Enumerable.Range(0, engine.Threads).Select(_ => new float[checked((int)request.Feed.WorkFloats)])];
        (fill, read) = (FillGroups, ReadGroups);
    }

    /// <summary>Which image of the buffers a group begins at is 16 times its slot; where callers share them, the first.</summary>
    public bool IsShared { get; init; }

    /// <summary>Has the whole batch filled.</summary>
    public void Fill(StepState step) => OnThreads(step, fill);

    /// <summary>Has one group filled.</summary>
    public void Fill(int slot, int first, int images) =>
        request.Feed.Fill(new ImageGroup(this, slot, first, 0, images, work[0]));

    /// <summary>What stands in a layer without op, on the device.</summary>
    public Tensor OnDevice(int layer, int images) => inputs[layer].OnDevice(images);

    /// <summary>Has the whole batch read.</summary>
    public void Read(Tensor[] outputs, IEnumerable<int> layers, StepState step, IBatchReader reader)
    {
        using var scope = NewDisposeScope();
        Fetch(outputs, layers);
        this.reader = reader;
        OnThreads(step, read);
    }

    /// <summary>Has one group read.</summary>
    public void Read(Tensor[] outputs, IEnumerable<int> layers, int slot, int first, int images, IBatchReader reader)
    {
        using var scope = NewDisposeScope();
        Fetch(outputs, layers);
        reader.Read(new ImageGroup(this, slot, first, 0, images, work[0]));
    }

    /// <summary>Copies all numbers of a tensor, planar.</summary>
    public static void Copy(Tensor source, Span<float> target) =>
        MemoryMarshal.Cast<byte, float>(source.cpu().contiguous().bytes)[..target.Length].CopyTo(target);

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

    ImageNumbers IGroupMemory.Numbers(int slot, int layer, int image) => new(Of(slot, layer, image), 1, 0);

    void IGroupMemory.CopyTo(int slot, int layer, int image, Span<float> target) => Of(slot, layer, image)[..target.Length].CopyTo(target);

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

    private ReadOnlySpan<float> Of(int slot, int layer, int image)
    {
        var count = network.Layers[layer].Output.Count;
        return new((float*)results[layer] + ((nint)(First(slot) + image) * count), count);
    }

    private int First(int slot) => IsShared ? 0 : slot * ImageGroup.Most;

    // Planar on this machine, alive to the end of the caller's scope.
    private void Fetch(Tensor[] outputs, IEnumerable<int> layers)
    {
        foreach (var layer in layers)
        {
            var values = outputs[layer].detach().cpu().contiguous();
            fixed (byte* first = &MemoryMarshal.GetReference(values.bytes))
                results[layer] = (nint)first;
        }
    }

    private void OnThreads(StepState step, Action<int> body)
    {
        (this.step, next) = (step, -1);
        if (step.Count <= ImageGroup.Most) body(0);
        else engine.Run(body);
    }

    private void FillGroups(int thread)
    {
        while (Next() is var group and >= 0)
            request.Feed.Fill(Group(group, thread));
    }

    private void ReadGroups(int thread)
    {
        while (Next() is var group and >= 0)
            reader!.Read(Group(group, thread));
    }

    private int Next()
    {
        var group = Interlocked.Increment(ref next);
        return group * ImageGroup.Most < step.Count ? group : -1;
    }

    private ImageGroup Group(int group, int thread)
    {
        var first = group * ImageGroup.Most;
        return new(this, group, step.ImagesBefore + first, first, Math.Min(ImageGroup.Most, step.Count - first), work[thread]);
    }
}
