using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>Floats from one position to the next along each axis of an operand; 0 where it has a single position, which is met again and again.</summary>
internal readonly record struct Steps(nint Channel, nint Row, nint Column);

/// <summary>
/// A walk over a shape in the order of memory, row by row, beside operands that may lack some of its axes: the way of everything that broadcasts or reduces.
/// Where no operand lacks any, and in vectors, all numbers make a single row.
/// </summary>
internal readonly struct Walk
{
    private readonly int height;
    private readonly bool isOneRow;

    /// <param name="shape">What is walked over.</param>
    /// <param name="operands">What is read and written on the way; each size is the shape's, or 1.</param>
    public Walk(Shape shape, params ReadOnlySpan<Shape> operands)
    {
        isOneRow = shape.IsVector || !operands.ContainsAnyExcept(shape);
        (Rows, Columns, height) = isOneRow ? (1, shape.Count, 1) : (shape.Channels * shape.Height, shape.Width, shape.Height);
    }

    public int Rows { get; }

    /// <summary>Numbers in a row.</summary>
    public int Columns { get; }

    /// <summary>Floats of a row, all lanes counted.</summary>
    public nint RowFloats => (nint)Columns * LaneLayout.Lanes;

    /// <summary>How to go through one of the operands.</summary>
    public Steps StepsOf(Shape operand) => isOneRow
        ? new Steps(0, 0, operand.Count == 1 ? 0 : LaneLayout.Lanes)
        : new Steps(Step(operand.Channels, operand.Area), Step(operand.Height, operand.Width), Step(operand.Width, 1));

    /// <summary>Where a row begins in an operand, in floats.</summary>
    public nint Start(in Steps steps, int row) => (row / height * steps.Channel) + (row % height * steps.Row);

    private static nint Step(int positions, int numbers) => positions == 1 ? 0 : (nint)numbers * LaneLayout.Lanes;
}
