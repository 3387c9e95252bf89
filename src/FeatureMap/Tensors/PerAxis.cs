namespace FeatureMap;

/// <summary>
/// A number along the rows and one along the columns: size of a kernel (height, width), stride, dilation. A plain number means both:
/// <c>kernel: 3</c> is 3x3, <c>kernel: (3, 1)</c> three rows of one column.
/// </summary>
/// <param name="Vertical">Along the rows: a height, or a step from row to row.</param>
/// <param name="Horizontal">Along the columns: a width, or a step from column to column.</param>
public readonly record struct PerAxis(int Vertical, int Horizontal)
{
    /// <summary>The same number along both axes.</summary>
    public static implicit operator PerAxis(int both) => new(both, both);

    /// <summary>First the vertical, then the horizontal number.</summary>
    public static implicit operator PerAxis((int Vertical, int Horizontal) pair) => new(pair.Vertical, pair.Horizontal);

    /// <summary>Both numbers, as sizes are written: <c>3x3</c>.</summary>
    internal string Size => $"{Vertical}x{Horizontal}";

    /// <summary>One number where both are equal, else <c>3x1</c>.</summary>
    public override string ToString() => Vertical == Horizontal ? $"{Vertical}" : Size;
}
