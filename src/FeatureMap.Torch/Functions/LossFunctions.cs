using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Losses = TorchSharp.torch.nn.Reduction;

namespace FeatureMap.Torch;

/// <summary>One number per image: libtorch's losses without their reduction, and then the mean over what belongs to an image.</summary>
internal static class LossFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<SoftmaxCrossEntropy>((op, call) => PerImage(functional.cross_entropy(call.X, call.Inputs[1], reduction: Losses.None, label_smoothing: op.LabelSmoothing))),
    ];

    private static Tensor PerImage(Tensor losses) => losses.flatten(1).mean([1]).reshape(-1, 1, 1, 1);
}
