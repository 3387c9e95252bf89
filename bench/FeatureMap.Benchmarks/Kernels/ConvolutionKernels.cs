using System.Diagnostics;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Benchmarks.Roofline;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Benchmarks.Kernels;

/// <summary>
/// The three convolution kernels on one thread, as a share of the multiply-add peak that is measured in the same rounds. Effective rate: the multiply-adds
/// of the plain definition count, so a path that needs fewer may exceed the peak.
/// </summary>
internal static class ConvolutionKernels
{
    private const int Batch = 64;

    public static IReadOnlyList<(string Name, Conv2d Op, Shape Input)> Cases { get; } =
    [
        ("3x3 16 to 16, 26x26", new Conv2d(16, 3) { HasBias = false }, new Shape(16, 26, 26)),
        ("3x3 1 to 16, 28x28", new Conv2d(16, 3) { HasBias = false }, new Shape(1, 28, 28)),
        ("3x3 16 to 32, 12x12", new Conv2d(32, 3) { HasBias = false }, new Shape(16, 12, 12)),
        ("3x3 32 to 32, 16x16, same", new Conv2d(32, 3) { HasBias = false, Padding = 1 }, new Shape(32, 16, 16)),
        ("3x3 64 to 64, 8x8, same", new Conv2d(64, 3) { HasBias = false, Padding = 1 }, new Shape(64, 8, 8)),
        ("3x3 128 to 128, 8x8, same", new Conv2d(128, 3) { HasBias = false, Padding = 1 }, new Shape(128, 8, 8)),
        ("1x1 64 to 64, 16x16", new Conv2d(64, 1) { HasBias = false }, new Shape(64, 16, 16)),
        ("3x3 32 to 64, stride 2, 32x32", new Conv2d(64, 3) { HasBias = false, Padding = 1, Stride = 2 }, new Shape(32, 32, 32)),
        ("3x3 32 to 32, dilation 2, 16x16", new Conv2d(32, 3) { HasBias = false, Padding = 2, Dilation = 2 }, new Shape(32, 16, 16)),
        ("3x3 128 to 256, 4x4, same", new Conv2d(256, 3) { HasBias = false, Padding = 1 }, new Shape(128, 4, 4)),
        ("3x3 256 to 512, 2x2, same", new Conv2d(512, 3) { HasBias = false, Padding = 1 }, new Shape(256, 2, 2)),
        ("1x1 512 to 1024, 1x1", new Conv2d(1024, 1) { HasBias = false }, new Shape(512, 1, 1)),
        ("3x3 depthwise 64, 16x16", new Conv2d(64, 3) { HasBias = false, Padding = 1, Groups = 64 }, new Shape(64, 16, 16)),
    ];

    public static void Run(int rounds, TextWriter output)
    {
        var width = LaneWidths.Automatic;
        output.WriteLine($"One thread, {width}, batch {Batch}, {rounds} rounds: median rate in GFLOP/s (median share of the peak right before and after it, share of the best round in the best peak).");
        output.WriteLine($"{"case",-34} {"peak",8} {"forward",21} {"input gradient",21} {"weight gradient",21} {"by shards",21}");
        foreach (var (name, op, input) in Cases)
        {
            var kernels = new KernelTimer(op, input, width);
            var peaks = new double[rounds];
            var rates = Series(rounds);
            var shares = Series(rounds);
            // Long enough for the JIT to have replaced the first, unoptimised code of the methods around the kernels.
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 1;)
                for (var kernel = 0; kernel < rates.Length; kernel++)
                    kernels.Rate(kernel);
            for (var round = 0; round < rounds; round++)
            {
                var before = MultiplyAddPeak.Moment();
                for (var kernel = 0; kernel < rates.Length; kernel++)
                {
                    var rate = kernels.Rate(kernel);
                    var after = MultiplyAddPeak.Moment();
                    peaks[round] = Math.Max(peaks[round], after);
                    (rates[kernel][round], shares[kernel][round]) = (rate, rate / ((before + after) / 2));
                    before = after;
                }
            }
            var columns = Enumerable.Range(0, rates.Length).Select(kernel => $"{Statistics.Median(rates[kernel]),6:F0} ({Statistics.Median(shares[kernel]),4:P0}, {rates[kernel].Max() / peaks.Max(),4:P0})".PadLeft(21));
            output.WriteLine($"{name,-34} {Statistics.Median(peaks),8:F0} {string.Join(" ", columns)}");
        }
    }

    private static double[][] Series(int rounds) => [.. Enumerable.Range(0, KernelTimer.Kernels).Select(_ => new double[rounds])];
}

/// <summary>Times the kernels of one convolution by themselves: forward, both gradients, and the weight gradient as it is without the path for small maps.</summary>
internal sealed unsafe class KernelTimer
{
    private readonly ConvGeometry geometry;
    private readonly Action<int>[] runs;
    private readonly AlignedBuffer x, y, dx, dy, weights, weightGradient, scratch;
    private const int Shards = 4;

    /// <summary>How many there are.</summary>
    public const int Kernels = 4;

    public KernelTimer(Conv2d op, Shape input, LaneWidth width)
    {
        geometry = op.Geometry(input);
        (x, dx) = (Filled((long)input.Count * 16 * Shards), Filled((long)input.Count * 16 * Shards));
        (y, dy) = (Filled((long)geometry.Output.Count * 16 * Shards), Filled((long)geometry.Output.Count * 16 * Shards));
        var count = geometry.OutputChannels * geometry.InputChannelsPerGroup * geometry.Taps;
        (weights, weightGradient) = (Filled(count), Filled(count));
        runs = width switch
        {
            LaneWidth.Bits512 => Make<Lanes512>(out scratch),
            LaneWidth.Bits256 => Make<Lanes256>(out scratch),
            LaneWidth.Bits128 => Make<Lanes128>(out scratch),
            _ => Make<LanesScalar>(out scratch),
        };
    }

    /// <summary>Effective GFLOP/s of forward (0), input gradient (1), weight gradient (2) or weight gradient shard by shard (3).</summary>
    public double Rate(int kernel)
    {
        var operations = 2.0 * geometry.MultiplyAdds * 16 * Shards;
        var repeats = Math.Max(1, (int)(2e8 / operations));
        var start = Stopwatch.GetTimestamp();
        for (var repeat = 0; repeat < repeats; repeat++)
            runs[kernel](Shards);
        return operations * repeats / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    private Action<int>[] Make<TLanes>(out AlignedBuffer memory) where TLanes : unmanaged, ILanes<TLanes>
    {
        var forward = ConvMaps.Forward<TLanes>(geometry);
        var inputGradient = ConvMaps.InputGradient<TLanes>(geometry);
        var weightKernel = ConvMaps.WeightGradient<TLanes>(geometry);
        var (forwardPart, inputPart, weightPart) = (forward.Cut(1)[0], inputGradient.Cut(1)[0], weightKernel.Cut(1)[0]);
        forward.Pack(weights.Pointer);
        inputGradient.Pack(weights.Pointer);
        var blocks = ConvMaps.BlockGradient<TLanes>(geometry, Shards);
        var floats = new AlignedBuffer(new[]
        {
            16, forward.ScratchFloats(forwardPart), inputGradient.ScratchFloats(inputPart), weightKernel.ScratchFloats(weightPart),
            blocks?.ScratchFloats ?? 0,
        }.Max());
        memory = floats;
        nint xs = (nint)geometry.Input.Count * 16, ys = (nint)geometry.Output.Count * 16;
        var arena = new Arena();
        var turned = new LaneTensor(Shape.Vector(blocks is null ? 1 : Math.Max(blocks.TurnedCount, geometry.Input.Count)), arena);
        var gradient = new LaneTensor(geometry.Output, arena) { Offset = turned.Floats };
        arena.Allocate(Shards, turned.Floats + gradient.Floats);
        var step = new StepState();
        var sums = new ShardSums(
            new KernelSite
            {
                Layer = "conv",
                LayerIndex = 1,
                Mode = ExecutionMode.Training,
                Shards = Shards,
                Step = step,
                Arena = arena,
                Inputs = [turned],
                Output = gradient,
                InputGradients = [null],
                OutputGradient = gradient,
                Parameters = [],
            },
            weightGradient.Length, weightGradient.Pointer, hasRows: false);
        for (var shard = 0; shard < Shards; shard++)
        {
            new Span<float>(dy.Pointer + (shard * ys), (int)ys).CopyTo(new Span<float>(gradient.At(shard), (int)ys));
            if (blocks is { TurnedCount: 0 })
                new Span<float>(x.Pointer + (shard * xs), (int)xs).CopyTo(new Span<float>(turned.At(shard), (int)xs));
        }
        void ByShards(int shards)
        {
            for (var shard = 0; shard < shards; shard++)
                weightKernel.Run(x.Pointer + (shard * xs), dy.Pointer + (shard * ys), weightGradient.Pointer, weightPart, floats.Pointer);
        }

        void Together(int shards)
        {
            step.Count = shards * 16;
            for (var shard = 0; shard < shards; shard++)
                if (blocks.TurnedCount > 0) blocks.Turn(x.Pointer + (shard * xs), turned.At(shard), 0, 1);
            for (var item = 0; item < blocks.Items; item++)
                blocks.Run(item, step, turned, gradient, sums, floats.Pointer);
        }

        return
        [
            shards =>
            {
                for (var shard = 0; shard < shards; shard++)
                    forward.Run(x.Pointer + (shard * xs), y.Pointer + (shard * ys), null, forwardPart, default, floats.Pointer);
            },
            shards =>
            {
                for (var shard = 0; shard < shards; shard++)
                    inputGradient.Run(dy.Pointer + (shard * ys), dx.Pointer + (shard * xs), null, inputPart, default, floats.Pointer);
            },
            blocks is null ? ByShards : Together,
            ByShards,
        ];
    }

    private static AlignedBuffer Filled(long count)
    {
        var buffer = new AlignedBuffer(count);
        for (var i = 0; i < buffer.Length; i++)
            buffer.Span[i] = ((i * 7) % 13 - 6) * 0.1f;
        return buffer;
    }
}
