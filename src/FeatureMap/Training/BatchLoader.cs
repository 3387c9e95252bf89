using System.Diagnostics;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Fills shards with images and targets inside the worker threads: augments, mixes, normalises and turns them into the lane layout.</summary>
internal sealed unsafe class BatchLoader(ImageSet set, Normalization normalization, Augmentation augmentation, LabelMix? mix, int capacity)
{
    private readonly Shape stored = set.ImageShape, shape = augmentation.OutputShape(set.ImageShape);
    private readonly int[] mixedLabels = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];
    private readonly float[] ownWeights = new float[LaneLayout.Shards(capacity) * LaneLayout.Lanes];
    private long augmentationTicks;

    /// <summary>The images of the current batch, by their number in the set.</summary>
    public int[] Indices { get; } = new int[capacity];

    /// <summary>Their classes, 16 per shard.</summary>
    public int[] Labels { get; } = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    public ulong Seed { get; set; }

    public uint Epoch { get; set; }

    /// <summary>Floats of thread memory that <see cref="Load"/> uses: 16 images, as many again where they are mixed, and what the augmentation works in.</summary>
    public long ScratchFloats => ((long)shape.Count * LaneLayout.Lanes * (mix is null ? 1 : 2)) + augmentation.WorkspaceFloats(stored);

    /// <summary>Seconds that all threads together have spent on augmenting and mixing so far.</summary>
    public double AugmentationSeconds => (double)Interlocked.Read(ref augmentationTicks) / Stopwatch.Frequency;

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
        var start = Stopwatch.GetTimestamp();
        var count = shape.Count;
        var images = item.Scratch;
        var rest = images + ((nint)count * LaneLayout.Lanes);
        var workspace = new Span<float>(mix is null ? rest : rest + ((nint)count * LaneLayout.Lanes), augmentation.WorkspaceFloats(stored));
        for (var lane = 0; lane < item.Images; lane++)
        {
            var index = Indices[(item.Index * LaneLayout.Lanes) + lane];
            augmentation.Apply(set.Pixels(index), stored, Seed, Epoch, (uint)index, new Span<float>(images + ((nint)lane * count), count), workspace);
        }
        if (mix is not null)
        {
            Mix(images, rest, item);
            images = rest;
        }
        Interlocked.Add(ref augmentationTicks, Stopwatch.GetTimestamp() - start);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var scale = normalization.Scale(channel);
            var offset = normalization.Offset(channel);
            for (nint i = (nint)channel * shape.Area, end = i + shape.Area; i < end; i++)
            {
                var source = images + i;
                for (var lane = 0; lane < item.Images; lane++, source += count)
                    *target++ = MathF.FusedMultiplyAdd(*source, scale, offset);
                target = FillIdleLanes(target, item.Images);
            }
        }
    }

    // An image meets another one of its shard: the order of an epoch is random, so any of them will do, and nothing has to be augmented twice.
    private void Mix(float* images, float* mixed, in WorkItem item)
    {
        var count = shape.Count;
        for (var lane = 0; lane < item.Images; lane++)
        {
            var place = (item.Index * LaneLayout.Lanes) + lane;
            var drawn = mix!.Draw(Seed, Epoch, (uint)Indices[place], lane, item.Images, shape);
            var target = new Span<float>(mixed + ((nint)lane * count), count);
            new Span<float>(images + ((nint)lane * count), count).CopyTo(target);
            drawn.BlendImage(target, new Span<float>(images + ((nint)drawn.Partner * count), count), shape);
            mixedLabels[place] = Labels[(item.Index * LaneLayout.Lanes) + drawn.Partner];
            ownWeights[place] = drawn.Weight;
        }
    }

    private void FillTarget(LaneTensor tensor, in WorkItem item)
    {
        var target = tensor.At(item.Slot);
        for (var label = 0; label < tensor.Shape.Channels; label++)
        {
            for (var lane = 0; lane < item.Images; lane++)
                *target++ = Weight((item.Index * LaneLayout.Lanes) + lane, label);
            target = FillIdleLanes(target, item.Images);
        }
    }

    private float Weight(int place, int label)
    {
        if (mix is null) return Labels[place] == label ? 1 : 0;
        return (Labels[place] == label ? ownWeights[place] : 0) + (mixedLabels[place] == label ? 1 - ownWeights[place] : 0);
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
