using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// A strided convolution whose stride does not divide its kernel. Its input gradient is a transposed convolution with the same kernel and
/// stride, so pixels get their gradient through more or fewer taps by turns. Source: Odena, Dumoulin and Olah, Distill 2016, "Checkerboard
/// patterns in gradients".
/// </summary>
internal sealed class GradientCheckerboardRule : LintRule
{
    private const int Shown = 12;

    public override string Id => "cb-grad";

    public override string Title => "a strided convolution that reads its pixels unevenly often";

    public override string Why => "The gradient of its input has a checkerboard: some pixels count for several times as much as their "
        + "neighbours, for no reason in the image. Most networks live with it; generated and visualised images show it.";

    public override string Lesson => "src/FeatureMap/Ops/ConvTranspose2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, conv) in context.All<Conv2d>())
        {
            var (rows, columns) = conv.Geometry(layer.InputShapes[0]);
            var (down, across) = (rows.Overlap, columns.Overlap);
            if (rows.HasGaps || columns.HasGaps) continue; // skipped pixels are the matter of stride-gap
            var (most, least) = (down.Max() * across.Max(), down.Min() * across.Min());
            if (most == least) continue;
            var (reads, where) = rows.Reads().SequenceEqual(columns.Reads()) ? (rows.Reads(), "each axis") : down.Max() > down.Min()
                ? (rows.Reads(), "the rows") : (columns.Reads(), "the columns");
            yield return Hint(
                layer,
                $"kernel {conv.Kernel} with stride {conv.Stride} reads its pixels "
                    + $"{NumberRow.Join(", ", reads.Take(Shown))}{(reads.Length > Shown ? " ..." : "")} times "
                + $"along {where}, {most}:{least} in two dimensions",
                "If it matters (a generator, a discriminator, saliency maps): a kernel that the stride divides, such as 4x4 with stride "
                    + "2, or stride 1 and a pooling behind.",
                ("most", most), ("least", least), ("ratio", (double)most / least));
        }
    }
}
