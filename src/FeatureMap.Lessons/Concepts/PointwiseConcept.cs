using FeatureMap.Analysis;
using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>W X with W the kernels and X the pixels as columns.</summary>
internal sealed class PointwiseConcept() : Concept(
    "pointwise", "a 1x1 kernel mixes the channels of each pixel: a matrix product", "Ops/Conv2d/README.md",
    (Input, [2]),
    (Channels, [3]),
    (Outputs, [2]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (side, channels, outputs) = (values[Input], values[Channels], values[Outputs]);
        var op = Convolution(outputs, 1);
        var shape = Shape.Image(channels, side, side);
        var (image, weight) = (Numbers(shape.Count), Numbers(outputs * channels));
        var output = Run(Network.Build(shape, x => x.Then(op, "conv")), image, ("conv.weight", weight));
        var patches = ConvolutionMatrix.Patches(op, shape, image);

        page.Say($"y = W X: W has a row per output channel, X a column per pixel. Neighbours never meet, so the receptive field does not grow.");
        page.Grid("weight", $"W, {outputs} x {channels}", outputs, channels, (row, column) => weight[(row * channels) + column]);
        page.Grid("patches", $"X, {patches.Rows} x {patches.Columns}", patches.Rows, patches.Columns, (row, column) => patches[row, column]);
        page.Grid("output", $"W X, {outputs} x {patches.Columns}, from the engine", outputs, patches.Columns, (row, column) => output[(row * patches.Columns) + column]);
        page.Number("weights", "weights", weight.Length).Number("multiplyAdds", "multiply-adds", op.Geometry(shape).MultiplyAdds);
        page.Say($"Backward are products too: dW = dY X^T, dX = W^T dY.");
    }
}
