using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>How many products reach each output pixel, forward and in gradients.</summary>
internal sealed class CheckerboardConcept() : Concept(
    "checkerboard", "transposed convolutions cover their output unevenly where the stride does not divide the kernel", "Ops/ConvTranspose2d/README.md",
    (Input, [6]),
    (Kernel, [3]),
    (Stride, [2]),
    (Dilation, [1]),
    (Layers, [1]))
{
    private const int MostSide = 256;

    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (input, kernel, stride, dilation) = (values[Input], values[Kernel], values[Stride], values[Dilation]);
        var phases = ConvTranspose2d.Overlap(kernel, stride, dilation);
        var decoder = Network.Build(Shape.Image(1, input, input), x => Enumerable.Range(0, values[Layers]).Aggregate(Checked(x), (y, _) => Checked(y.ConvTranspose(1, kernel, stride, dilation: dilation, bias: false))));
        var map = OverlapMap.Forward(decoder);
        var better = OverlapMap.Forward(Network.Build(Shape.Image(1, input, input), x => x.Upsample(stride).Conv(1, kernel, padding: Padding.Half(kernel), bias: false)));

        page.Say($"Each input paints {kernel} pixels per axis, {stride} apart; where patches overlap they add up. All weights and inputs are 1:");
        page.Row("phases", "taps that reach each phase of one axis", [.. phases.Select(count => (double)count)]);
        page.Grid("map", "products that reach each output pixel", map.Height, map.Width, (row, column) => map[row, column]);
        page.Number("ratio", "largest by smallest, away from the border", map.Ratio);
        page.Number("resize", "the same for resize, then convolution", better.Ratio);
        page.Say($"{(map.Ratio == 1 ? "Even: no pattern before training." : "A checkerboard before any training. Cures: a kernel that the stride divides, resize + convolution, or pixel shuffle with ICNR.")}");
        if (input < kernel) return;
        var back = OverlapMap.Gradient(Network.Build(Shape.Image(1, input, input), x => x.Conv(1, kernel, stride, padding: (kernel - 1) / 2, bias: false)));
        page.Row("gradient", "gradients of a strided convolution that reach each pixel of a middle row", [.. Enumerable.Range(0, input).Select(column => back[input / 2, column])]);
    }

    private static Feature Checked(Feature x) => x.Shape.Height <= MostSide
        ? x
        : throw new UsageException($"The decoder would give {x.Shape.Height:N0} rows; up to {MostSide} are counted here. Use fewer layers or smaller numbers.");
}
