using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Where each number goes, and the two channel orders.</summary>
internal sealed class PixelShuffleConcept() : Concept(
    "pixel-shuffle", "channels become sub-pixels: enlarging without arithmetic", "Ops/PixelShuffle/README.md",
    (Input, [2]),
    (Factor, [2]))
{
    private const int MostNumbers = 256;

    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (input, factor) = (values[Input], values[Factor]);
        if (input * input * factor * factor > MostNumbers) throw new UsageException($"{factor} x {factor} channels of {input} x {input} pixels are {input * input * factor * factor} numbers; up to {MostNumbers} are shown here. Use a smaller input or factor.");
        var shape = Shape.Image(factor * factor, input, input);
        var image = Enumerable.Range(0, shape.Count).Select(i => (float)i).ToArray();
        var output = Run(Network.Build(shape, x => x.PixelShuffle(factor)), image);
        var back = Run(Network.Build(shape, x => x.PixelShuffle(factor).PixelUnshuffle(factor)), image);
        var side = input * factor;

        page.Say($"out[c, h r + a, w r + b] = in[c r^2 + a r + b, h, w]: {factor * factor} channels of {input} x {input} become one of {side} x {side}.");
        page.Grid("image", "channels as rows, their pixels numbered on", factor * factor, input * input, (row, column) => image[(row * input * input) + column]);
        page.Grid("output", "output", side, side, (row, column) => output[(row * side) + column]);
        page.Number("difference", "largest difference after shuffling back", back.Zip(image, (one, other) => Math.Abs((double)one - other)).Max());
        page.Say($"PyTorch and ONNX mode CRD number so; TensorFlow and ONNX mode DCR put the sub-pixels first. With ICNR all sub-pixels start equal: no checkerboard.");
    }
}
