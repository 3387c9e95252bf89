using FeatureMap.Analysis;
using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>The maxima of an image, and how much is kept.</summary>
internal sealed class MaxPoolConcept() : Concept(
    "max-pool", "the largest number of each window; its gradient goes to the winner only", "Ops/MaxPool2d/README.md",
    (Input, [4]),
    (Kernel, [2]),
    (Stride, [2]),
    (Border, [0]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (input, kernel, stride) = (values[Input], values[Kernel], values[Stride]);
        var shape = Shape.Image(1, input, input);
        var image = Numbers(shape.Count);
        var network = Network.Build(shape, x => x.MaxPool(kernel, stride, values[Border]));
        var output = Run(network, image);
        var side = network.Output.Height;

        page.Say($"No parameters. Padding counts as minus infinity, so it never wins. Among equal numbers the first wins.");
        page.Grid("image", "image", input, input, (row, column) => image[(row * input) + column]);
        page.Grid("output", "output", side, side, (row, column) => output[(row * side) + column]);
        page.Number("kept", "numbers that remain", 100.0 * network.Output.Count / shape.Count, " %").Number("unreadRows", "rows that no window reads", UnreadPixels.Of(network)[0].UnreadRows);
    }
}
