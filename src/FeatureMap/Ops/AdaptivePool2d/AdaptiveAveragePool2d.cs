using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Average pooling to an output of a given size, whatever the size of the input: what lets a network end in a dense layer and still take images of any size.
/// An output is the mean of its bin, and the gradient goes back in equal parts. No parameters. Shapes: C x H x W to C x <see cref="AdaptivePool2d.OutputHeight"/>
/// x <see cref="AdaptivePool2d.OutputWidth"/>; an output larger than the input repeats pixels. Source: PyTorch, "AdaptiveAvgPool2d", which has the same bins.
/// </summary>
public sealed class AdaptiveAveragePool2d : AdaptivePool2d, IOpRoom
{
    /// <summary>A square output.</summary>
    public AdaptiveAveragePool2d(int outputSize) : this(outputSize, outputSize) { }

    /// <summary>An output of the given height and width.</summary>
    public AdaptiveAveragePool2d(int outputHeight, int outputWidth) : base(outputHeight, outputWidth) { }

    private AdaptiveAveragePool2d(OpSettings settings) : base(settings) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("means of bins", "a sum per bin row and one multiplication by the bin's reciprocal; back, each pixel gathers from the bins that cover it and is written once");

    static Op IOpRoom.FromSettings(OpSettings settings) => new AdaptiveAveragePool2d(settings);

    // Bins of 1, 2, 4 or 8 pixels divide by a power of two, which is exact on integers; others round.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("bins side by side", new AdaptiveAveragePool2d(3, 4), [new Shape(3, 6, 8)], 19),
        new("the same size", new AdaptiveAveragePool2d(4, 5), [new Shape(2, 4, 5)], 16),
        new("larger than the input: pixels repeat", new AdaptiveAveragePool2d(4, 6), [new Shape(2, 2, 3)], 5),
        new("one bin", new AdaptiveAveragePool2d(1), [new Shape(3, 2, 8)], 3),
        new("7 into 4: shared pixels", new AdaptiveAveragePool2d(4), [new Shape(2, 7, 7)], 17, CaseValues.Reals),
        new("5 x 11 into 3 x 4", new AdaptiveAveragePool2d(3, 4), [new Shape(2, 5, 11)], 4, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var (input, height, width) = RandomSizes(ref random);
        return new OpCase("random", new AdaptiveAveragePool2d(height, width), [input], 1 + random.NextInt(20), CaseValues.Reals);
    }

    internal override bool TakesMaximum => false;
}
