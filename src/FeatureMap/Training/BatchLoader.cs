using System.Diagnostics;
using System.Runtime.InteropServices;
using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>Fills groups with images and targets inside the worker threads: augments, mixes and normalises them.</summary>
internal sealed class BatchLoader(ImageSet set, Normalization normalization, Augmentation augmentation, LabelMix? mix, int capacity)
{
    private readonly Shape stored = set.ImageShape, shape = augmentation.OutputShape(set.ImageShape);
    private readonly Shape? mapShape = set.Targets is { Kind: TargetKind.LabelMap or TargetKind.Image } maps
        ? augmentation.TargetShape(set.ImageShape, maps) : null;
    private readonly Shape? boxShape = set.Targets is { Kind: TargetKind.Boxes } boxes ? augmentation.TargetShape(set.ImageShape, boxes)
        : null;
    private readonly int mostBoxes = set.Targets?.MostBoxes ?? 0;
    private readonly int workspaceFloats = set.Targets is { AreNumbers: false } moved
        ? augmentation.WorkspaceFloats(set.ImageShape, moved) : augmentation.WorkspaceFloats(set.ImageShape);
    private readonly ImageSet set = set;
    private readonly Chosen now = new(capacity, set);

    // The batch that follows, as it was announced, and the one that is filled or was filled ahead.
    private Chosen? announced, next;
    private long augmentationTicks;

    /// <summary>What the sampler chose for the current batch: image number n is image n % count of the set, shown for the (n / count)-th time in the epoch.</summary>
    public int[] Indices => now.Indices;

    /// <summary>Their classes, 16 per shard.</summary>
    public int[] Labels => now.Labels;

    public ulong Seed { get; set; }

    public uint Epoch { get; set; }

    /// <summary>Shape of the target that the loss reads; null where it is the class.</summary>
    public Shape? TargetShape => set.Targets?.ShapeOf(mapShape ?? set.Targets.StoredShape);

    // The images of whole groups.
    private static int Whole(int images) => (images + ImageGroup.Most - 1) / ImageGroup.Most * ImageGroup.Most;

    private int ImageFloats => checked(shape.Count * ImageGroup.Most * (mix is null ? 1 : 2));

    // The maps of a group, or its boxes.
    private int MapFloats => checked(((mapShape?.Count ?? 0) + BoxFloats) * ImageGroup.Most);

    private int BoxFloats => mostBoxes * TargetBox.Numbers;

    /// <summary>Seconds that all threads together have spent on augmenting and mixing so far.</summary>
    public double AugmentationSeconds => (double)Interlocked.Read(ref augmentationTicks) / Stopwatch.Frequency;

    /// <summary>Chooses the batch that is due.</summary>
    public void Set(ReadOnlySpan<int> images) => now.Choose(images, Epoch);

    /// <summary>Says which batch follows in this epoch, for an engine that fills ahead; none where it is empty.</summary>
    public void Announce(ReadOnlySpan<int> images)
    {
        announced ??= new Chosen(Indices.Length, set);
        announced.Choose(images, Epoch);
    }

    /// <summary>A batch: which images, and what their targets are made of while it is filled.</summary>
    private sealed class Chosen(int capacity, ImageSet set)
    {
        private int count;

        public int[] Indices { get; } = new int[capacity];

        public int[] Labels { get; } = new int[Whole(capacity)];

        public int[] MixedLabels { get; } = new int[Whole(capacity)];

        public float[] OwnWeights { get; } = new float[Whole(capacity)];

        public int[] BoxCounts { get; } = new int[set.Targets?.Kind == TargetKind.Boxes ? Whole(capacity) : 0];

        public uint Epoch { get; private set; }

        public ReadOnlySpan<int> Images => Indices.AsSpan(0, count);

        public void Choose(ReadOnlySpan<int> images, uint epoch)
        {
            (count, Epoch) = (images.Length, epoch);
            images.CopyTo(Indices);
            for (var i = 0; i < images.Length; i++)
                Labels[i] = set.Label(images[i] % set.Count);
        }
    }

    /// <summary>Loads groups: images, and the targets that the loss reads.</summary>
    public IBatchFeed Feed(TrainingGraph graph) => new GroupFeed(this, graph);

    private sealed class GroupFeed(BatchLoader loader, TrainingGraph graph) : IBatchFeed
    {
        private readonly int targetFloats =
            checked((loader.boxShape?.Count ?? graph.TargetLayer?.Output.Area ?? 1) * ImageGroup.Most);

        /// <summary>
        /// The images of a group, as many again where they are mixed, their target maps or boxes, what the augmentation works in, and a
        /// channel of the targets, all of them where they are made of boxes.
        /// </summary>
        public long WorkFloats => (long)loader.ImageFloats + loader.MapFloats + loader.workspaceFloats + targetFloats;

        public void Fill(in ImageGroup group) => Fill(group, loader.now);

        public void FillNext(in ImageGroup group) => Fill(group, loader.next!);

        public int BeginNext()
        {
            if (loader.announced is not { } announced) return 0;
            loader.next ??= new Chosen(loader.Indices.Length, loader.set);
            loader.next.Choose(announced.Images, announced.Epoch);
            return announced.Images.Length;
        }

        public bool TakeNext() => loader.next is { } next && next.Epoch == loader.now.Epoch && next.Images.SequenceEqual(loader.now.Images);

        private void Fill(in ImageGroup group, Chosen batch)
        {
            loader.FillImages(group, batch);
            if (graph.TargetLayer is { } target)
            {
                if (loader.set.Targets is not { } targets) loader.FillTarget(target, group, batch, group.Work[^targetFloats..]);
                else if (loader.boxShape is { } shape) loader.FillBoxes(target, targets.Encoder!, shape, group, batch,
                    group.Work[^targetFloats..]);
                else if (loader.mapShape is { } map) loader.FillMap(target, targets, map, group, group.Work[^targetFloats..]);
                else loader.FillNumbers(target, targets, group, batch, group.Work[^targetFloats..]);
            }
            if (graph.ClassIndex is { } classIndex) FillClassIndex(classIndex, group, batch, group.Work[^targetFloats..]);
        }
    }

    private void FillImages(in ImageGroup group, Chosen batch)
    {
        var start = Stopwatch.GetTimestamp();
        var count = shape.Count;
        var images = group.Work[..(count * ImageGroup.Most)];
        var maps = Maps(group);
        var workspace = group.Work.Slice(ImageFloats + MapFloats, workspaceFloats);
        for (var place = 0; place < group.Count; place++)
        {
            var number = batch.Indices[group.First + place];
            var image = number % set.Count;
            var destination = images.Slice(place * count, count);
            if (mapShape is { } map)
                augmentation.MovePair(
                    set, image, Seed, batch.Epoch, (uint)number, destination, maps.Slice(place * map.Count, map.Count), workspace);
            else if (boxShape is not null)
                batch.BoxCounts[group.First + place] = augmentation.MoveBoxes(
                    set, image, Seed, batch.Epoch, (uint)number, destination, Boxes(maps, place), workspace);
            else if (set.HasNumbers) set.Numbers(image).CopyTo(destination);
            else augmentation.Apply(set.Pixels(image), stored, Seed, batch.Epoch, (uint)number, destination, workspace);
        }
        if (mix is not null)
        {
            var mixed = group.Work.Slice(count * ImageGroup.Most, count * ImageGroup.Most);
            Mix(images, mixed, group, batch);
            images = mixed;
        }
        Interlocked.Add(ref augmentationTicks, Stopwatch.GetTimestamp() - start);
        for (var channel = 0; channel < shape.Channels; channel++)
            group.Put(
                0, channel, images[(channel * shape.Area)..], new NumberSteps(count, 1),
                normalization.Scale(channel), normalization.Offset(channel));
    }

    // An image meets another one of its group: the order of an epoch is random, so any of them will do, and nothing has to be augmented
    // twice.
    private void Mix(Span<float> images, Span<float> mixed, in ImageGroup group, Chosen batch)
    {
        var count = shape.Count;
        for (var image = 0; image < group.Count; image++)
        {
            var place = group.First + image;
            var drawn = mix!.Draw(Seed, batch.Epoch, (uint)batch.Indices[place], image, group.Count, shape);
            var target = mixed.Slice(image * count, count);
            images.Slice(image * count, count).CopyTo(target);
            drawn.BlendImage(target, images.Slice(drawn.Partner * count, count), shape);
            batch.MixedLabels[place] = batch.Labels[group.First + drawn.Partner];
            batch.OwnWeights[place] = drawn.Weight;
        }
    }

    // Where the target maps of the group lie, moved with their images.
    private Span<float> Maps(in ImageGroup group) => group.Work.Slice(ImageFloats, MapFloats);

    private Span<TargetBox> Boxes(Span<float> maps, int place) =>
        MemoryMarshal.Cast<float, TargetBox>(maps.Slice(place * BoxFloats, BoxFloats));

    // Cells of all channels of an image are written at once, so the images stand one after the other.
    private void FillBoxes(Layer layer, IBoxEncoder encoder, Shape shape, in ImageGroup group, Chosen batch, Span<float> planes)
    {
        var maps = Maps(group);
        for (var place = 0; place < group.Count; place++)
            encoder.Encode(Boxes(maps, place)[..batch.BoxCounts[group.First + place]], planes.Slice(place * shape.Count, shape.Count));
        group.Put(layer.Index, planes[..(group.Count * shape.Count)]);
    }

    private void FillMap(Layer layer, TargetSet targets, Shape map, in ImageGroup group, Span<float> planes)
    {
        var maps = Maps(group);
        var area = map.Area;
        for (var channel = 0; channel < layer.Output.Channels; channel++)
        {
            // A label map has one stored channel for all classes.
            var first = layer.Output.Channels == map.Channels ? channel * area : 0;
            for (var image = 0; image < group.Count; image++)
            {
                var stored = maps.Slice((image * map.Count) + first, area);
                var plane = planes.Slice(image * area, area);
                for (var i = 0; i < plane.Length; i++)
                    plane[i] = targets.Number(stored[i], channel);
            }
            group.Put(layer.Index, channel, planes, new NumberSteps(area, 1));
        }
    }

    // A vector, whose channels have one number each.
    private void FillNumbers(Layer layer, TargetSet targets, in ImageGroup group, Chosen batch, Span<float> planes)
    {
        var (area, channels) = (layer.Output.Area, layer.Output.Channels);
        for (var channel = 0; channel < channels; channel++)
        {
            for (var image = 0; image < group.Count; image++)
            {
                var numbers = targets.Values(set.TargetOf(batch.Indices[group.First + image] % set.Count));
                numbers.Slice(channel * area, area).CopyTo(planes[(image * area)..]);
            }
            group.Put(layer.Index, channel, planes, new NumberSteps(area, 1));
        }
    }

    private void FillTarget(Layer layer, in ImageGroup group, Chosen batch, Span<float> planes)
    {
        for (var label = 0; label < layer.Output.Channels; label++)
        {
            for (var image = 0; image < group.Count; image++)
                planes[image] = Weight(batch, group.First + image, label);
            group.Put(layer.Index, label, planes, new NumberSteps(1, 1));
        }
    }

    private float Weight(Chosen batch, int place, int label)
    {
        if (mix is null) return batch.Labels[place] == label ? 1 : 0;
        var own = batch.OwnWeights[place];
        return (batch.Labels[place] == label ? own : 0) + (batch.MixedLabels[place] == label ? 1 - own : 0);
    }

    private static void FillClassIndex(int layer, in ImageGroup group, Chosen batch, Span<float> planes)
    {
        for (var image = 0; image < group.Count; image++)
            planes[image] = batch.Labels[group.First + image];
        group.Put(layer, 0, planes, new NumberSteps(1, 1));
    }
}
