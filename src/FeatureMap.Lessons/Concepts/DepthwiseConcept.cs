using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Weights and multiply-adds against the full convolution.</summary>
internal sealed class DepthwiseConcept() : Concept(
    "depthwise", "one kernel per channel, then 1x1 to mix: the separable convolution of MobileNet", "Ops/Conv2d/README.md",
    (Input, [28]),
    (Channels, [64]),
    (Outputs, [128]),
    (Kernel, [3]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (channels, outputs, kernel) = (values[Channels], values[Outputs], values[Kernel]);
        var shape = Shape.Image(channels, values[Input], values[Input]);
        var full = Network.Build(shape, x => x.Conv(outputs, kernel, padding: Padding.Half(kernel), bias: false));
        var separable = Network.Build(shape, x => x.Conv(channels, kernel, padding: Padding.Half(kernel), groups: channels, bias: false).Conv(outputs, 1, bias: false));

        page.Say($"Depthwise: groups = channels, so each channel is convolved alone. A 1x1 convolution behind it mixes them.");
        page.Number("fullWeights", "weights of the full convolution", full.TrainableCount).Number("weights", "weights of depthwise and 1x1", separable.TrainableCount);
        page.Number("fullMultiplyAdds", "multiply-adds of the full convolution", full.MultiplyAdds).Number("multiplyAdds", "multiply-adds of depthwise and 1x1", separable.MultiplyAdds);
        page.Number("ratio", "ratio of the weights", (double)separable.TrainableCount / full.TrainableCount);
        page.Number("formula", "1/N + 1/k^2", (1.0 / outputs) + (1.0 / (kernel * kernel)));
        page.Say($"Fewer operations per byte: the gain in seconds is smaller than in multiply-adds.");
    }
}
