using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The largest number of each plane: C x H x W to a vector of C, whatever H and W are. It says whether something was seen anywhere, where
/// <see cref="GlobalAveragePool"/> says how much of it there was. The gradient goes to the largest pixel alone, among equal ones to the first in row-major order;
/// NaN wins, so that it is noticed. No parameters. Source: Oquab, Bottou, Laptev and Sivic, "Is object localization for free?", CVPR 2015.
/// </summary>
public sealed partial class GlobalMaxPool : BinPool, IPlainRoom<GlobalMaxPool>
{
    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Shape.Vector(inputs[0].Channels);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Global(inputs[0]);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("one bin", "adaptive max pooling with the whole plane as its only bin: one comparison per pixel, and back one addition per plane");

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => true;

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new GlobalMaxPool(), [new Shape(5, 4, 7)], 19),
        new("one pixel", new GlobalMaxPool(), [Shape.Vector(7)], 16),
        new("one column", new GlobalMaxPool(), [new Shape(3, 6, 1)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new GlobalMaxPool(), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40));

    internal override bool TakesMaximum => true;

    internal override IReadOnlyList<BinGrid> Grids(Shape input) => [new BinGrid(input, 1, 1)];
}
