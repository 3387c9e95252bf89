using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The weight gradient of a convolution on a map of few pixels, or of a dense product: dw[o][c][t] = sum over shards, images and pixels p of
/// dy[o][p] x[c][p + t]. With the images in the lanes every weight would end in a horizontal sum of 16 lanes, which a large map pays once
/// for many pixels and a small one for a few. So the inputs are turned: a register holds 16 neighbouring channels of one image, images and
/// pixels are what is summed over, and each tap is a tap sum whose weights are dy.
/// Taps are summed over the pixels at which they meet the input, so padding costs nothing.
/// </summary>
internal sealed unsafe class SmallMapGradient<TLanes> : BlockGradient where TLanes : unmanaged, ILanes<TLanes>
{
    // Sums of one node of the tree, for a block of outputs, so that those on the way from a shard to the root stay in the second-level
    // cache.
    private const int CacheFloats = 128 * 1024 / sizeof(float);
    private readonly ConvGeometry geometry;
    private readonly Tap[] taps;
    private readonly int width, block;
    private readonly nint row;

    /// <param name="geometry">The convolution.</param>
    /// <param name="shards">Shards of a full batch.</param>
    public SmallMapGradient(ConvGeometry geometry, int shards) : base(shards)
    {
        this.geometry = geometry;
        width = (geometry.Input.Channels + LaneLayout.Lanes - 1) / LaneLayout.Lanes * LaneLayout.Lanes;
        row = width + LaneLayout.Lanes; // one line more, so that rows of a power of two do not fall on the same cache lines
        block = Math.Min(geometry.OutputChannels, Math.Max(8, CacheFloats / (geometry.Taps * width) / 8 * 8));
        Items = (geometry.OutputChannels + block - 1) / block;
        taps = [.. Enumerable.Range(0, geometry.Taps).Select(TapOf)];
    }

    public override int TurnedCount => geometry.Input.Area * (int)row;

    protected override nint NodeFloats => (nint)geometry.Taps * block * width;

    protected override long WorkFloats => taps.Max(tap => Math.Max(tap.Sums?.PackedFloats ?? 0, tap.LastSums?.PackedFloats ?? 0));

    /// <summary>Blocks of outputs.</summary>
    public override int Items { get; }

    public override int TurnParts(int parts) => Math.Min(parts, width / LaneLayout.Lanes);

    /// <summary>[channel][pixel][image] as [pixel][image][channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Turn(float* input, float* turned, int part, int parts)
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

    protected override nint Numbers(int item) => (nint)geometry.Taps * Outputs(item) * width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Sum(int item, float* input, float* outputGradient, float* sums, float* work)
    {
        var outputs = Outputs(item);
        var pixels = (nint)geometry.Output.Area * LaneLayout.Lanes;
        foreach (var tap in taps)
        {
            tap.Run(input, outputGradient + (item * block * pixels), pixels, sums, outputs < block, work);
            sums += (nint)outputs * width;
        }
    }

    protected override void Store(int item, float* sums, float* weightGradient) =>
        Interleave(sums, Outputs(item), weightGradient + ((nint)item * block * geometry.Input.Channels * geometry.Taps));

    private int Outputs(int item) => Math.Min(block, geometry.OutputChannels - (item * block));

    // [tap][output][channel] to [output][channel][tap].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>
    /// One tap of the kernel: its sums for a block and for the last, smaller block, and the output pixels at which it meets the input; no
    /// sums where it meets padding only.
    /// </summary>
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
