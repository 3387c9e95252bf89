using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>A pooling whose window is smaller than its stride: pixels between the windows are never looked at.</summary>
internal sealed class PoolGapRule : LintRule
{
    public override string Id => "pool-gap";

    public override string Title => "a pooling that skips pixels between its windows";

    public override string Why =>
        "A pooling should sum up a neighbourhood; pixels between its windows have no say, however large they are.";

    public override string Lesson => "src/FeatureMap/Ops/MaxPool2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var unread in context.Unread)
        {
            if (unread.Layer.Op is not WindowPool pool || unread.Layer.Windows is not var (rows, columns)) continue;
            if (!(rows.HasGaps && rows.Unread > 0) && !(columns.HasGaps && columns.Unread > 0)) continue;
            var (height, width) = (Math.Max(pool.Kernel.Vertical, pool.Stride.Vertical),
                Math.Max(pool.Kernel.Horizontal, pool.Stride.Horizontal));
            var elsewhere = context.IsReadElsewhere(unread.Layer);
            yield return Finding(
                elsewhere ? LintSeverity.Hint : LintSeverity.Warning, unread.Layer,
                $"windows of {pool.Kernel.Size} with stride {pool.Stride} read {Percent(unread.ReadShare, 1)} of the "
                    + $"{rows.Input}x{columns.Input} pixels"
                + (elsewhere ? "; another branch reads the others" : ""),
                "Use a window at least as large as the stride: "
                    + $"kernel: {new PerAxis(height, width)}.",
                ("readShare", unread.ReadShare)) with
            {
                // Where another branch reads the others, the pooling is a skip that is meant so.
                Edits = elsewhere ? [] : [NetworkEdit.Set(unread.Layer.Name, "kernel", new[] { height, width })],
            };
        }
    }
}
