using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>Rows and columns at the end of a map that no window reaches: (i + padding - extent) mod stride is not 0. Source: arXiv
/// 1603.07285, relation 6.</summary>
internal sealed class UnreadRule : LintRule
{
    // Fewer pixels than this share are a border; more are a part of the picture.
    private const double Noticeable = 0.1;

    public override string Id => "unread";

    public override string Title => "rows or columns at the end that no window reaches";

    public override string Why => "Whoever computed them did it for nothing, and the lower and right border of the image counts for less.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var unread in context.Unread)
        {
            var layer = unread.Layer;
            var (rows, columns) = layer.Windows!;
            var (lostRows, lostColumns) = (rows.HasGaps ? 0 : rows.Unread, columns.HasGaps ? 0 : columns.Unread);
            if (lostRows + lostColumns == 0) continue;
            var input = layer.InputShapes[0];
            var lost = 1 - ((double)(input.Height - lostRows) / input.Height * (input.Width - lostColumns) / input.Width);
            var elsewhere = context.IsReadElsewhere(layer);
            yield return Finding(
                lost >= Noticeable && !elsewhere ? LintSeverity.Warning : LintSeverity.Hint, layer,
                $"{Lost(lostRows, lostColumns)} of {input.Height}x{input.Width} pixels are never read, {Percent(lost, 1)} of the "
                    + $"map: {Arithmetic(rows, columns, lostRows)}"
                + (elsewhere ? "; another branch reads them" : ""),
                $"{(layer.Op is WindowPool ? "Use ceilMode: true, or pad" : "Pad")} one layer so that nothing is left over (padding: "
                    + "Padding.Same does), or choose the size of the input for it.",
                ("rows", lostRows), ("columns", lostColumns), ("share", lost)) with
            { Edits = Reaching(layer, rows, columns) };
        }
    }

    // One window more, which reaches over the end.
    private static NetworkEdit[] Reaching(Layer layer, WindowAxis rows, WindowAxis columns)
    {
        if (layer.Op is WindowPool) return [NetworkEdit.Set(layer.Name, "ceilMode", true)];
        int Missing(WindowAxis axis) => axis.LeftOver == 0 ? 0 : axis.Stride - axis.LeftOver;
        return layer.PlainOp is not Conv2d ? [] :
        [
            NetworkEdit.Set(layer.Name, "padding",
                new[] { rows.Before, columns.Before, rows.After + Missing(rows), columns.After + Missing(columns) }),
        ];
    }

    private static string Lost(int rows, int columns) =>
        string.Join(" and ", new[] { rows == 0 ? "" : $"{Count(rows, "row")} at the bottom",
            columns == 0 ? "" : $"{Count(columns, "column")} at the right" }.Where(text => text.Length > 0));

    private static string Arithmetic(WindowAxis rows, WindowAxis columns, int lostRows)
    {
        var axis = lostRows > 0 ? rows : columns;
        var text = $"({axis.Input} + {axis.Before + axis.After} - {axis.Extent}) mod {axis.Stride} = {axis.LeftOver}";
        return axis.After == 0 ? text : $"{text}, {axis.After} of them padding";
    }
}
