using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Turns resolution into channels (space to depth): the r x r pixels of every block become r x r channels of one pixel. Unlike a strided convolution or a pooling it
/// loses nothing, which makes it the way to bring a large map beside a small one (the pass-through layer of YOLO v2). No parameters, no arithmetic;
/// <see cref="PixelShuffle"/> is the exact inverse.
/// Shapes: C x H x W to C r r x H / r x W / r. Source: Shi et al., arXiv 1609.05158; Redmon and Farhadi, arXiv 1612.08242, "Fine-grained features".
/// </summary>
public sealed partial class PixelUnshuffle : Rearrangement, IOpRoom
{
    /// <summary>Height and width shrink by the factor, channels grow by its square.</summary>
    public PixelUnshuffle(int factor) => Factor = factor;

    /// <summary>r: pixels of a block along each axis.</summary>
    public int Factor { get; }

    /// <summary>How the pixels of a block are numbered among the channels; PyTorch's way unless set.</summary>
    public ChannelOrder Order { get; init; } = ChannelOrder.ColumnRowDepth;

    /// <inheritdoc/>
    public override string Settings => SubPixels.Describe(Factor, Order);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        SubPixels.CheckFactor(Name, Factor);
        var input = inputs[0];
        CheckSize("height", "rows", input.Height);
        CheckSize("width", "columns", input.Width);
        if ((long)input.Channels * Factor * Factor > int.MaxValue)
            throw new ShapeException($"PixelUnshuffle with factor {Factor} would give {(long)input.Channels * Factor * Factor:N0} channels; at most {int.MaxValue:N0} are possible.");
        return new Shape(input.Channels * Factor * Factor, input.Height / Factor, input.Width / Factor);
    }

    /// <summary>An output reads its block: r x r pixels, side by side.</summary>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => new(new AxisReach(Factor, Factor, 0), new AxisReach(Factor, Factor, 0));

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new PixelUnshuffle(settings.Whole("factor", (PixelUnshuffle op) =>
            op.Factor, 1, SubPixels.MostFactor))
        { Order = settings.Choice("order", (PixelUnshuffle op) => op.Order) };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("factor 2", new PixelUnshuffle(2), [new Shape(3, 8, 10)], 19),
        new("factor 2, depth first", new PixelUnshuffle(2) { Order = ChannelOrder.DepthColumnRow }, [new Shape(3, 8, 10)], 16),
        new("factor 3", new PixelUnshuffle(3), [new Shape(2, 9, 6)], 5),
        new("factor 4 of one channel, depth first", new PixelUnshuffle(4) { Order = ChannelOrder.DepthColumnRow }, [new Shape(1, 8, 12)], 2),
        new("factor 1 changes nothing", new PixelUnshuffle(1), [new Shape(3, 4, 2)], 3),
        new("an image becomes a vector", new PixelUnshuffle(3), [new Shape(2, 3, 3)], 17),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var factor = 1 + random.NextInt(4);
        var input = new Shape(1 + random.NextInt(3), factor * (1 + random.NextInt(5)), factor * (1 + random.NextInt(5)));
        return new OpCase("random", new PixelUnshuffle(factor) { Order = (ChannelOrder)random.NextInt(2) }, [input], 1 + random.NextInt(40));
    }

    internal override StridedCopy Copy(Shape input) => SubPixels.Copy(OutputShape([input]), Factor, Order).Reversed;

    internal override (int Channel, int Row, int Column) Source(Shape input, int channel, int row, int column)
    {
        var (c, sub) = Order == ChannelOrder.ColumnRowDepth
            ? (channel / (Factor * Factor), channel % (Factor * Factor))
            : (channel % input.Channels, channel / input.Channels);
        return (c, (row * Factor) + (sub / Factor), (column * Factor) + (sub % Factor));
    }

    private void CheckSize(string name, string pixels, int size)
    {
        if (size % Factor == 0) return;
        var below = size / Factor * Factor;
        var ways = below > 0 ? $"Pad to {below + Factor} {pixels}, or crop to {below}" : $"Pad to {Factor} {pixels}";
        throw new ShapeException($"PixelUnshuffle with factor {Factor} needs a {name} that {Factor} divides: received {size} ({size} / {Factor} = {size / (double)Factor:0.##}). {ways}.");
    }
}
