using System.Numerics;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The weight gradient of a convolution on a map of few pixels, or of a dense product: dw[o][c][t] = sum over shards, images and pixels p of dy[o][p] x[c][p + t].
/// With the images in the lanes every weight would end in a horizontal sum of 16 lanes, which a large map pays once for many pixels and a small one for a few. So the
/// inputs are turned: a register holds 16 neighbouring channels of one image, images and pixels are what is summed over, and each tap is a tap sum whose weights are dy.
/// Taps are summed over the pixels at which they meet the input, so padding costs nothing.
/// All shards meet for it: an item is a block of outputs, which adds the sums of the shards in the <see cref="ShardTree"/> while they are
/// in the cache. No shard keeps a gradient of its own, which for a wide layer would be larger than all activations.
/// </summary>
internal sealed unsafe class SmallMapGradient<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    // Sums of one node of the tree, for a block of outputs, so that those on the way from a shard to the root stay in the second-level
    // cache.
    private const int CacheFloats = 128 * 1024 / sizeof(float);
    private readonly ConvGeometry geometry;
    private readonly Tap[] taps;
    private readonly int width, block, depth;
    private readonly nint row;

    /// <param name="geometry">The convolution.</param>
    /// <param name="shards">Shards of a full batch.</param>
    public SmallMapGradient(ConvGeometry geometry, int shards)
    {
        this.geometry = geometry;
        depth = BitOperations.Log2((uint)shards) + 2;
        width = (geometry.Input.Channels + LaneLayout.Lanes - 1) / LaneLayout.Lanes * LaneLayout.Lanes;
        row = width + LaneLayout.Lanes; // one line more, so that rows of a power of two do not fall on the same cache lines
        block = Math.Min(geometry.OutputChannels, Math.Max(8, CacheFloats / (geometry.Taps * width) / 8 * 8));
        Items = (geometry.OutputChannels + block - 1) / block;
        taps = [.. Enumerable.Range(0, geometry.Taps).Select(TapOf)];
    }

    /// <summary>Numbers per lane of the memory that keeps the turned input of a shard from <see cref="Turn"/> to <see cref="Run"/>.</summary>
    public int TurnedCount => geometry.Input.Area * (int)row;

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    public long ScratchFloats => ((long)depth * geometry.Taps * block * width) + taps.Max(tap => Math.Max(tap.Sums?.PackedFloats ?? 0, tap.LastSums?.PackedFloats ?? 0));

    /// <summary>Blocks of outputs.</summary>
    public int Items { get; }

    /// <summary>The most parts, up to those asked for, into which the channels of a shard can be cut to be turned.</summary>
    public int TurnParts(int parts) => Math.Min(parts, width / LaneLayout.Lanes);

    /// <summary>A part of the channels of one shard, [channel][pixel][image], as [pixel][image][channel].</summary>
    public void Turn(float* input, float* turned, int part, int parts)
    {
        var blocks = width / LaneLayout.Lanes;
        var range = new IndexRange(blocks * part / parts * LaneLayout.Lanes, blocks * (part + 1) / parts * LaneLayout.Lanes);
        var (channels, area) = (geometry.Input.Channels, geometry.Input.Area);
        for (var pixel = 0; pixel < area; pixel++)
        {
            for (var start = range.First; start < range.End; start += LaneLayout.Lanes)
            {
                var count = Math.Min(LaneLayout.Lanes, channels - start);
                var source = input + ((((nint)start * area) + pixel) * LaneLayout.Lanes);
                var target = turned + (pixel * LaneLayout.Lanes * row) + start;
                for (var image = 0; image < LaneLayout.Lanes; image++, source++, target += row)
                {
                    for (nint channel = 0; channel < count; channel++)
                        target[channel] = source[channel * area * LaneLayout.Lanes];
                    for (var channel = count; channel < LaneLayout.Lanes; channel++)
                        target[channel] = 0;
                }
            }
        }
    }

    /// <summary>
    /// Writes the gradient of one block of outputs, as [output][channel][tap], for each root of the shards that are here.
    /// </summary>
    public void Run(int item, StepState step, LaneTensor turned, LaneTensor outputGradient, ShardSums sums, float* scratch)
    {
        var first = item * block;
        var outputs = Math.Min(block, geometry.OutputChannels - first);
        var (total, here, number) = (step.TotalShards, step.Shards, 0);
        for (int start = here.Low, end; start < here.High; start = end)
        {
            end = ShardTree.Root(total, start, here.High);
            SumNode(start - here.Low, end - start, first, outputs, turned, outputGradient, scratch);
            Interleave(scratch, outputs, sums.Root(number++) + ((nint)first * geometry.Input.Channels * geometry.Taps));
        }
    }

    // The sums of complete subtrees stand behind each other, the largest first, as the bits of a counter: a shard is added, and as often as
    // the count of shards can be halved, the last two become one.
    private void SumNode(int start, int shards, int first, int outputs, LaneTensor turned, LaneTensor outputGradient, float* sums)
    {
        var size = (nint)geometry.Taps * block * width;
        var packed = sums + (depth * size);
        var count = (nint)geometry.Taps * outputs * width;
        var last = -1;
        for (var i = 0; i < shards; i++)
        {
            var target = sums + (++last * size);
            var gradient = outputGradient.At(start + i) + ((nint)first * geometry.Output.Area * LaneLayout.Lanes);
            foreach (var tap in taps)
            {
                tap.Run(turned.At(start + i), gradient, (nint)geometry.Output.Area * LaneLayout.Lanes, target, outputs < block, packed);
                target += (nint)outputs * width;
            }
            for (var pairs = i + 1; pairs % 2 == 0; pairs /= 2)
                JoinLast();
        }
        while (last > 0) JoinLast();

        void JoinLast()
        {
            var left = sums + (--last * size);
            ShardTree.Add(left, left + size, left, count);
        }
    }

    // [tap][output][channel] to [output][channel][tap].
    private void Interleave(float* source, int outputs, float* target)
    {
        var (channels, count) = (geometry.Input.Channels, geometry.Taps);
        for (var output = 0; output < outputs; output++, target += (nint)channels * count)
        {
            for (var tap = 0; tap < count; tap++)
            {
                var from = source + ((((nint)tap * outputs) + output) * width);
                if (taps[tap].Sums is null)
                {
                    for (nint channel = 0; channel < channels; channel++)
                        target[(channel * count) + tap] = 0;
                }
                else if (count == 1)
                {
                    new ReadOnlySpan<float>(from, channels).CopyTo(new Span<float>(target, channels));
                }
                else
                {
                    for (nint channel = 0; channel < channels; channel++)
                        target[(channel * count) + tap] = from[channel];
                }
            }
        }
    }

    private Tap TapOf(int number)
    {
        var (tapRow, tapColumn) = Math.DivRem(number, geometry.Horizontal.Kernel);
        var (pixels, offsets) = (new List<int>(), new List<nint>());
        for (var y = 0; y < geometry.Output.Height; y++)
        {
            for (var x = 0; x < geometry.Output.Width; x++)
            {
                var (readRow, readColumn) = (geometry.Vertical.Position(y, tapRow), geometry.Horizontal.Position(x, tapColumn));
                if ((uint)readRow >= (uint)geometry.Input.Height || (uint)readColumn >= (uint)geometry.Input.Width) continue;
                pixels.Add(((y * geometry.Output.Width) + x) * LaneLayout.Lanes);
                offsets.Add(((readRow * geometry.Input.Width) + readColumn) * LaneLayout.Lanes * row);
            }
        }
        if (pixels.Count == 0) return new Tap(null, null, []);
        var last = geometry.OutputChannels % block;
        return new Tap(SumsOf(block, offsets), last == 0 ? null : SumsOf(last, offsets), [.. pixels]);
    }

    private TapSum<TLanes> SumsOf(int outputs, List<nint> offsets) => new(new TapSumShape
    {
        Outputs = outputs,
        Channels = LaneLayout.Lanes,
        TapOffsets = [.. offsets],
        Rows = 1,
        Columns = width / LaneLayout.Lanes,
        ChannelStep = row,
        InputRowStep = width,
        InputPixelStep = LaneLayout.Lanes,
        OutputChannelStep = width,
        OutputRowStep = width,
        OutputPixelStep = LaneLayout.Lanes,
    });

    /// <summary>One tap of the kernel: its sums for a block and for the last, smaller block, and the output pixels at which it meets the input; no sums where it meets padding only.</summary>
    private sealed record Tap(TapSum<TLanes>? Sums, TapSum<TLanes>? LastSums, int[] Pixels)
    {
        public void Run(float* turned, float* gradient, nint outputStep, float* target, bool isLast, float* packed)
        {
            if ((isLast ? LastSums : Sums) is not { } sums) return;
            sums.Pack(gradient, outputStep, 1, Pixels, packed);
            sums.Run(turned, target, null, packed);
        }
    }
}
