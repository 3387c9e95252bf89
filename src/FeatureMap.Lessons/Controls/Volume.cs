namespace FeatureMap.Lessons;

/// <summary>Numbers that a learner edits and a lesson shows: channels x rows x columns, planar. Two are equal where all numbers
/// are.</summary>
public sealed class Volume : IEquatable<Volume>
{
    private readonly float[] values;

    /// <summary>Numbers of a shape.</summary>
    /// <param name="shape">Channels, rows and columns.</param>
    /// <param name="values">The numbers, channel after channel, row after row; copied.</param>
    /// <exception cref="ShapeException">There are more or fewer numbers than the shape has.</exception>
    public Volume(Shape shape, ReadOnlySpan<float> values)
    {
        if (values.Length != shape.Count) throw new ShapeException($"{shape} are {shape.Count:N0} numbers: received {values.Length:N0}.");
        (Shape, this.values) = (shape, values.ToArray());
    }

    /// <summary>One channel, written row after row.</summary>
    /// <param name="rows">How many rows the numbers make.</param>
    /// <param name="values">The numbers.</param>
    public Volume(int rows, params ReadOnlySpan<float> values) : this(Shape.Image(1, rows, values.Length / rows), values) { }

    /// <summary>Channels, rows and columns.</summary>
    public Shape Shape { get; }

    /// <summary>All numbers, planar.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>The number of a channel at a row and column.</summary>
    public float this[int channel, int row, int column] => values[(((channel * Shape.Height) + row) * Shape.Width) + column];

    /// <summary>All numbers in an array of its own.</summary>
    public float[] ToArray() => [.. values];

    /// <summary>One number at each place.</summary>
    public static Volume Of(Shape shape, Func<int, int, int, double> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var numbers = new float[shape.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)value(i / shape.Area, i % shape.Area / shape.Width, i % shape.Width);
        return new Volume(shape, numbers);
    }

    /// <summary>The same number everywhere.</summary>
    public static Volume Filled(Shape shape, float value) => Of(shape, (_, _, _) => value);

    /// <summary>The numbers of another shape: what both have stays, the rest is filled.</summary>
    public Volume Fitted(Shape shape, float filling) => shape == Shape ? this : Of(shape, (channel, row, column) =>
        channel < Shape.Channels && row < Shape.Height && column < Shape.Width ? this[channel, row, column] : filling);

    /// <inheritdoc/>
    public bool Equals(Volume? other) => other is not null && Shape == other.Shape && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Volume);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Shape, values.Length > 0 ? values[0] : 0);
}
