using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Exchanges channels, rows and columns: axis i of the output is the named axis of the input. (Channels, Columns, Rows) mirrors each plane at its diagonal;
/// (Columns, Channels, Rows) turns a channels-last memory order into channels first. No parameters, no arithmetic.
/// Shapes: the sizes are exchanged as the axes are. Source: ONNX operator Transpose, with a permutation that leaves the batch first.
/// </summary>
public sealed partial class Transpose : Rearrangement, IOpRoom
{
    private static readonly Axis[][] Orders =
    [
        [Axis.Channels, Axis.Rows, Axis.Columns], [Axis.Channels, Axis.Columns, Axis.Rows], [Axis.Rows, Axis.Channels, Axis.Columns],
        [Axis.Rows, Axis.Columns, Axis.Channels], [Axis.Columns, Axis.Channels, Axis.Rows], [Axis.Columns, Axis.Rows, Axis.Channels],
    ];

    /// <summary>Which axis of the input becomes the channels, the rows and the columns of the output.</summary>
    /// <exception cref="UsageException">An axis is named twice.</exception>
    public Transpose(Axis channels, Axis rows, Axis columns)
    {
        (Channels, Rows, Columns) = (channels, rows, columns);
        if (!Orders.Any(order => order.SequenceEqual([channels, rows, columns])))
            throw new UsageException($"A transpose names each axis once: received {channels}, {rows}, {columns}. To exchange rows and columns: Channels, Columns, Rows.");
    }

    /// <summary>The input axis that becomes the channels.</summary>
    public Axis Channels { get; }

    /// <summary>The input axis that becomes the rows.</summary>
    public Axis Rows { get; }

    /// <summary>The input axis that becomes the columns.</summary>
    public Axis Columns { get; }

    /// <summary>The transpose that takes this one back.</summary>
    public Transpose Inverse()
    {
        Axis[] order = [Channels, Rows, Columns];
        return new Transpose((Axis)Array.IndexOf(order, Axis.Channels), (Axis)Array.IndexOf(order, Axis.Rows), (Axis)Array.IndexOf(order, Axis.Columns));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => new(inputs[0].Size(Channels), inputs[0].Size(Rows), inputs[0].Size(Columns));

    /// <summary>Pointwise where rows and columns stay; else, as places change their meaning, everything.</summary>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Rows == Axis.Rows && Columns == Axis.Columns ? Ops.Reach.Pointwise : Ops.Reach.Global(inputs[0]);

    static Op IOpRoom.FromSettings(OpSettings settings) => new Transpose(
        settings.Choice("channels", (Transpose op) => op.Channels), settings.Choice("rows", (Transpose op) => op.Rows),
            settings.Choice("columns", (Transpose op) => op.Columns));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        .. Orders.Select((order, number) => new OpCase(string.Join(", ", order), new Transpose(order[0], order[1], order[2]), [new Shape(3, 4, 5)], 15 + number)),
        new("a vector becomes a row", new Transpose(Axis.Rows, Axis.Columns, Axis.Channels), [Shape.Vector(7)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var order = Orders[random.NextInt(Orders.Length)];
        return new OpCase("random", new Transpose(order[0], order[1], order[2]), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40));
    }

    internal override StridedCopy Copy(Shape input)
    {
        var output = OutputShape([input]);
        return new StridedCopy(
            0, 0,
            new CopyLoop(output.Channels, Step(input, Channels), output.Area),
            new CopyLoop(output.Height, Step(input, Rows), output.Width),
            new CopyLoop(output.Width, Step(input, Columns), 1));
    }

    internal override (int Channel, int Row, int Column) Source(Shape input, int channel, int row, int column)
    {
        var place = new int[3];
        (place[(int)Channels], place[(int)Rows], place[(int)Columns]) = (channel, row, column);
        return (place[0], place[1], place[2]);
    }

    private static int Step(Shape shape, Axis axis) => axis switch { Axis.Channels => shape.Area, Axis.Rows => shape.Width, _ => 1 };
}
