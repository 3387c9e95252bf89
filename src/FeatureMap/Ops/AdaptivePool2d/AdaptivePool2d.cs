using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// What adaptive average and max pooling share: the user names the size of the output, and the windows follow from the input. Of a pixels and n outputs, output i
/// sees the pixels from floor(i a / n) up to and without ceil((i + 1) a / n), which are windows side by side where n divides a.
/// </summary>
public abstract class AdaptivePool2d : BinPool
{
    private protected AdaptivePool2d(int outputHeight, int outputWidth) => (OutputHeight, OutputWidth) = (outputHeight, outputWidth);

    private protected AdaptivePool2d(OpSettings settings) =>
        (OutputHeight, OutputWidth) = settings.Pair("output", (AdaptivePool2d op) => (op.OutputHeight, op.OutputWidth), text: size =>
            $"to {size.Size}");

    /// <summary>Rows of the output.</summary>
    public int OutputHeight { get; }

    /// <summary>Columns of the output.</summary>
    public int OutputWidth { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (OutputHeight is < 1 or > MostBins || OutputWidth is < 1 or > MostBins)
            throw new ShapeException($"An adaptive pooling makes between 1 and {MostBins:N0} rows and columns: received {OutputHeight:N0} x {OutputWidth:N0}. It is the size of the output, not of a window.");
        return new Shape(inputs[0].Channels, OutputHeight, OutputWidth);
    }

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => OutputHeight == 1 && OutputWidth == 1
        ? Ops.Reach.Global(inputs[0])
        : new Reach(Along(new BinAxis(inputs[0].Height, OutputHeight)), Along(new BinAxis(inputs[0].Width, OutputWidth)));

    internal override bool IsChannelwise => true;

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => true;

    internal override IReadOnlyList<BinGrid> Grids(Shape input) => [new BinGrid(input, OutputHeight, OutputWidth)];

    private protected static (Shape Input, int Height, int Width) RandomSizes(ref RandomSequence random) =>
        (new Shape(1 + random.NextInt(4), 1 + random.NextInt(10), 1 + random.NextInt(10)), 1 + random.NextInt(6), 1 + random.NextInt(6));

    // The largest bin; bins start at the pixel on or before i times the stride.
    private static AxisReach Along(BinAxis axis) =>
        new AxisReach(axis.Bins.Max(bin => bin.End - bin.First), axis.Stride, 0).Covering(axis.Bins.Select((bin, i) => (i, bin.First, bin.End - 1)));
}
