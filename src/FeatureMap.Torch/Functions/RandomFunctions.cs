using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Torch;

/// <summary>
/// Ops that draw: the same distribution from another generator. No golden value can be made of them; the benchmark, which times them, shares
/// this table.
/// </summary>
internal static class RandomFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<AlphaDropout>((op, call) => functional.alpha_dropout(call.X, op.Probability, call.IsTraining)),
        Of<ChannelDropout>((op, call) => functional.dropout2d(call.X, op.Probability, call.IsTraining)),
        Of<Dropout>((op, call) => functional.dropout(call.X, op.Probability, call.IsTraining)),
        Of<StochasticDepth>((op, call) => call.IsTraining ? call.X * Kept(op.Probability, call) : call.X),
    ];

    // torchvision's stochastic_depth in mode "row": 1 / (1 - p) for the images that stay.
    private static Tensor Kept(double probability, TorchCall call) =>
        (rand(call.Batch, 1, 1, 1) >= probability).to(call.X.dtype) / (1 - probability);
}
