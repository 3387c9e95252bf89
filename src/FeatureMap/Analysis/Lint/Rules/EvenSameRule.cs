using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>An even kernel with the same padding on both sides at stride 1: it has no middle pixel, so the map grows or shrinks by an odd
/// number.</summary>
internal sealed class EvenSameRule : LintRule
{
    public override string Id => "even-same";

    public override string Title => "an even kernel with equal padding on both sides";

    public override string Why => "An even kernel has no middle pixel. Padded equally it cannot keep the size, and every output stands "
        + "between two pixels: skip paths no longer fit, and maps drift by half a pixel per layer.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, conv) in context.All<Conv2d>())
        {
            var (rows, columns) = conv.Geometry(layer.InputShapes[0]);
            if (!IsUneven(rows) && !IsUneven(columns)) continue;
            var axis = IsUneven(rows) ? rows : columns;
            yield return Warning(
                layer,
                $"the {conv.Kernel.Size} kernel{(axis.Dilation > 1 ? $" (extent {axis.Extent})" : "")} with {axis.Before} "
                    + $"pixel{(axis.Before == 1 ? "" : "s")} of padding on each side makes {axis.Outputs} of {axis.Input} pixels and "
                    + "moves them by half a pixel",
                "Use an odd kernel, such as 3x3 with padding 1; or padding: Padding.Same, which keeps the size and puts the odd pixel to "
                    + "the end.",
                ("extent", axis.Extent), ("padding", axis.Before), ("input", axis.Input), ("output", axis.Outputs)) with
            {
                Edits = [NetworkEdit.Set(layer.Name, "padding", "same")],
            };
        }
    }

    private static bool IsUneven(WindowAxis axis) =>
        axis.Extent % 2 == 0 && axis.Stride == 1 && axis.Before == axis.After && axis.Before > 0;
}
