using System.Globalization;

namespace FeatureMap.Ops;

/// <summary>
/// Which positions of one axis are kept: from a start on, up to and without a stop, in steps. Counts as Python, NumPy and ONNX do: negative numbers count from the
/// end (-1 is the last), numbers beyond an end mean that end, and a negative step walks backwards. A C# range means the same with step 1: <c>1..^1</c>.
/// </summary>
/// <example><c>AxisSlice.Every(2)</c>, <c>AxisSlice.Backwards</c>, <c>new AxisSlice(1, 9, 2)</c>, or just <c>1..^1</c>.</example>
public readonly record struct AxisSlice
{
    private readonly int stepLessOne; // so that the default value is the whole axis

    /// <summary>Describes positions of an axis.</summary>
    /// <param name="start">The first position; by default the first of the axis, or the last when walking backwards.</param>
    /// <param name="stop">The position to stop before; by default none is left out at that end.</param>
    /// <param name="step">From one kept position to the next; not 0.</param>
    /// <exception cref="UsageException">The step is 0.</exception>
    public AxisSlice(int? start, int? stop, int step = 1)
    {
        if (step == 0) throw new UsageException("A slice's step must not be 0: 1 keeps every position, 2 every second one, -1 all of them backwards.");
        (Start, Stop, stepLessOne) = (start, stop, step - 1);
    }

    /// <summary>Every position, in order.</summary>
    public static AxisSlice All => default;

    /// <summary>Every position, the last first: rows upside down, columns mirrored.</summary>
    public static AxisSlice Backwards => new(null, null, -1);

    /// <summary>The first position; null for the end at which the walk begins.</summary>
    public int? Start { get; }

    /// <summary>The position before which the walk ends; null to go on to the end.</summary>
    public int? Stop { get; }

    /// <summary>From one kept position to the next.</summary>
    public int Step => stepLessOne + 1;

    /// <summary>Every position whose number is a multiple of the step.</summary>
    public static AxisSlice Every(int step) => new(null, null, step);

    /// <summary>A range of C#, such as <c>2..5</c>, <c>1..</c> or <c>..^1</c>.</summary>
    public static implicit operator AxisSlice(Range range) =>
        new(range.Start.IsFromEnd ? FromEnd(range.Start, int.MaxValue) : range.Start.Value, range.End.IsFromEnd ? FromEnd(range.End, null) : range.End.Value);

    /// <summary>Written as in Python: <c>1:-1</c>, <c>::2</c>, <c>::-1</c>, and <c>:</c> for everything.</summary>
    public override string ToString() => $"{Start}:{Stop}{(Step == 1 ? "" : $":{Step}")}";

    /// <summary>Reads what <see cref="ToString"/> writes; null where it cannot be meant so.</summary>
    internal static AxisSlice? Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length is < 2 or > 3) return null;
        var numbers = new int?[3];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length == 0) continue;
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return null;
            numbers[i] = number;
        }
        return numbers[2] is 0 or int.MinValue ? null : new AxisSlice(numbers[0], numbers[1], numbers[2] ?? 1);
    }

    /// <summary>First position and number of positions on an axis of this size.</summary>
    /// <exception cref="ShapeException">Nothing is left.</exception>
    internal (int First, int Count) On(int size, string axis)
    {
        // Walking forwards, both ends lie in 0 .. size; walking backwards, in -1 .. size - 1.
        var (least, most) = Step > 0 ? (0, size) : (-1, size - 1);
        var first = Start is { } start ? Clamp(start, size, least, most) : Step > 0 ? least : most;
        var end = Stop is { } stop ? Clamp(stop, size, least, most) : Step > 0 ? most : least;
        var count = ((long)end - first + Step - Math.Sign(Step)) / Step;
        return count > 0
            ? (first, (int)count)
            : throw new ShapeException($"The slice {this} of {size} {axis} is empty: it walks from {first} to before {end} in steps of {Step}. Positions are 0 to {size - 1}; negative numbers count from the end.");
    }

    private static int Clamp(int position, int size, int least, int most) => (int)Math.Clamp(position < 0 ? (long)position + size : position, least, most);

    private static int? FromEnd(Index index, int? end) => index.Value == 0 ? end : -index.Value;
}
