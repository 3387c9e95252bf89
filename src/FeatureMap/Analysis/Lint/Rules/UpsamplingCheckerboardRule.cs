using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// A transposed convolution whose patches overlap unevenly: phase a of the stride gets #{j : j d = a (mod s)} taps. Source: Odena, Dumoulin
/// and Olah,
/// "Deconvolution and checkerboard artifacts", Distill 2016.
/// </summary>
internal sealed class UpsamplingCheckerboardRule : LintRule
{
    private static readonly int[] None = [0, 0];

    public override string Id => "cb-up";

    public override string Title => "a transposed convolution that paints unevenly";

    public override string Why => "Some pixels are the sum of more products than their neighbours: a checkerboard before any training, "
        + "which the weights then have to fight. Pixels without any tap never show more than the bias.";

    public override string Lesson => "src/FeatureMap/Ops/ConvTranspose2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, conv) in context.All<ConvTranspose2d>())
        {
            // A single row or column of inputs paints one patch: nothing overlaps.
            var (rows, columns) = conv.Geometry(layer.InputShapes[0]);
            var (vertical, horizontal) = (rows.Overlap, columns.Overlap);
            var (most, least) = (vertical.Max() * horizontal.Max(), vertical.Min() * horizontal.Min());
            if (most == least) continue;
            var kernel = $"kernel {conv.Kernel} with stride {conv.Stride}";
            if (conv.Dilation != 1) kernel += $" and dilation {conv.Dilation}";
            var (slopeKernel, stride) = (Even(conv.Kernel.Vertical, conv.Stride.Vertical),
                Even(conv.Kernel.Horizontal, conv.Stride.Horizontal));
            var fix = $"Use a kernel that the stride divides without dilation, such as kernel: {new PerAxis(slopeKernel, stride)}; or "
                + "enlarge first and convolve then (ResizeConv), or SubPixelUpsample.";
            var holes = 1 - (Covered(vertical) * Covered(horizontal));
            yield return (least == 0
                ? Error(layer, $"{kernel} paints {Taps(vertical, horizontal)}: {Percent(holes, 1)} of the pixels get nothing but the bias",
                    fix, ("most", most), ("least", 0), ("holes", holes))
                : Warning(layer, $"{kernel} paints {Taps(vertical, horizontal)}: {most} products in one pixel, {least} in another", fix,
                    ("most", most), ("least", least), ("ratio", (double)most / least))) with
            { Edits = Evened(layer, conv) };
        }
    }

    // A kernel that the stride divides, with as much cut off the output as keeps its size.
    private static NetworkEdit[] Evened(Layer layer, ConvTranspose2d conv)
    {
        if (conv.Dilation != 1) return [];
        var kernel = new PerAxis(Even(conv.Kernel.Vertical, conv.Stride.Vertical), Even(conv.Kernel.Horizontal, conv.Stride.Horizontal));
        var input = layer.InputShapes[0];
        var cutRows = ((input.Height - 1) * conv.Stride.Vertical) + kernel.Vertical - layer.Output.Height;
        var cutColumns = ((input.Width - 1) * conv.Stride.Horizontal) + kernel.Horizontal - layer.Output.Width;
        if (cutRows < 0 || cutColumns < 0) return [];
        return
        [
            NetworkEdit.Set(layer.Name, "outputPadding", None),
            NetworkEdit.Set(layer.Name, "kernel", new[] { kernel.Vertical, kernel.Horizontal }),
            NetworkEdit.Set(layer.Name, "padding",
                new[] { cutRows / 2, cutColumns / 2, cutRows - (cutRows / 2), cutColumns - (cutColumns / 2) }),
        ];
    }

    private static string Taps(IReadOnlyList<int> vertical, IReadOnlyList<int> horizontal)
    {
        var (down, across) = (NumberRow.Join(", ", vertical), NumberRow.Join(", ", horizontal));
        return down == across ? $"{down} taps by turns along both axes"
            : $"{down} taps by turns down the rows and {across} across the columns";
    }

    private static double Covered(IReadOnlyList<int> phases) => (double)phases.Count(taps => taps > 0) / phases.Count;

    private static int Even(int kernel, int stride) => (kernel + stride - 1) / stride * stride;
}
