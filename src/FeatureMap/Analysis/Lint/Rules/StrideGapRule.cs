using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>A convolution whose taps do not reach from one window to the next: a 1x1 kernel with stride 2 reads one pixel in
/// four.</summary>
internal sealed class StrideGapRule : LintRule
{
    private static readonly int[] One = [1, 1];

    public override string Id => "stride-gap";

    public override string Title => "a convolution that skips pixels between its windows";

    public override string Why => "What stands in the skipped pixels is not seen here and gets no gradient from here. Where nobody else "
        + "reads it, it was computed for nothing.";

    public override string Lesson => "src/FeatureMap/Blocks/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var unread in context.Unread)
        {
            if (unread.Layer.PlainOp is not Conv2d conv || unread.Layer.Windows is not var (rows, columns)) continue;
            if (!(rows.HasGaps && rows.Unread > 0) && !(columns.HasGaps && columns.Unread > 0)) continue;
            var elsewhere = context.IsReadElsewhere(unread.Layer);
            yield return Finding(
                elsewhere ? LintSeverity.Hint : LintSeverity.Warning, unread.Layer,
                $"the {conv.Kernel.Size} kernel with stride {conv.Stride} reads {Percent(unread.ReadShare, 1)} of the "
                + $"{rows.Input}x{columns.Input} pixels; {Percent(1 - unread.ReadShare, 1)} are skipped{(elsewhere ? " here, and read by "
                    + "another branch" : " and get no gradient")}",
                "Let a 3x3 convolution have the stride, or take means first: AveragePool(2), then the 1x1 with stride 1.",
                ("readShare", unread.ReadShare)) with
            { Edits = elsewhere || conv.Kernel != 1 ? [] : Means(unread.Layer, conv) };
        }
    }

    // Means of all pixels in the place of the one that was read; the sizes are the same.
    private static NetworkEdit[] Means(Layer layer, Conv2d conv) => conv.Padding != Padding.Valid ? [] :
    [
        NetworkEdit.InsertBefore(layer.Name,
            new AveragePool2d(conv.Stride) { Stride = conv.Stride, CeilMode = true, CountsPadding = false }),
        NetworkEdit.Set(layer.Name, "stride", One),
    ];
}
