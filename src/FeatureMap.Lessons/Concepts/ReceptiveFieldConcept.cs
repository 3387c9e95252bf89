using FeatureMap.Analysis;
using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Derived from kernel sizes, and measured by going backward.</summary>
internal sealed class ReceptiveFieldConcept() : Concept(
    "receptive-field", "the part of the image that one output unit sees", "Ops/README.md",
    (Layers, [3]),
    (Kernel, [3]),
    (Stride, [1]),
    (Dilation, [1]),
    (Seed, [0]))
{
    private const int MostSide = 160;

    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (layers, kernel, stride, dilation) = (values[Layers], values[Kernel], values[Stride], values[Dilation]);
        // The image is as large as the field of the first unit, with two pixels to spare.
        var (size, jump) = (1L, 1L);
        for (var layer = 0; layer < layers; layer++)
            (size, jump) = (size + ((kernel - 1) * dilation * jump), jump * stride);
        if (size > MostSide) throw new UsageException($"The field would be {size:N0} pixels wide; up to {MostSide} are measured here. Use fewer layers or smaller numbers.");
        var side = (int)size + 2;
        var network = Network.Build(Shape.Image(1, side, side), x => Enumerable.Range(0, layers).Aggregate(x, (y, _) => y.Conv(1, kernel, stride, dilation: dilation, bias: false)));
        var last = network.Layers[^1].Name;
        var field = ReceptiveField.Of(network, last).Vertical;
        var support = MeasuredField.Support(network, last, 0, 0);
        var effective = MeasuredField.Effective(network, last, 0, 0, seed: (ulong)values[Seed]);

        page.Say($"Layer by layer r grows by (extent - 1) x j, then j grows by the stride: r = 1, j = 1 at the image.");
        page.Row("sizes", "derived sizes, from the image on", [.. ReceptiveField.Of(network).Select(one => one.Vertical.Size)]);
        page.Number("size", "derived size", field.Size).Number("stride", "derived stride", field.Stride);
        page.Number("measured", "measured rows, by going backward with all weights 1", support.LastRow - support.FirstRow + 1).Number("pixels", "pixels of the box that are read", support.Count);
        page.Row("paths", "paths from each pixel of the middle row", [.. Enumerable.Range(0, side).Select(column => support[(support.FirstRow + support.LastRow) / 2, column])]);
        page.Number("effective", "pixels with at least 4.55 % of the strongest gradient, over random weights", effective.CountAbove(0.0455));
    }
}
