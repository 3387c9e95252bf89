using FeatureMap.Lanes;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>
/// The two kernels of a tap sum give the same bits, and which of them runs follows from the geometry and the lanes that can have an image.
/// </summary>
public sealed unsafe class TapSumTests
{
    // A pointer does not keep its buffer alive.
    private readonly List<AlignedBuffer> kept = [];

    [Theory]
    [InlineData(LaneWidth.Scalar)]
    [InlineData(LaneWidth.Bits128)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Bits512)]
    public void Panels_have_the_bits_of_register_tiles(LaneWidth width)
    {
        // A stride, more products than one block of them, more outputs than one block; dilation; one long row of several taps.
        AssertSame(width, Forward(new ConvGeometry(new Shape(40, 9, 11), 70, 3, 2, Padding.Valid, 1, 1)));
        AssertSame(width, Forward(new ConvGeometry(new Shape(5, 8, 9), 19, (2, 3), (1, 2), Padding.Valid, (3, 2), 1)));
        AssertSame(width, Forward(new ConvGeometry(new Shape(6, 5, 7), 9, (3, 1), 1, Padding.Valid, 1, 1)));
        // Maps that no cache holds are stored past all of them, in one block of products and in two.
        foreach (var channels in width == LaneWidth.Scalar ? (int[])[7] : [7, 193])
            AssertSame(width, Forward(new ConvGeometry(new Shape(channels, 44, 47), 65, 1, 1, Padding.Valid, 1, 1)));
        // On the way back: outputs that lie apart, of four, two and one taps.
        foreach (var phase in new ConvPhases(new ConvGeometry(new Shape(21, 9, 11), 50, 3, 2, Padding.Valid, 1, 1)).All)
            AssertSame(width, phase.Shape);
    }

    [Theory]
    [InlineData(256, 512, 16, true)] // wide
    [InlineData(256, 32, 16, false)] // few outputs share a copy
    [InlineData(32, 64, 16, false)]
    [InlineData(32, 64, 8, true)] // idle lanes
    [InlineData(32, 64, 4, true)]
    [InlineData(1, 64, 4, false)] // few products
    [InlineData(32, 8, 4, false)]
    public void Idle_lanes_and_many_weights_ask_for_panels(int channels, int outputs, int lanes, bool expected)
    {
        var shape = Forward(new ConvGeometry(new Shape(channels, 9, 9), outputs, 3, 2, Padding.Valid, 1, 1)) with { OccupiedLanes = lanes };
        Assert.Equal(expected, TapSums.Of<Lanes256>(shape) is PanelSum<Lanes256>);
        Assert.Equal(!expected, TapSums.Of<Lanes256>(shape) is TapSum<Lanes256>);
    }

    private static TapSumShape Forward(ConvGeometry geometry) => ConvShapes.Forward(geometry, ConvShapes.PaddedInput(geometry));

    private void AssertSame(LaneWidth width, TapSumShape shape)
    {
        var depth = shape.Channels * shape.TapOffsets.Length;
        var first = -shape.TapOffsets.Min(); // on the way back taps read before the pixel
        var (x, weights, bias) =
            (Numbers((int)(shape.Channels * shape.ChannelStep), 1), Numbers(shape.Outputs * depth, 2), Numbers(shape.Outputs, 3));
        MapPart whole = new(IndexRange.All(shape.Rows), IndexRange.All(shape.Outputs));
        MapPart[] parts =
            [new(new(0, 1), new(0, 8)), new(new(1, shape.Rows), new(0, 8)), new(IndexRange.All(shape.Rows), new(8, shape.Outputs))];
        foreach (var lanes in (int[])[16, 8, 4])
            foreach (var start in (AlignedBuffer?[])[bias, null])
            {
                var expected = Occupied(Run(new TapSum<Lanes256>(shape), [whole], start), lanes);
                var few = shape with { OccupiedLanes = lanes };
                ITapSum panels = width switch
                {
                    LaneWidth.Scalar => new PanelSum<LanesScalar>(few),
                    LaneWidth.Bits128 => new PanelSum<Lanes128>(few),
                    LaneWidth.Bits256 => new PanelSum<Lanes256>(few),
                    _ => new PanelSum<Lanes512>(few),
                };
                Assert.Equal(expected, Occupied(Run(panels, [whole], start), lanes));
                Assert.Equal(expected, Occupied(Run(panels, parts, start), lanes));
            }
        GC.KeepAlive(kept);

        float[] Run(ITapSum sum, MapPart[] some, AlignedBuffer? start)
        {
            var floats = (shape.Outputs * (int)shape.OutputChannelStep) + (shape.Rows * (int)shape.OutputRowStep);
            var (y, scratch) = (Numbers(floats, 4), Numbers((int)sum.ScratchFloats, 5));
            sum.Pack(weights.Pointer, depth, shape.TapOffsets.Length, [.. Enumerable.Range(0, shape.TapOffsets.Length)]);
            foreach (var part in some)
                sum.Run(
                    x.Pointer + first, y.Pointer, start is null ? null : start.Pointer, part, shape.ChannelStep, default, scratch.Pointer);
            return y.Span.ToArray();
        }
    }

    private static float[] Occupied(float[] numbers, int lanes) => [.. numbers.Where((_, i) => i % 16 < lanes)];

    private AlignedBuffer Numbers(int count, int seed)
    {
        var buffer = new AlignedBuffer(Math.Max(16, count));
        kept.Add(buffer);
        var random = new RandomSequence((ulong)seed, RandomPurpose.Testing);
        foreach (ref var number in buffer.Span)
            number = random.NextSingle() - 0.5f;
        return buffer;
    }
}
