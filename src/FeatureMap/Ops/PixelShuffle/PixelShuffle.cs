using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Turns channels into resolution (depth to space): r x r channels become the r x r sub-pixels of every pixel. Behind a convolution to C r r channels it is the
/// sub-pixel convolution, which enlarges a map by learning at low resolution; start that one with <see cref="Initializer.Icnr"/>. No parameters, no arithmetic;
/// <see cref="PixelUnshuffle"/> is the exact inverse.
/// Shapes: C r r x H x W to C x H r x W r. Source: Shi et al., "Real-time single image and video super-resolution", arXiv 1609.05158.
/// </summary>
public sealed partial class PixelShuffle : Rearrangement, IOpRoom
{
    /// <summary>Height and width grow by the factor, channels shrink by its square.</summary>
    public PixelShuffle(int factor) => Factor = factor;

    /// <summary>r: sub-pixels per pixel along each axis.</summary>
    public int Factor { get; }

    /// <summary>How the sub-pixels are numbered among the channels; PyTorch's way unless set.</summary>
    public ChannelOrder Order { get; init; } = ChannelOrder.ColumnRowDepth;

    /// <inheritdoc/>
    public override string Settings => SubPixels.Describe(Factor, Order);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        SubPixels.CheckFactor(Name, Factor);
        var input = inputs[0];
        var square = Factor * Factor;
        if (input.Channels % square != 0)
        {
            var below = input.Channels / square * square;
            throw new ShapeException(
                $"PixelShuffle with factor {Factor} needs channels that {Factor} x {Factor} = {square} divides: received {input.Channels} ({input.Channels} / {square} = {input.Channels / (double)square:0.##}). "
                + $"Let the convolution before it give {(below > 0 ? $"{below} or " : "")}{below + square} channels.");
        }
        if ((long)input.Height * Factor > int.MaxValue || (long)input.Width * Factor > int.MaxValue)
            throw new ShapeException($"PixelShuffle with factor {Factor} would give {(long)input.Height * Factor:N0} x {(long)input.Width * Factor:N0} pixels; at most {int.MaxValue:N0} are possible.");
        return SubPixels.Fine(input, Factor);
    }

    /// <summary>Each sub-pixel reads the pixel that it is a part of: 1 / r steps, centred on it.</summary>
    public override Reach Reach(IReadOnlyList<Shape> inputs)
    {
        var axis = AxisReach.Transposed(Factor, Factor, 0);
        return new Reach(axis, axis);
    }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new PixelShuffle(settings.Whole("factor", (PixelShuffle op) =>
            op.Factor, 1, SubPixels.MostFactor))
        { Order = settings.Choice("order", (PixelShuffle op) => op.Order) };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("factor 2", new PixelShuffle(2), [new Shape(12, 4, 5)], 19),
        new("factor 2, depth first", new PixelShuffle(2) { Order = ChannelOrder.DepthColumnRow }, [new Shape(12, 4, 5)], 16),
        new("factor 3", new PixelShuffle(3), [new Shape(18, 3, 2)], 5),
        new("factor 4 to one channel, depth first", new PixelShuffle(4) { Order = ChannelOrder.DepthColumnRow }, [new Shape(16, 2, 3)], 2),
        new("factor 1 changes nothing", new PixelShuffle(1), [new Shape(3, 4, 2)], 3),
        new("a vector becomes an image", new PixelShuffle(3), [Shape.Vector(18)], 17),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var factor = 1 + random.NextInt(4);
        var input = new Shape(factor * factor * (1 + random.NextInt(3)), 1 + random.NextInt(5), 1 + random.NextInt(5));
        return new OpCase("random", new PixelShuffle(factor) { Order = (ChannelOrder)random.NextInt(2) }, [input], 1 + random.NextInt(40));
    }

    internal override StridedCopy Copy(Shape input) => SubPixels.Copy(input, Factor, Order);

    internal override (int Channel, int Row, int Column) Source(Shape input, int channel, int row, int column) =>
        (SubPixels.Channel(Order, Factor, input.Channels / (Factor * Factor), channel, row % Factor, column % Factor), row / Factor, column / Factor);
}
