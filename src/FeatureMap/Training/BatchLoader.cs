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
    private readonly Shape? mapShape = set.Targets is { Kind: not TargetKind.Numbers } maps ? augmentation.TargetShape(set.ImageShape, maps) : null;
    private readonly int workspaceFloats = set.Targets is { Kind: not TargetKind.Numbers } moved ? augmentation.WorkspaceFloats(set.ImageShape, moved) : augmentation.WorkspaceFloats(set.ImageShape);
    private readonly int[] mixedLabels = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];
    private readonly float[] ownWeights = new float[LaneLayout.Shards(capacity) * LaneLayout.Lanes];
    private long augmentationTicks;

    /// <summary>What the sampler chose for the current batch: image number n is image n % count of the set, shown for the (n / count)-th time in the epoch.</summary>
    public int[] Indices { get; } = new int[capacity];

    /// <summary>Their classes, 16 per shard.</summary>
    public int[] Labels { get; } = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    public ulong Seed { get; set; }

    public uint Epoch { get; set; }

    /// <summary>Shape of the target that the loss reads; null where it is the class.</summary>
    public Shape? TargetShape => set.Targets?.ShapeOf(mapShape ?? set.Targets.StoredShape);

    /// <summary>Floats of thread memory that <see cref="Load"/> uses: 16 images, as many again where they are mixed, 16 target maps, and what the augmentation works in.</summary>
    public long ScratchFloats => ImageFloats + ((mapShape?.Count ?? 0L) * LaneLayout.Lanes) + workspaceFloats;

    private long ImageFloats => (long)shape.Count * LaneLayout.Lanes * (mix is null ? 1 : 2);

    /// <summary>Seconds that all threads together have spent on augmenting and mixing so far.</summary>
    public double AugmentationSeconds => (double)Interlocked.Read(ref augmentationTicks) / Stopwatch.Frequency;

    /// <summary>Chooses the next batch.</summary>
    public void Set(ReadOnlySpan<int> images)
    {
        images.CopyTo(Indices);
        for (var i = 0; i < images.Length; i++)
            Labels[i] = set.Label(images[i] % set.Count);
    }

    /// <summary>The phase that loads a shard: images, and the targets that the loss reads.</summary>
    public Func<Plan, PhaseAction> Load(TrainingGraph graph) => plan => (in item) =>
    {
        FillImages(plan.Input.At(item.Slot), item);
        if (graph.Target is { } target)
        {
            if (set.Targets is not { } targets) FillTarget(plan.OutputOf(target), item);
            else if (mapShape is { } map) FillMap(plan.OutputOf(target), targets, map, item);
            else FillNumbers(plan.OutputOf(target), targets, item);
        }
        if (graph.ClassIndex is { } classIndex) FillClassIndex(plan.OutputOf(classIndex).At(item.Slot), item);
    };

    private void FillImages(float* target, in WorkItem item)
    {
        var start = Stopwatch.GetTimestamp();
        var count = shape.Count;
        var images = item.Scratch;
        var mixed = images + ((nint)count * LaneLayout.Lanes);
        var maps = Maps(item);
        var workspace = new Span<float>(item.Scratch + (nint)(ScratchFloats - workspaceFloats), workspaceFloats);
        for (var lane = 0; lane < item.Images; lane++)
        {
            var number = Indices[item.FirstImage + lane];
            var image = number % set.Count;
            var destination = new Span<float>(images + ((nint)lane * count), count);
            if (mapShape is { } map) augmentation.MovePair(set, image, Seed, Epoch, (uint)number, destination, new Span<float>(maps + ((nint)lane * map.Count), map.Count), workspace);
            else augmentation.Apply(set.Pixels(image), stored, Seed, Epoch, (uint)number, destination, workspace);
        }
        if (mix is not null)
        {
            Mix(images, mixed, item);
            images = mixed;
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
            var place = item.FirstImage + lane;
            var drawn = mix!.Draw(Seed, Epoch, (uint)Indices[place], lane, item.Images, shape);
            var target = new Span<float>(mixed + ((nint)lane * count), count);
            new Span<float>(images + ((nint)lane * count), count).CopyTo(target);
            drawn.BlendImage(target, new Span<float>(images + ((nint)drawn.Partner * count), count), shape);
            mixedLabels[place] = Labels[item.FirstImage + drawn.Partner];
            ownWeights[place] = drawn.Weight;
        }
    }

    // Where the target maps of the shard lie, moved with their images.
    private float* Maps(in WorkItem item) => item.Scratch + (nint)ImageFloats;

    private void FillMap(LaneTensor tensor, TargetSet targets, Shape map, in WorkItem item)
    {
        var target = tensor.At(item.Slot);
        var maps = Maps(item);
        for (var channel = 0; channel < tensor.Shape.Channels; channel++)
        {
            // A label map has one stored channel for all classes.
            nint first = tensor.Shape.Channels == map.Channels ? (nint)channel * map.Area : 0;
            for (var i = first; i < first + map.Area; i++)
            {
                var source = maps + i;
                for (var lane = 0; lane < item.Images; lane++, source += map.Count)
                    *target++ = targets.Number(*source, channel);
                target = FillIdleLanes(target, item.Images);
            }
        }
    }

    private void FillNumbers(LaneTensor tensor, TargetSet targets, in WorkItem item)
    {
        for (var lane = 0; lane < item.Images; lane++)
        {
            var target = tensor.At(item.Slot) + lane;
            foreach (var number in targets.Values(set.TargetOf(Indices[item.FirstImage + lane] % set.Count)))
            {
                *target = number;
                target += LaneLayout.Lanes;
            }
        }
        var row = tensor.At(item.Slot) + item.Images;
        for (var i = 0; i < tensor.Shape.Count; i++, row += LaneLayout.Lanes)
            FillIdleLanes(row, item.Images);
    }

    private void FillTarget(LaneTensor tensor, in WorkItem item)
    {
        var target = tensor.At(item.Slot);
        for (var label = 0; label < tensor.Shape.Channels; label++)
        {
            for (var lane = 0; lane < item.Images; lane++)
                *target++ = Weight(item.FirstImage + lane, label);
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
            *target++ = Labels[item.FirstImage + lane];
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
