using FeatureMap.Networks;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>Rows and columns at the end of a map that no window reaches: (i + padding - extent) mod stride is not 0. Source: arXiv 1603.07285, relation 6.</summary>
internal sealed class UnreadRule : LintRule
{
    // Fewer pixels than this share are a border; more are a part of the picture.
    private const double Noticeable = 0.1;

    public override string Id => "unread";

    public override string Title => "rows or columns at the end that no window reaches";

    public override string Why => "The layer before computes them, nobody looks at them: work is wasted, and the right and lower border of the image counts for less.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var unread in context.Unread)
        {
            var layer = unread.Layer;
            var (rows, columns) = WindowAxis.Of(layer)!.Value;
            var (lostRows, lostColumns) = (rows.HasGaps ? 0 : rows.Unread, columns.HasGaps ? 0 : columns.Unread);
            if (lostRows + lostColumns == 0) continue;
            var input = layer.InputShapes[0];
            var lost = 1 - ((double)(input.Height - lostRows) / input.Height * (input.Width - lostColumns) / input.Width);
            var elsewhere = context.IsReadElsewhere(layer);
            yield return Finding(
                lost >= Noticeable && !elsewhere ? LintSeverity.Warning : LintSeverity.Hint, layer,
                $"the last {Lost(lostRows, lostColumns)} of {input.Height}x{input.Width} pixels are never read, {Percent(lost, 1)} of the map: {Arithmetic(rows, columns, lostRows, lostColumns)}"
                + (elsewhere ? "; another branch reads them" : ""),
                $"{(layer.Op is Ops.WindowPool ? "Use ceilMode: true, or pad" : "Pad")} one layer so that nothing is left over (padding: Padding.Same does), or choose the size of the input for it.",
                ("rows", lostRows), ("columns", lostColumns), ("share", lost));
        }
    }

    private static string Lost(int rows, int columns) =>
        rows == 0 ? Count(columns, "column") : columns == 0 ? Count(rows, "row") : $"{Count(rows, "row")} and {Count(columns, "column")}";

    private static string Arithmetic(WindowAxis rows, WindowAxis columns, int lostRows, int lostColumns)
    {
        var (axis, name) = lostRows > 0 ? (rows, "rows") : (columns, "columns");
        var text = $"({axis.Input} + {axis.Before + axis.After} - {axis.Extent}) mod {axis.Stride} = {axis.LeftOver} {name}";
        return axis.After == 0 ? text : $"{text}, {axis.After} of them padding";
    }
}
