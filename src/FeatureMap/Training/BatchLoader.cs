using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Fills shards with images and targets inside the worker threads: augments, normalises and turns them into the lane layout.</summary>
internal sealed unsafe class BatchLoader(ImageSet set, Normalization normalization, Augmentation augmentation, int capacity)
{
    private readonly Shape shape = set.ImageShape;

    /// <summary>The images of the current batch, by their number in the set.</summary>
    public int[] Indices { get; } = new int[capacity];

    /// <summary>Their classes, 16 per shard.</summary>
    public int[] Labels { get; } = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    public ulong Seed { get; set; }

    public uint Epoch { get; set; }

    /// <summary>Floats of thread memory that <see cref="Load"/> uses.</summary>
    public long ScratchFloats => (long)shape.Count * LaneLayout.Lanes;

    /// <summary>Chooses the next batch.</summary>
    public void Set(ReadOnlySpan<int> images)
    {
        images.CopyTo(Indices);
        for (var i = 0; i < images.Length; i++)
            Labels[i] = set.Label(images[i]);
    }

    /// <summary>The phase that loads a shard: images, and the targets that the loss reads.</summary>
    public Func<Plan, PhaseAction> Load(TrainingGraph graph) => plan => (in item) =>
    {
        FillImages(plan.Input.At(item.Slot), item);
        if (graph.Target is { } target) FillTarget(plan.OutputOf(target), item);
        if (graph.ClassIndex is { } classIndex) FillClassIndex(plan.OutputOf(classIndex).At(item.Slot), item);
    };

    private void FillImages(float* target, in WorkItem item)
    {
        var count = shape.Count;
        for (var lane = 0; lane < item.Images; lane++)
        {
            var index = Indices[(item.Index * LaneLayout.Lanes) + lane];
            augmentation.Apply(set.Pixels(index), shape, Seed, Epoch, (uint)index, new Span<float>(item.Scratch + ((nint)lane * count), count));
        }
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var scale = normalization.Scale(channel);
            var offset = normalization.Offset(channel);
            for (nint i = (nint)channel * shape.Area, end = i + shape.Area; i < end; i++)
            {
                var source = item.Scratch + i;
                for (var lane = 0; lane < item.Images; lane++, source += count)
                    *target++ = MathF.FusedMultiplyAdd(*source, scale, offset);
                target = FillIdleLanes(target, item.Images);
            }
        }
    }

    private void FillTarget(LaneTensor tensor, in WorkItem item)
    {
        var target = tensor.At(item.Slot);
        for (var label = 0; label < tensor.Shape.Channels; label++)
        {
            for (var lane = 0; lane < item.Images; lane++)
                *target++ = Labels[(item.Index * LaneLayout.Lanes) + lane] == label ? 1 : 0;
            target = FillIdleLanes(target, item.Images);
        }
    }

    private void FillClassIndex(float* target, in WorkItem item)
    {
        for (var lane = 0; lane < item.Images; lane++)
            *target++ = Labels[(item.Index * LaneLayout.Lanes) + lane];
        FillIdleLanes(target, item.Images);
    }

    // Lanes without an image repeat the first one: whatever is finite for images (a logarithm, a root, a quotient) is finite there too, and 0 x finite is the 0
    // that keeps these lanes out of every gradient.
    private static float* FillIdleLanes(float* target, int images)
    {
        var first = target[-images];
        for (var lane = images; lane < LaneLayout.Lanes; lane++)
            *target++ = first;
        return target;
    }
}
