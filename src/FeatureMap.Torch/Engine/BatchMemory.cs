using System.Diagnostics;
using System.Runtime.InteropServices;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// Batches on their way in and out: the feed fills groups of 16 images on our threads, and the reader reads them. Where the device is not
/// this processor, the batch behind the one that it computes is filled meanwhile.
/// </summary>
internal sealed unsafe class BatchMemory : IGroupMemory, IDisposable
{
    // Half a millisecond: what takes less is done sooner than other threads are awake. libtorch's own, which wait without sleeping, are in
    // their way. Whoever does it, the numbers are the same.
    private static readonly long Short = Stopwatch.Frequency / 2000;

    private readonly Network network;
    private readonly EngineRequest request;
    private readonly TorchEngine engine;
    private readonly nint[] results;
    private readonly float[][] work;
    private readonly Action<int> fill, fillNext, read;
    private readonly bool isShared;
    private HostBatch now;
    private HostBatch? next;
    private float[][]? workAhead;
    private Task? ahead;
    private StepState step = new();
    private IBatchReader? reader;
    private int place, placeAhead, imagesAhead;

    // What all threads together took for the last batch.
    private long fillTicks = long.MaxValue, readTicks = long.MaxValue;

    /// <param name="network">What the batch is for.</param>
    /// <param name="request">Feed and size.</param>
    /// <param name="engine">Where it goes, and who fills it.</param>
    /// <param name="isShared">Whether callers share it: a group begins at the first image then, otherwise at 16 times its slot.</param>
    public BatchMemory(Network network, EngineRequest request, TorchEngine engine, bool isShared = false)
    {
        (this.network, this.request, this.engine, this.isShared) = (network, request, engine, isShared);
        now = NewBatch();
        results = new nint[network.Layers.Count];
        work = NewWork();
        (fill, fillNext, read) = (FillGroups, FillGroupsAhead, ReadGroups);
    }

    /// <summary>Whether the next batch is filled while one is computed.</summary>
    public bool FillsAhead => engine.Device.FillsAhead && !isShared && !request.KeepsOutputs;

    /// <summary>Batches so far that were filled while the one before was computed.</summary>
    public int FilledAhead { get; private set; }

    /// <summary>Has the whole batch filled, unless that was done before; where the next one is known, it is filled from here on.</summary>
    public void Fill(StepState step)
    {
        var isThere = Wait() && request.Feed.TakeNext();
        if (isThere) (now, next, FilledAhead) = (next!, now, FilledAhead + 1);
        else OnThreads(step, fill, ref fillTicks);
        if (!FillsAhead || (imagesAhead = request.Feed.BeginNext()) == 0) return;
        next ??= NewBatch();
        workAhead ??= NewWork();
        placeAhead = -1;
        ahead = engine.RunBeside(fillNext);
    }

    /// <summary>Has one group filled.</summary>
    public void Fill(int slot, int first, int images) =>
        request.Feed.Fill(new ImageGroup(now, slot, first, 0, images, work[0]));

    /// <summary>What stands in a layer without op, on the device.</summary>
    public Tensor OnDevice(int layer, int images) => now.OnDevice(layer, images);

    /// <summary>Has the whole batch read.</summary>
    public void Read(Tensor[] outputs, IEnumerable<int> layers, StepState step, IBatchReader reader)
    {
        using var scope = NewDisposeScope();
        Fetch(outputs, layers);
        this.reader = reader;
        OnThreads(step, read, ref readTicks);
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
        Wait();
        now.Dispose();
        next?.Dispose();
    }

    Shape IGroupMemory.ShapeOf(int layer) => network.Layers[layer].Output;

    void IGroupMemory.Put(
        int slot, int images, int layer, int channel, ReadOnlySpan<float> planes, NumberSteps steps, float scale, float offset) =>
        throw OnlyRead();

    void IGroupMemory.Put(
        int slot, int images, int layer, int channel, ReadOnlySpan<byte> planes, NumberSteps steps, float scale, float offset) =>
        throw OnlyRead();

    ImageNumbers IGroupMemory.Numbers(int slot, int layer, int image) => new(Of(slot, layer, image), 1, 0);

    void IGroupMemory.CopyTo(int slot, int layer, int image, Span<float> target) => Of(slot, layer, image)[..target.Length].CopyTo(target);

    private ReadOnlySpan<float> Of(int slot, int layer, int image)
    {
        var count = network.Layers[layer].Output.Count;
        return new((float*)results[layer] + ((nint)(now.First(slot) + image) * count), count);
    }

    private HostBatch NewBatch() => new(network, request.Batch, engine) { IsShared = isShared };

    private float[][] NewWork() => [.. Enumerable.Range(0, engine.Threads).Select(_ => new float[checked((int)request.Feed.WorkFloats)])];

    // Whether the next batch was filled to its end. What went wrong with it shows again when it is due, at its step.
    private bool Wait()
    {
        if (ahead is null) return false;
        Task.WaitAny(ahead);
        var isWhole = ahead.IsCompletedSuccessfully;
        _ = ahead.Exception;
        ahead = null;
        return isWhole;
    }

    private static InvalidOperationException OnlyRead() => new("Results are read, not put.");

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

    private void OnThreads(StepState step, Action<int> body, ref long ticks)
    {
        (this.step, place) = (step, -1);
        var isShort = ticks < Short;
        ticks = 0;
        if (isShort || step.Count <= ImageGroup.Most) body(0);
        else engine.Run(body);
    }

    private void FillGroups(int thread)
    {
        var start = Stopwatch.GetTimestamp();
        while (Next() is var group and >= 0)
            request.Feed.Fill(Group(now, group, thread));
        Interlocked.Add(ref fillTicks, Stopwatch.GetTimestamp() - start);
    }

    private void FillGroupsAhead(int thread)
    {
        while (Interlocked.Increment(ref placeAhead) * ImageGroup.Most is var first && first < imagesAhead)
            request.Feed.FillNext(new(
                next!, first / ImageGroup.Most, first, first, Math.Min(ImageGroup.Most, imagesAhead - first), workAhead![thread]));
    }

    private void ReadGroups(int thread)
    {
        var start = Stopwatch.GetTimestamp();
        while (Next() is var group and >= 0)
            reader!.Read(Group(this, group, thread));
        Interlocked.Add(ref readTicks, Stopwatch.GetTimestamp() - start);
    }

    private int Next()
    {
        var group = Interlocked.Increment(ref place);
        return group * ImageGroup.Most < step.Count ? group : -1;
    }

    private ImageGroup Group(IGroupMemory memory, int group, int thread)
    {
        var first = group * ImageGroup.Most;
        return new(memory, group, step.ImagesBefore + first, first, Math.Min(ImageGroup.Most, step.Count - first), work[thread]);
    }
}
