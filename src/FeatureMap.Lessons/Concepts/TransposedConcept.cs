using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Output size, the painted output, and its adjoint convolution.</summary>
internal sealed class TransposedConcept() : Concept(
    "transposed", "a convolution turned round: every input paints a patch, and patches add up", "Ops/ConvTranspose2d/README.md",
    (Input, [2]),
    (Kernel, [3]),
    (Stride, [2]),
    (Border, [0]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (input, kernel, stride, padding) = (values[Input], values[Kernel], values[Stride], values[Border]);
        var op = new ConvTranspose2d(1, kernel) { Stride = stride, Padding = padding, HasBias = false };
        var shape = Shape.Image(1, input, input);
        var size = op.Geometry(shape).Input;
        var (image, weight) = (Numbers(input * input), Numbers(kernel * kernel));
        var output = Run(Network.Build(shape, x => x.Then(op, "turned")), image, ("turned.weight", weight));
        // The convolution that it turns round, as a matrix: its transpose paints the same.
        var adjoint = ConvolutionMatrix.Of(Convolution(1, kernel, stride, padding), size, weight).ApplyTransposed(image);

        page.Say($"o = (i - 1) s - 2p + k = ({input} - 1) x {stride} - 2 x {padding} + {kernel} = {size.Height}.");
        page.Grid("image", "image", input, input, (row, column) => image[(row * input) + column]);
        page.Grid("kernel", "kernel", kernel, kernel, (row, column) => weight[(row * kernel) + column]);
        page.Grid("output", "output", size.Height, size.Width, (row, column) => output[(row * size.Width) + column]);
        page.Number("difference", "largest difference from the transposed matrix of the convolution", output.Zip(adjoint, (one, other) => Math.Abs(one - other)).Max());
        var inserted = (double)size.Area * kernel * kernel;
        page.Number("products", "products", (double)input * input * kernel * kernel).Number("zeroInsertion", "products of the simple way, zeros put between the pixels", inserted);
        page.Say($"It brings the shape back, not the values: 'deconvolution' is a misnomer.");
    }
}
