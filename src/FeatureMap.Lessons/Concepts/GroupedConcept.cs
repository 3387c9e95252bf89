using FeatureMap.Analysis;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Which output reads which input, and the cost.</summary>
internal sealed class GroupedConcept() : Concept(
    "grouped", "blocks of channels that do not see each other: a block-diagonal matrix", "Ops/Conv2d/README.md",
    (Channels, [4]),
    (Outputs, [4]),
    (Groups, [2]),
    (Kernel, [3]))
{
    private const int MostShown = 576;

    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (channels, outputs, groups, kernel) = (values[Channels], values[Outputs], values[Groups], values[Kernel]);
        var shape = Shape.Image(channels, kernel, kernel);
        var op = Convolution(outputs, kernel, groups: groups);
        var geometry = op.Geometry(shape);
        var full = Convolution(outputs, kernel).Geometry(shape);

        page.Say($"g = {groups} blocks of {geometry.InputChannelsPerGroup} inputs and {geometry.OutputChannelsPerGroup} outputs; g = 1 is the ordinary convolution, g = channels depthwise.");
        page.Number("weights", "weights", (double)outputs * geometry.InputChannelsPerGroup * geometry.Taps).Number("fullWeights", "without groups", (double)outputs * channels * geometry.Taps);
        page.Number("multiplyAdds", "multiply-adds per position", geometry.MultiplyAdds).Number("fullMultiplyAdds", "without groups", full.MultiplyAdds);
        if (channels * outputs <= MostShown)
        {
            var ones = new float[outputs * geometry.InputChannelsPerGroup];
            Array.Fill(ones, 1);
            var matrix = ConvolutionMatrix.Of(Convolution(outputs, 1, groups: groups), Shape.Image(channels, 1, 1), ones);
            page.Grid("matrix", "which output channel (row) reads which input channel (column)", outputs, channels, (row, column) => matrix[row, column]);
        }
        page.Say($"Stacked groups never mix: put a 1x1 convolution or a channel shuffle between them.");
    }
}
