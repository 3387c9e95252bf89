namespace FeatureMap.Lanes;

/// <summary>
/// A part of a shard's results that needs no other part: some rows of some outputs (channels of the target). Whoever computes outputs as
/// numbers without rows has one row.
/// </summary>
internal readonly record struct MapPart(IndexRange Rows, IndexRange Outputs);

/// <summary>
/// A part of a weight gradient that needs no other part: a rectangle of the weight matrix [output][column], where a column is an input of
/// the output: a tap of a channel, channel by channel.
/// </summary>
internal readonly record struct GradientPart(IndexRange Outputs, IndexRange Columns);

/// <summary>An axis along which results are independent of each other.</summary>
/// <param name="Count">Numbers of the axis.</param>
/// <param name="Unit">Parts begin at multiples of it: register tiles stay whole.</param>
/// <param name="Least">Numbers of a part below which cutting costs more than another axis would.</param>
internal readonly record struct CutAxis(int Count, int Unit, int Least)
{
    private int Units => (Count + Unit - 1) / Unit;

    /// <summary>
    /// About as many rectangles as asked for, which together cover both axes: along the first while its parts are large enough, then along
    /// the second, then without regard for the size. Cutting changes no sum, so it changes no bit.
    /// </summary>
    public static (IndexRange First, IndexRange Second)[] Cut(CutAxis first, CutAxis second, int parts)
    {
        var rows = first.Parts(parts, first.Least);
        var columns = second.Parts((parts + rows - 1) / rows, second.Least);
        rows = first.Parts((parts + columns - 1) / columns, first.Unit);
        columns = second.Parts((parts + rows - 1) / rows, second.Unit);
        return
        [
            .. from row in Enumerable.Range(0, rows)
               from column in Enumerable.Range(0, columns)
               select (first.Part(row, rows), second.Part(column, columns)),
        ];
    }

    private int Parts(int wanted, int least) => Math.Clamp(wanted, 1, Math.Max(1, Math.Min(Units, Count / Math.Max(1, least))));

    private IndexRange Part(int part, int parts) => new(Begin(part, parts), Begin(part + 1, parts));

    private int Begin(int part, int parts) => Math.Min(Count, (int)((long)Units * part / parts) * Unit);
}
