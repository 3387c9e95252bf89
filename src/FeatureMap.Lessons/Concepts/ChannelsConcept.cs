using FeatureMap.Analysis;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>What each channel contributes, and the output without one of them.</summary>
internal sealed class ChannelsConcept() : Concept(
    "channels", "every input channel adds its share to an output number", "Ops/Conv2d/README.md",
    (Channels, [3]),
    (Outputs, [1]),
    (Kernel, [3]),
    (Groups, [1]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (channels, outputs, kernel) = (values[Channels], values[Outputs], values[Kernel]);
        var op = Convolution(outputs, kernel, groups: values[Groups]);
        var shape = Shape.Image(channels, kernel, kernel);
        var geometry = op.Geometry(shape);
        var weight = Numbers(outputs * geometry.InputChannelsPerGroup * geometry.Taps);
        var cell = CellArithmetic.Of(op, shape, Numbers(shape.Count), weight, [], 0, 0, 0);

        page.Say($"Each output channel owns {geometry.InputChannelsPerGroup} slices of {kernel}x{kernel}, one per input channel that it reads. It convolves each, and adds them.");
        page.Row("contributions", "contributions of the input channels", cell.Contributions);
        page.Number("output", "their sum, the output", cell.Value);
        page.Row("without", "the output without channel 0, 1, ...", [.. Enumerable.Range(0, channels).Select(channel => cell.Without(channel))]);
        page.Number("slices", "slices of all outputs", (double)outputs * geometry.InputChannelsPerGroup).Number("weights", "weights", weight.Length);
    }
}
