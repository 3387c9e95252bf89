using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Keeps a part of the channels, rows and columns, and leaves the rest out: a crop, every second pixel, a mirror image (a step of -1). The gradient of what is left
/// out is 0. Several slices of one input are a split. No parameters, no arithmetic.
/// Shapes: each size becomes the number of positions kept. Source: ONNX operator Slice, whose counting is Python's.
/// </summary>
public sealed partial class Slice : Rearrangement, IOpRoom
{
    /// <summary>Which channels; all of them unless set.</summary>
    public AxisSlice Channels { get; init; }

    /// <summary>Which rows.</summary>
    public AxisSlice Rows { get; init; }

    /// <summary>Which columns.</summary>
    public AxisSlice Columns { get; init; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var (channels, rows, columns) = On(inputs[0]);
        return new Shape(channels.Count, rows.Count, columns.Count);
    }

    /// <summary>One pixel each, in steps. A map that is walked backwards counts as if it were not: the field of its first unit is that of its last.</summary>
    public override Reach Reach(IReadOnlyList<Shape> inputs)
    {
        var (_, rows, columns) = On(inputs[0]);
        return new Reach(ReachOf(rows, Rows.Step), ReachOf(columns, Columns.Step));
    }

    static Op IOpRoom.FromSettings(OpSettings settings) => new Slice
    {
        Channels = settings.Slice("channels", (Slice op) => op.Channels),
        Rows = settings.Slice("rows", (Slice op) => op.Rows),
        Columns = settings.Slice("columns", (Slice op) => op.Columns),
    };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("crop", new Slice { Rows = 1..^2, Columns = 2.. }, [new Shape(3, 6, 5)], 19),
        new("channels", new Slice { Channels = 1..3 }, [new Shape(5, 3, 4)], 16),
        new("every second pixel", new Slice { Rows = AxisSlice.Every(2), Columns = new AxisSlice(1, null, 2) }, [new Shape(2, 7, 6)], 5),
        new("mirrored", new Slice { Columns = AxisSlice.Backwards }, [new Shape(2, 3, 7)], 17),
        new("backwards in steps, from the end", new Slice { Channels = new AxisSlice(-1, 0, -2), Rows = new AxisSlice(-2, -6, -3) }, [new Shape(6, 8, 2)], 3),
        new("ends beyond the axis", new Slice { Channels = new AxisSlice(-100, 100), Rows = new AxisSlice(100, -100, -1) }, [new Shape(4, 3, 3)], 2),
        new("everything", new Slice(), [new Shape(3, 4, 2)], 4),
        new("part of a vector", new Slice { Channels = 3..8 }, [Shape.Vector(11)], 18),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        while (true)
        {
            var input = new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8));
            var op = new Slice { Channels = Draw(ref random), Rows = Draw(ref random), Columns = Draw(ref random) };
            try
            {
                _ = op.OutputShape([input]);
                return new OpCase("random", op, [input], 1 + random.NextInt(40));
            }
            catch (ShapeException)
            {
                // Nothing is left: draw another.
            }
        }

        static AxisSlice Draw(ref RandomSequence random)
        {
            var step = 1 + random.NextInt(3);
            return new AxisSlice(
                random.NextInt(2) == 0 ? null : random.NextInt(20) - 10, random.NextInt(2) == 0 ? null : random.NextInt(20) - 10, random.NextInt(3) == 0 ? -step : step);
        }
    }

    internal override StridedCopy Copy(Shape input)
    {
        var (channels, rows, columns) = On(input);
        return new StridedCopy(
            (((channels.First * input.Height) + rows.First) * input.Width) + columns.First, 0,
            Loop(channels.Count, Channels.Step, input.Area, rows.Count * columns.Count),
            Loop(rows.Count, Rows.Step, input.Width, columns.Count),
            Loop(columns.Count, Columns.Step, 1, 1));
    }

    internal override (int Channel, int Row, int Column) Source(Shape input, int channel, int row, int column)
    {
        var (channels, rows, columns) = On(input);
        return (channels.First + (channel * Channels.Step), rows.First + (row * Rows.Step), columns.First + (column * Columns.Step));
    }

    private ((int First, int Count) Channels, (int First, int Count) Rows, (int First, int Count) Columns) On(Shape input) =>
        (Channels.On(input.Channels, "channels"), Rows.On(input.Height, "rows"), Columns.On(input.Width, "columns"));

    // A step beyond the axis keeps one position, and its product with the size of a plane might not fit.
    private static CopyLoop Loop(int count, int step, int sourceSize, int targetSize) => new(count, count == 1 ? 0 : step * sourceSize, targetSize);

    private static AxisReach ReachOf((int First, int Count) positions, int step) =>
        new(1, Math.Abs((double)step), -(double)(step > 0 ? positions.First : positions.First + (step * (positions.Count - 1))));
}
