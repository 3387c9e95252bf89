using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>A cell of an output, one of those that made it, and the weight between them; all are places in planar order.</summary>
/// <param name="Output">The cell that was made.</param>
/// <param name="Input">A cell that it was made of; -1 for padding.</param>
/// <param name="Weight">The number of the layer's weight that it was multiplied by; -1 where there is none.</param>
/// <param name="Factor">What it counts besides the weight: 1, a part of a mean, or a share of an interpolation.</param>
public readonly record struct CellLink(int Output, int Input, int Weight, double Factor = 1);

/// <summary>
/// Which cells of its input, through which weights, make each cell of a layer's output: forward the window of a cell, backward where a cell
/// goes. From the op's own geometry.
/// For convolutions, transposed convolutions, pooling with windows and with bins, resizing, and ops that move numbers.
/// </summary>
public static class CellLinks
{
    /// <summary>More links than this are refused: they are for pictures that a person looks at.</summary>
    public const int Most = 1 << 20;

    /// <summary>The links of a layer, those of the first output first.</summary>
    /// <param name="op">The layer.</param>
    /// <param name="input">Shape of its input.</param>
    /// <exception cref="UsageException">The op's outputs are made in another way, or there are more than 1,048,576 links.</exception>
    /// <exception cref="ShapeException">The op does not fit the input.</exception>
    public static IReadOnlyList<CellLink> Of(Op op, Shape input)
    {
        ArgumentNullException.ThrowIfNull(op);
        var links = new List<CellLink>();
        foreach (var link in All(op, input))
        {
            links.Add(link);
            if (links.Count > Most) throw new UsageException($"{op.Name} on {input} has more than {Most:N0} links. Take a smaller "
                + $"image: the picture repeats itself.");
        }
        return links;
    }

    /// <summary>The links of one cell of a layer's output: what the whole layer has may be too many.</summary>
    /// <param name="op">The layer.</param>
    /// <param name="input">Shape of its input.</param>
    /// <param name="output">Place of the cell, planar.</param>
    /// <exception cref="UsageException">The op's outputs are made in another way, or there is no such cell.</exception>
    /// <exception cref="ShapeException">The op does not fit the input.</exception>
    public static IReadOnlyList<CellLink> Of(Op op, Shape input, int output)
    {
        ArgumentNullException.ThrowIfNull(op);
        var shape = op.OutputShape([input]);
        if (output < 0 || output >= shape.Count)
            throw new UsageException($"{op.Name} on {input} gives {shape} = {shape.Count:N0} cells, counted from 0: received {output:N0}.");
        return [.. op switch
        {
            Conv2d convolution => Convolution(convolution.Geometry(input), output),
            ConvTranspose2d transposed => Transposed(transposed.Geometry(input), output),
            WindowPool pool => Windows(pool.Geometry(input), Divisors(pool, pool.Geometry(input)), output),
            BinPool bins => Bins(bins, input).Where(link => link.Output == output),
            PlaneMap map => Plane(map.Tables(input), input, shape, output),
            Rearrangement moved => [Moved(moved, input, shape, output)],
            _ => throw Unlinked(op),
        }];
    }

    private static IEnumerable<CellLink> All(Op op, Shape input)
    {
        var shape = op.OutputShape([input]);
        IEnumerable<CellLink> Each(Func<int, IEnumerable<CellLink>> links) => Enumerable.Range(0, shape.Count).SelectMany(links);
        switch (op)
        {
            case Conv2d convolution:
                var geometry = convolution.Geometry(input);
                return Each(output => Convolution(geometry, output));
            case ConvTranspose2d transposed:
                return Turned(transposed.Geometry(input)).OrderBy(link => link.Output);
            case WindowPool pool:
                var windows = pool.Geometry(input);
                var divisors = Divisors(pool, windows);
                return Each(output => Windows(windows, divisors, output));
            case BinPool bins:
                return Bins(bins, input);
            case PlaneMap map:
                var tables = map.Tables(input);
                return Each(output => Plane(tables, input, shape, output));
            case Rearrangement moved:
                return Each(output => [Moved(moved, input, shape, output)]);
            default:
                throw Unlinked(op);
        }
    }

    private static UsageException Unlinked(Op op) =>
        new($"{op.Name} has no links from cell to cell: ask for a convolution, a pooling, a resize or an op that moves numbers.");

    private static IEnumerable<CellLink> Convolution(ConvGeometry geometry, int output)
    {
        var perOutput = geometry.InputChannelsPerGroup * geometry.Taps;
        var (channel, row, column) = Place(geometry.Output, output);
        var firstChannel = channel / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
        for (var i = 0; i < perOutput; i++)
            yield return new CellLink(output, Read(geometry, firstChannel + (i / geometry.Taps), row, column, i % geometry.Taps),
                (channel * perOutput) + i);
    }

    // A transposed convolution hands out what the convolution that it turns round would read.
    private static IEnumerable<CellLink> Turned(ConvGeometry geometry) =>
        from output in Enumerable.Range(0, geometry.Output.Count)
        from link in Convolution(geometry, output)
        where link.Input >= 0
        select new CellLink(link.Input, link.Output, link.Weight);

    // In the order of Turned: a window further on reads the cell with an earlier tap.
    private static IEnumerable<CellLink> Transposed(ConvGeometry geometry, int output)
    {
        var perOutput = geometry.InputChannelsPerGroup * geometry.Taps;
        var (channel, row, column) = Place(geometry.Input, output);
        var (group, within) = (channel / geometry.InputChannelsPerGroup, channel % geometry.InputChannelsPerGroup);
        var (rows, columns) = (Readers(geometry.Vertical, row), Readers(geometry.Horizontal, column));
        for (var of = group * geometry.OutputChannelsPerGroup; of < (group + 1) * geometry.OutputChannelsPerGroup; of++)
            foreach (var (y, down) in rows)
                foreach (var (x, across) in columns)
                    yield return new CellLink(output, Cell(geometry.Output, of, y, x),
                        (of * perOutput) + (within * geometry.Taps) + (down * geometry.Horizontal.Kernel) + across);
    }

    private static List<(int Window, int Tap)> Readers(WindowAxis axis, int position) =>
    [
        .. from window in Enumerable.Range(0, axis.Outputs)
           from tap in Enumerable.Range(0, axis.Kernel)
           where axis.Position(window, tap) == position
           select (window, tap),
    ];

    private static (int[]? Rows, int[]? Columns) Divisors(WindowPool pool, PoolGeometry geometry) =>
        pool is AveragePool2d mean ? (mean.Divisors(geometry.Vertical), mean.Divisors(geometry.Horizontal)) : (null, null);

    private static IEnumerable<CellLink> Windows(PoolGeometry geometry, (int[]? Rows, int[]? Columns) divisors, int output)
    {
        var (channel, row, column) = Place(geometry.Output, output);
        var factor = divisors.Rows is null ? 1 : 1.0 / ((long)divisors.Rows[row] * divisors.Columns![column]);
        for (var tap = 0; tap < geometry.Taps; tap++)
            yield return new CellLink(output, Read(geometry, channel, row, column, tap), -1, factor);
    }

    // Grid after grid, then channel, row of bins, bin: the order of the op's output.
    private static IEnumerable<CellLink> Bins(BinPool op, Shape input)
    {
        var cell = 0;
        foreach (var grid in op.Grids(input))
            for (var channel = 0; channel < input.Channels; channel++)
                foreach (var rows in grid.Rows.Bins)
                    foreach (var columns in grid.Columns.Bins)
                    {
                        var factor = op.TakesMaximum ? 1 : 1.0 / ((rows.End - rows.First) * (columns.End - columns.First));
                        for (var y = rows.First; y < rows.End; y++)
                            for (var x = columns.First; x < columns.End; x++)
                                yield return new CellLink(cell, Cell(input, channel, y, x), -1, factor);
                        cell++;
                    }
    }

    private static IEnumerable<CellLink> Plane(PlaneTables tables, Shape input, Shape output, int cell)
    {
        var (channel, row, column) = Place(output, cell);
        var from = channel - tables.ChannelsBefore;
        var (rows, columns) = (tables.Rows.Taps(row).ToArray(), tables.Columns.Taps(column).ToArray());
        foreach (var y in rows)
            foreach (var x in columns)
                yield return new CellLink(cell, from < 0 || from >= input.Channels ? -1 : Cell(input, from, y.Position, x.Position), -1,
                    (double)y.Weight * x.Weight);
    }

    private static CellLink Moved(Rearrangement op, Shape input, Shape output, int cell)
    {
        var (channel, row, column) = Place(output, cell);
        var source = op.Source(input, channel, row, column);
        return new CellLink(cell, Cell(input, source.Channel, source.Row, source.Column), -1);
    }

    private static (int Channel, int Row, int Column) Place(Shape shape, int cell) =>
        (cell / shape.Area, cell % shape.Area / shape.Width, cell % shape.Width);

    private static int Read(WindowGeometry geometry, int channel, int row, int column, int tap) => Cell(
        geometry.Input, channel, geometry.Vertical.Position(row, tap / geometry.Horizontal.Kernel),
            geometry.Horizontal.Position(column, tap % geometry.Horizontal.Kernel));

    private static int Cell(Shape shape, int channel, int row, int column) =>
        row < 0 || column < 0 || row >= shape.Height || column >= shape.Width ? -1 : (((channel * shape.Height) + row) * shape.Width)
            + column;
}
