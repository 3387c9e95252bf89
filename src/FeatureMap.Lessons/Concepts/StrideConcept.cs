using FeatureMap.Analysis;
using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Subsampling, what stays unread, and how often each pixel is read.</summary>
internal sealed class StrideConcept() : Concept(
    "stride", "the window moves several pixels: the stride-1 output, subsampled", "Ops/Conv2d/README.md",
    (Input, [8]),
    (Kernel, [3]),
    (Stride, [2]),
    (Border, [1]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (input, kernel, stride, padding) = (values[Input], values[Kernel], values[Stride], values[Border]);
        var shape = Shape.Image(1, input, input);
        var (image, weight) = (Numbers(shape.Count), Numbers(kernel * kernel));
        var network = Network.Build(shape, x => x.Then(Convolution(1, kernel, stride, padding), "conv"));
        var every = Network.Build(shape, x => x.Then(Convolution(1, kernel, 1, padding), "conv"));
        var (output, all) = (Run(network, image, ("conv.weight", weight)), Run(every, image, ("conv.weight", weight)));
        var (side, allSide) = (network.Output.Height, every.Output.Height);
        var unread = UnreadPixels.Of(network)[0];
        var reads = OverlapMap.Gradient(network);

        page.Say($"o = floor((i + 2p - k) / s) + 1 = floor(({input} + 2 x {padding} - {kernel}) / {stride}) + 1 = {side}; stride 1 gives {allSide}.");
        page.Grid("output", "output", side, side, (row, column) => output[(row * side) + column]);
        page.Number("difference", "largest difference from every s-th number of the stride-1 output", Enumerable.Range(0, side * side).Max(i => Math.Abs((double)output[i] - all[(i / side * stride * allSide) + (i % side * stride)])));
        page.Number("leftOver", "(i + 2p - k) mod s rows left over at the end", unread.LeftOverRows).Number("unreadRows", "rows of the image that no window reads", unread.UnreadRows);
        page.Number("readShare", "pixels that are read", 100 * unread.ReadShare, " %");
        // The counts of the plane are those of both axes multiplied; the row with most of them shows the columns.
        var middle = Enumerable.Range(0, input).MaxBy(row => Enumerable.Range(0, input).Sum(column => reads[row, column]));
        page.Row("reads", $"products that read each pixel of row {middle} (gradients come back as unevenly)", [.. Enumerable.Range(0, input).Select(column => reads[middle, column])]);
    }
}
