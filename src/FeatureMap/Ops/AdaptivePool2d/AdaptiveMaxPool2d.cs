using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Max pooling to an output of a given size, whatever the size of the input. An output is the largest number of its bin; the gradient goes to that pixel alone,
/// among equal ones to the first in row-major order. NaN wins, so that it is noticed. No parameters. Shapes: C x H x W to
/// C x <see cref="AdaptivePool2d.OutputHeight"/> x <see cref="AdaptivePool2d.OutputWidth"/>. Source: PyTorch, "AdaptiveMaxPool2d", which has the same bins.
/// </summary>
public sealed class AdaptiveMaxPool2d : AdaptivePool2d, IOpRoom
{
    /// <summary>A square output.</summary>
    public AdaptiveMaxPool2d(int outputSize) : this(outputSize, outputSize) { }

    /// <summary>An output of the given height and width.</summary>
    public AdaptiveMaxPool2d(int outputHeight, int outputWidth) : base(outputHeight, outputWidth) { }

    private AdaptiveMaxPool2d(OpSettings settings) : base(settings) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("maxima of bins", "one comparison per pixel and bin; the winner's place is kept, so that back each bin adds to one pixel and reads nothing else");

    static Op IOpRoom.FromSettings(OpSettings settings) => new AdaptiveMaxPool2d(settings);

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("bins side by side", new AdaptiveMaxPool2d(3, 4), [new Shape(3, 6, 8)], 19),
        new("7 into 4: shared pixels", new AdaptiveMaxPool2d(4), [new Shape(2, 7, 7)], 17),
        new("5 x 11 into 3 x 4", new AdaptiveMaxPool2d(3, 4), [new Shape(2, 5, 11)], 4),
        new("the same size", new AdaptiveMaxPool2d(4, 5), [new Shape(2, 4, 5)], 16),
        new("larger than the input: pixels repeat", new AdaptiveMaxPool2d(4, 6), [new Shape(2, 2, 3)], 5),
        new("one bin", new AdaptiveMaxPool2d(1), [new Shape(3, 5, 7)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var (input, height, width) = RandomSizes(ref random);
        return new OpCase("random", new AdaptiveMaxPool2d(height, width), [input], 1 + random.NextInt(20));
    }

    internal override bool TakesMaximum => true;
}
