using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>
/// Kernels of one path that must give the same bits, on numbers that are not whole: for any register width, cut in any parts, shard by
/// shard or over all shards.
/// </summary>
public sealed unsafe class WinogradTests
{
    // A pointer does not keep its buffer alive.
    private readonly List<AlignedBuffer> kept = [];

    public static TheoryData<LaneWidth> Widths => [LaneWidth.Scalar, LaneWidth.Bits128, LaneWidth.Bits256, LaneWidth.Bits512];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Products_position_by_position_have_the_bits_of_whole_tiles(LaneWidth width)
    {
        // Odd sizes and ragged channels; more channels than one block of them.
        AssertSame(new ConvGeometry(new Shape(35, 9, 6), 33, 3, 1, new Padding(0, 2, 1, 1), 1, 1));
        AssertSame(new ConvGeometry(new Shape(200, 4, 5), 18, 3, 1, new Padding(1, 1, 1, 1), 1, 1));
        AssertSame(new ConvGeometry(new Shape(18, 13, 9), 17, 3, 1, new Padding(2, 3, 2, 1), 2, 1));
        AssertSame(new ConvGeometry(new Shape(17, 17, 14), 19, 3, 1, new Padding(3, 3, 3, 3), 3, 1));

        void AssertSame(ConvGeometry geometry)
        {
            var shape = ConvShapes.WinogradForward(geometry);
            var (height, outputs) = (geometry.Output.Height, geometry.OutputChannels);
            var (x, bias) = (Numbers(geometry.Input.Count * 16, 1), Numbers(outputs, 3));
            var weights = Numbers(outputs * geometry.Input.Channels * 9, 2);
            MapPart whole = new(IndexRange.All(height), IndexRange.All(outputs));
            var expected = Run(new WinogradSum<Lanes256>(shape), [whole]);
            var kernel = Of<IWinogradSum>(
                width, () => new WinogradProducts<LanesScalar>(shape), () => new WinogradProducts<Lanes128>(shape),
                () => new WinogradProducts<Lanes256>(shape), () => new WinogradProducts<Lanes512>(shape));
            Assert.Equal(expected, Run(kernel, [whole]));
            Assert.Equal(expected, Run(kernel, [
                new(new(0, shape.RowUnit), new(0, 8)), new(new(shape.RowUnit, height), new(0, 8)),
                new(IndexRange.All(height), new(8, outputs))]));

            float[] Run(IWinogradSum sum, MapPart[] parts)
            {
                var (y, scratch) = (Numbers(geometry.Output.Count * 16, 4), Numbers((int)sum.ScratchFloats, 5));
                sum.Pack(weights.Pointer, geometry.Input.Channels * 9, 9, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
                foreach (var part in parts)
                    sum.Run(x.Pointer, y.Pointer, bias.Pointer, scratch.Pointer, part);
                return y.Span.ToArray();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_weight_gradient_has_the_same_bits_at_every_width_and_in_any_parts(LaneWidth width)
    {
        // Rows of tiles in a band and a half, columns in one block and a part; more channels than one block of them.
        AssertSame(new ConvGeometry(new Shape(136, 6, 11), 34, 3, 1, new Padding(1, 0, 0, 1), 1, 1));
        AssertSame(new ConvGeometry(new Shape(136, 12, 17), 34, 3, 1, new Padding(1, 2, 4, 3), 2, 1));

        void AssertSame(ConvGeometry geometry)
        {
            Assert.Same(Convolution.WinogradGradient, Convolution.WeightGradientPath(geometry));
            var expected = GradientOf(new WinogradWeightGradient<Lanes256>(geometry), geometry, parts: 1);
            var kernel = GradientOf(geometry, width);
            Assert.Equal(expected, GradientOf(kernel, geometry, parts: 1));
            Assert.Equal(expected, GradientOf(kernel, geometry, parts: 20));
            Assert.InRange(kernel.Cut(20).Length, 3, 8); // larger blocks than asked for, so fewer
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Turned_channels_give_the_same_bits_at_every_width_and_in_any_parts(LaneWidth width)
    {
        var geometry = new ConvGeometry(new Shape(136, 7, 29), 70, (2, 3), (2, 2), new Padding(1, 0, 0, 2), 1, 1);
        Assert.Same(Convolution.ChannelsTurned, Convolution.WeightGradientPath(geometry));
        var expected = Run(new ConvTurnedGradient<Lanes256>(geometry), 1);
        var kernel = Of<IWeightGradient>(
            width, () => new ConvTurnedGradient<LanesScalar>(geometry), () => new ConvTurnedGradient<Lanes128>(geometry),
            () => new ConvTurnedGradient<Lanes256>(geometry), () => new ConvTurnedGradient<Lanes512>(geometry));
        Assert.Equal(expected, Run(kernel, 1));
        Assert.Equal(expected, Run(kernel, 20));

        float[] Run(IWeightGradient gradient, int parts) => GradientOf(gradient, geometry, parts);
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(4, 0, 4)]
    [InlineData(7, 0, 7)]
    [InlineData(7, 2, 5)] // of a rank in the middle
    public void Blocks_over_all_shards_give_the_sums_of_the_tree_of_shards(int total, int low, int high)
    {
        var geometry = new ConvGeometry(new Shape(36, 2, 2), 40, 3, 1, new Padding(2, 2, 2, 2), 1, 1);
        Assert.True(Convolution.HasMoreWeightsThanPixels(geometry));
        var blocks = new WinogradBlockGradient<Lanes256>(geometry, high - low);
        Assert.IsType<WinogradBlockGradient<Lanes256>>(ConvMaps.BlockGradient<Lanes256>(geometry, high - low));
        const int count = 40 * 36 * 9;
        var arena = new Arena();
        var input = new LaneTensor(geometry.Input, arena);
        var gradient = new LaneTensor(geometry.Output, arena) { Offset = input.Floats };
        arena.Allocate(high - low, input.Floats + gradient.Floats);
        var byShards = GradientOf(geometry, LaneWidth.Bits128);
        var rows = Numbers((high - low) * count, 3);
        var whole = byShards.Cut(1)[0];
        for (var shard = 0; shard < high - low; shard++)
        {
            Fill(new Span<float>(input.At(shard), (int)input.Floats), 10 + shard);
            Fill(new Span<float>(gradient.At(shard), (int)gradient.Floats), 20 + shard);
            var scratch = Numbers((int)byShards.ScratchFloats(whole), 5);
            byShards.Run(input.At(shard), gradient.At(shard), rows.Pointer + (shard * count), whole, scratch.Pointer);
        }
        var step = new StepState { ImagesBefore = low * 16, Count = (high - low) * 16, ImagesAfter = (total - high) * 16 };
        var target = Numbers(count, 6);
        var exchange = high - low == total ? null : new ShardExchange(new ThreeRanks(), total);
        var sums = new ShardSums(Site(arena, input, gradient, step, high - low, exchange), count, target.Pointer, hasRows: false);
        exchange?.Allocate();
        for (var item = 0; item < blocks.Items; item++)
            blocks.Run(item, step, input, gradient, sums, Numbers((int)blocks.ScratchFloats, 7).Pointer);
        var number = 0;
        for (int start = low, end; start < high; start = end, number++)
        {
            end = ShardTree.Root(total, start, high);
            var expected = Numbers(count, 8);
            ShardTree.Sum(rows.Pointer + ((start - low) * count), count, end - start, expected.Pointer, count);
            Assert.Equal(expected.Span.ToArray(), new Span<float>(sums.Root(number), count).ToArray());
        }
        GC.KeepAlive(kept);
    }

    private static KernelSite Site(
        Arena arena, LaneTensor input, LaneTensor gradient, StepState step, int shards, ShardExchange? exchange) => new()
        {
            Layer = "conv",
            LayerIndex = 1,
            Mode = ExecutionMode.Training,
            Shards = shards,
            Step = step,
            Arena = arena,
            Exchange = exchange,
            Inputs = [input],
            Output = gradient,
            InputGradients = [null],
            OutputGradient = gradient,
            Parameters = [],
        };

    private float[] GradientOf(IWeightGradient gradient, ConvGeometry geometry, int parts)
    {
        var (x, dy) = (Numbers(geometry.Input.Count * 16, 1), Numbers(geometry.Output.Count * 16, 2));
        var dw = Numbers(geometry.OutputChannels * geometry.Input.Channels * geometry.Taps, 3);
        foreach (var part in gradient.Cut(parts))
            gradient.Run(x.Pointer, dy.Pointer, dw.Pointer, part, Numbers((int)gradient.ScratchFloats(part), 5).Pointer);
        return dw.Span.ToArray();
    }

    private static IWeightGradient GradientOf(ConvGeometry geometry, LaneWidth width) => Of<IWeightGradient>(
        width, () => new WinogradWeightGradient<LanesScalar>(geometry), () => new WinogradWeightGradient<Lanes128>(geometry),
        () => new WinogradWeightGradient<Lanes256>(geometry), () => new WinogradWeightGradient<Lanes512>(geometry));

    private static T Of<T>(LaneWidth width, Func<T> scalar, Func<T> bits128, Func<T> bits256, Func<T> bits512) =>
        (width switch { LaneWidth.Scalar => scalar, LaneWidth.Bits128 => bits128, LaneWidth.Bits256 => bits256, _ => bits512 })();

    private AlignedBuffer Numbers(int count, int seed)
    {
        var buffer = new AlignedBuffer(count);
        kept.Add(buffer);
        Fill(buffer.Span, seed);
        return buffer;
    }

    private static void Fill(Span<float> numbers, int seed)
    {
        var random = new RandomSequence((ulong)seed, RandomPurpose.Testing);
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextSingle() - 0.5f;
    }

    // Room for the roots of one of several ranks; nothing is sent.
    private sealed class ThreeRanks : ICollective
    {
        public int Rank => 1;

        public int Ranks => 3;

        public void AllGather(ReadOnlySpan<byte> own, Span<byte> all) => throw new InvalidOperationException("Not in this test.");

        public void AllToAll(ReadOnlySpan<byte> own, Span<byte> all) => throw new InvalidOperationException("Not in this test.");

        public void Broadcast(Span<byte> bytes) => throw new InvalidOperationException("Not in this test.");
    }
}
