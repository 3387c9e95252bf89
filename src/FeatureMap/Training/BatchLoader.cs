using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Fills shards with images inside the worker threads: augments, normalises and turns them into the lane layout.</summary>
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

    public PhaseAction Load(Plan plan) => (in item) => Fill(plan.Input.At(item.Slot), item);

    private void Fill(float* target, in WorkItem item)
    {
        var count = shape.Count;
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
        {
            var image = new Span<float>(item.Scratch + ((nint)lane * count), count);
            if (lane >= item.Images)
            {
                image.Clear();
                continue;
            }
            var index = Indices[(item.Index * LaneLayout.Lanes) + lane];
            augmentation.Apply(set.Pixels(index), shape, Seed, Epoch, (uint)index, image);
        }
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var scale = normalization.Scale(channel);
            var offset = normalization.Offset(channel);
            for (nint i = (nint)channel * shape.Area, end = i + shape.Area; i < end; i++)
            {
                var source = item.Scratch + i;
                for (var lane = 0; lane < LaneLayout.Lanes; lane++, source += count)
                    *target++ = MathF.FusedMultiplyAdd(*source, scale, offset);
            }
        }
    }
}
