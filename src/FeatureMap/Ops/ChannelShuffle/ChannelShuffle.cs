using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Deals the channels of g groups out in turn, like a pack of cards: 123 456 789 becomes 147 258 369. Put between two grouped convolutions, it lets every group of
/// the second see all groups of the first; without it, stacked groups never mix. No parameters, no arithmetic.
/// Shapes: C x H x W to the same. Source: Zhang, Zhou, Lin and Sun, "ShuffleNet", arXiv 1707.01083.
/// </summary>
public sealed class ChannelShuffle : Rearrangement, IOpRoom
{
    /// <summary>Deals out the channels of this many groups.</summary>
    public ChannelShuffle(int groups) => Groups = groups;

    /// <summary>g: blocks of channels that stand together before; as many as the grouped convolution before has.</summary>
    public int Groups { get; }

    /// <summary>The shuffle that puts the channels of this input back: the one with as many groups as this one has channels per group.</summary>
    /// <exception cref="ShapeException">The groups do not divide the channels.</exception>
    public ChannelShuffle Inverse(Shape input) => new(OutputShape([input]).Channels / Groups);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        if (Groups < 1 || input.Channels % Groups != 0)
        {
            var received = Groups < 1 ? $"received {Groups}" : $"{input.Channels} / {Groups} = {input.Channels / (double)Groups:0.##}";
            var divisors = Enumerable.Range(1, Math.Min(input.Channels, 1_000)).Where(number => input.Channels % number == 0).Take(12);
            throw new ShapeException($"ChannelShuffle needs groups that divide the {input.Channels} channels: {received}. Possible: "
                + $"{NumberRow.Join(", ", divisors)}.");
        }
        return input;
    }

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    // Groups and the channels of a group as two axes, exchanged.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var shape = graph.InputShapes[0];
        graph.Exchanged([Groups, shape.Channels / Groups, shape.Height, shape.Width], 0, 2, 1, 3, 4);
    }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new ChannelShuffle(settings.Whole("groups", (ChannelShuffle op) => op.Groups, text: groups => $"{groups} groups"));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("3 groups of 3", new ChannelShuffle(3), [new Shape(9, 2, 3)], 19),
        new("2 groups of 5", new ChannelShuffle(2), [new Shape(10, 3, 1)], 16),
        new("1 group changes nothing", new ChannelShuffle(1), [new Shape(4, 2, 2)], 3),
        new("a vector", new ChannelShuffle(4), [Shape.Vector(12)], 17),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var groups = 1 + random.NextInt(5);
        return new OpCase("random", new ChannelShuffle(groups), [new Shape(groups * (1 + random.NextInt(5)), 1 + random.NextInt(5), 1 + random.NextInt(5))], 1 + random.NextInt(40));
    }

    internal override StridedCopy Copy(Shape input)
    {
        var each = input.Channels / Groups;
        return new StridedCopy(0, 0, new CopyLoop(each, input.Area, Groups * input.Area), new CopyLoop(Groups, each * input.Area, input.Area), new CopyLoop(input.Area, 1, 1));
    }

    internal override (int Channel, int Row, int Column) Source(Shape input, int channel, int row, int column) =>
        ((channel % Groups * (input.Channels / Groups)) + (channel / Groups), row, column);
}
