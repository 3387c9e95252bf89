using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Spatial pyramid pooling: each plane is pooled into n x n bins for several n, and all of it becomes one vector of C times the sum of n x n numbers, whatever the
/// size of the image. A dense layer behind it sees coarse and fine places at once, and takes images of any size. Bins as in <see cref="AdaptiveMaxPool2d"/>.
/// Order: level after level as given; inside a level channel after channel, inside a channel the bins row by row. In PyTorch:
/// <c>cat([adaptive_max_pool2d(x, n).flatten(1) for n in levels], 1)</c>. No parameters.
/// Source: He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual recognition", arXiv 1406.4729.
/// </summary>
public sealed class SpatialPyramidPool : BinPool, IOpRoom
{
    private const int MostLevels = 16;

    /// <summary>Bins per side of each level, such as 1, 2, 4 for 1 + 4 + 16 = 21 bins per plane.</summary>
    public SpatialPyramidPool(params ReadOnlySpan<int> levels) => Levels = [.. levels];

    /// <summary>Bins per side of each level, in the order of the output.</summary>
    public IReadOnlyList<int> Levels { get; }

    /// <summary>Whether a bin gives its mean instead of its largest number.</summary>
    public bool TakesAverage { get; init; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (Levels.Count is 0 or > MostLevels || Levels.Any(level => level is < 1 or > MostBins))
            throw new ShapeException($"A spatial pyramid has between 1 and {MostLevels} levels of 1 to {MostBins:N0} bins per side: "
                + $"received {(Levels.Count == 0 ? "no level" : NumberRow.Join(", ", Levels))}. Usual levels are 1, 2, 4.");
        var bins = Levels.Sum(level => (long)level * level);
        if (bins * inputs[0].Channels > int.MaxValue)
            throw new ShapeException($"The vector would have {inputs[0].Channels:N0} channels x ({string.Join(" + ", Levels.Select(level => $"{level} x {level}"))} = {bins:N0} bins) = {bins * inputs[0].Channels:N0} numbers; at most {int.MaxValue:N0} are possible. Use smaller levels.");
        return Shape.Vector((int)bins * inputs[0].Channels);
    }

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Global(inputs[0]);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => TakesAverage
        ? new("means of bins", "level by level a sum per bin; back, each pixel gathers from the bins of all levels and is written once")
        : new("maxima of bins", "level by level one comparison per pixel; back, each bin of each level adds to the one pixel that won");

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new SpatialPyramidPool(settings.WholeNumbers("levels", (SpatialPyramidPool op) => op.Levels, most: MostBins))
        {
            TakesAverage = settings.Flag("average", (SpatialPyramidPool op) => op.TakesAverage),
        };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("1, 2, 4 over 8 x 8", new SpatialPyramidPool(1, 2, 4), [new Shape(3, 8, 8)], 19),
        new("1, 2, 4 over 7 x 5: shared pixels", new SpatialPyramidPool(1, 2, 4), [new Shape(2, 7, 5)], 16),
        new("fine to coarse, a level larger than the input", new SpatialPyramidPool(6, 3, 2, 1), [new Shape(2, 5, 4)], 5),
        new("average of 1, 2, 4 over 4 x 8", new SpatialPyramidPool(1, 2, 4) { TakesAverage = true }, [new Shape(3, 4, 8)], 17),
        new("average of 3, 1 over 7 x 5", new SpatialPyramidPool(3, 1) { TakesAverage = true }, [new Shape(2, 7, 5)], 4, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var levels = new int[1 + random.NextInt(3)];
        foreach (ref var level in levels.AsSpan())
            level = 1 + random.NextInt(5);
        var isAverage = random.NextInt(2) == 0;
        return new OpCase(
            "random", new SpatialPyramidPool(levels) { TakesAverage = isAverage }, [new Shape(1 + random.NextInt(4), 1 + random.NextInt(10), 1 + random.NextInt(10))],
            1 + random.NextInt(20), isAverage ? CaseValues.Reals : CaseValues.Integers);
    }

    internal override bool TakesMaximum => !TakesAverage;

    internal override IReadOnlyList<BinGrid> Grids(Shape input) => [.. Levels.Select(level => new BinGrid(input, level, level))];
}
