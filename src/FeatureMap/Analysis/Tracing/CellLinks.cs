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

    private static IEnumerable<CellLink> All(Op op, Shape input) => op switch
    {
        Conv2d convolution => Convolution(convolution.Geometry(input), isTurned: false),
        ConvTranspose2d transposed => Convolution(transposed.Geometry(input), isTurned: true).OrderBy(link => link.Output),
        WindowPool pool => Windows(pool, pool.Geometry(input)),
        BinPool bins => Bins(bins, input),
        PlaneMap map => Planes(map, input),
        Rearrangement moved => Moved(moved, input),
        _ => throw new UsageException($"{op.Name} has no links from cell to cell: ask for a convolution, a pooling, a resize or an op "
            + $"that moves numbers."),
    };

    private static IEnumerable<CellLink> Convolution(ConvGeometry geometry, bool isTurned)
    {
        var perOutput = geometry.InputChannelsPerGroup * geometry.Taps;
        for (var output = 0; output < geometry.Output.Count; output++)
        {
            var (channel, row, column) = Place(geometry.Output, output);
            var firstChannel = channel / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
            for (var i = 0; i < perOutput; i++)
            {
                var (of, tap) = (firstChannel + (i / geometry.Taps), i % geometry.Taps);
                var input = Read(geometry, of, row, column, tap);
                var weight = (channel * perOutput) + i;
                if (!isTurned) yield return new CellLink(output, input, weight);
                else if (input >= 0) yield return new CellLink(input, output, weight);
            }
        }
    }

    private static IEnumerable<CellLink> Windows(WindowPool pool, PoolGeometry geometry)
    {
        var mean = pool as AveragePool2d;
        var (rows, columns) = (mean?.Divisors(geometry.Vertical), mean?.Divisors(geometry.Horizontal));
        for (var output = 0; output < geometry.Output.Count; output++)
        {
            var (channel, row, column) = Place(geometry.Output, output);
            var factor = mean is null ? 1 : 1.0 / ((long)rows![row] * columns![column]);
            for (var tap = 0; tap < geometry.Taps; tap++)
                yield return new CellLink(output, Read(geometry, channel, row, column, tap), -1, factor);
        }
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

    private static IEnumerable<CellLink> Planes(PlaneMap map, Shape input)
    {
        var (tables, output) = (map.Tables(input), map.OutputShape([input]));
        for (var cell = 0; cell < output.Count; cell++)
        {
            var (channel, row, column) = Place(output, cell);
            var (rows, columns) = (tables.Rows.Taps(row).ToArray(), tables.Columns.Taps(column).ToArray());
            foreach (var y in rows)
                foreach (var x in columns)
                    yield return new CellLink(cell, channel < tables.ChannelsBefore || channel - tables.ChannelsBefore >= input.Channels
                        ? -1
                        : Cell(input, channel - tables.ChannelsBefore, y.Position, x.Position), -1, (double)y.Weight * x.Weight);
        }
    }

    private static IEnumerable<CellLink> Moved(Rearrangement op, Shape input)
    {
        var output = op.OutputShape([input]);
        for (var cell = 0; cell < output.Count; cell++)
        {
            var (channel, row, column) = Place(output, cell);
            var source = op.Source(input, channel, row, column);
            yield return new CellLink(cell, Cell(input, source.Channel, source.Row, source.Column), -1);
        }
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
