namespace FeatureMap.Ops;

/// <summary>
/// A plane cut into a fixed number of bins, whatever its size: the geometry of adaptive pooling. Bins cover every pixel; where the number of pixels is no
/// multiple of the number of bins, neighbouring bins share a pixel.
/// </summary>
internal sealed class BinGrid(Shape input, int rows, int columns)
{
    /// <summary>The bins along the rows of the plane.</summary>
    public BinAxis Rows { get; } = new(input.Height, rows);

    /// <summary>The bins along the columns of the plane.</summary>
    public BinAxis Columns { get; } = new(input.Width, columns);

    /// <summary>Bins of the plane; they are counted row by row.</summary>
    public int Count => Rows.Count * Columns.Count;
}

/// <summary>The bins along one axis: bin i of n covers the positions floor(i a / n) up to and without ceil((i + 1) a / n) of the a positions.</summary>
internal sealed class BinAxis
{
    public BinAxis(int input, int bins)
    {
        Input = input;
        Bins = [.. Enumerable.Range(0, bins).Select(i => ((int)((long)i * input / bins), (int)((((i + 1L) * input) + bins - 1) / bins)))];
    }

    public int Input { get; }

    public int Count => Bins.Length;

    /// <summary>Whether the bins stand side by side and are equally large: a pooling with this window and stride is the same.</summary>
    public bool IsEven => Input % Count == 0;

    /// <summary>Positions from one bin to the next, on average.</summary>
    public double Stride => (double)Input / Count;

    /// <summary>First position of each bin, and the first one behind it.</summary>
    public (int First, int End)[] Bins { get; }

    /// <summary>For every position, the bins that cover it: First up to and without End. They follow each other, because both ends of the bins rise.</summary>
    public (int First, int End)[] Readers()
    {
        var readers = new (int First, int End)[Input];
        for (var position = 0; position < Input; position++)
        {
            var first = position == 0 ? 0 : readers[position - 1].First;
            while (Bins[first].End <= position)
                first++;
            var end = first;
            while (end < Count && Bins[end].First <= position)
                end++;
            readers[position] = (first, end);
        }
        return readers;
    }
}
