using FeatureMap.Analysis;
using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Output size, one cell written out, the whole output, and the same as a matrix.</summary>
internal sealed class ConvolutionConcept() : Concept(
    "convolution", "a kernel slides over the image; each output is a sum of products", "Ops/Conv2d/README.md",
    (Input, [5]),
    (Kernel, [3]),
    (Stride, [1]),
    (Border, [0]),
    (Dilation, [1]))
{
    // The example of Dumoulin and Visin, arXiv 1603.07285.
    private static readonly float[] Example = [3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1];
    private static readonly float[] ExampleKernel = [0, 1, 2, 2, 2, 0, 0, 1, 2];

    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (input, kernel, stride, padding) = (values[Input], values[Kernel], values[Stride], values[Border]);
        var op = Convolution(1, kernel, stride, padding, values[Dilation]);
        var shape = Shape.Image(1, input, input);
        var geometry = op.Geometry(shape);
        var image = input == 5 ? Example : Numbers(input * input);
        var weight = kernel == 3 ? ExampleKernel : Numbers(kernel * kernel);
        var network = Network.Build(shape, x => x.Then(op, "conv"));
        var output = Run(network, image, ("conv.weight", weight));
        var reads = OverlapMap.Gradient(network);

        page.Say($"The kernel stands on every window, multiplies number by number and adds up. It is not flipped.");
        page.Say($"o = floor((i + 2p - extent) / s) + 1 = floor(({input} + 2 x {padding} - {geometry.Vertical.Extent}) / {stride}) + 1 = {geometry.Output.Height}.");
        page.Grid("image", "image", input, input, (row, column) => image[(row * input) + column]);
        page.Grid("kernel", "kernel", kernel, kernel, (row, column) => weight[(row * kernel) + column]);
        page.Say($"  first cell: {CellArithmetic.Of(op, shape, image, weight, [], 0, 0, 0)}");
        page.Grid("output", "output", geometry.Output.Height, geometry.Output.Width, (row, column) => output[(row * geometry.Output.Width) + column]);
        page.Grid("reads", "how often each pixel is read (pixels at the border count less)", input, input, (row, column) => reads[row, column]);
        page.Number("weights", "weights", weight.Length).Number("multiplyAdds", "multiply-adds, products with padding included", geometry.MultiplyAdds);
        page.Say($"As a matrix the layer is {geometry.Output.Count} x {shape.Count}; its transpose is the backward pass.");
    }
}
