using FeatureMap.Ops;
using static FeatureMap.Goldens.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Goldens.Functions;

/// <summary>Products with learned weights.</summary>
internal static class WeightedFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<Conv2d>(Convolution),
        Of<Linear>((op, call) => functional.linear(call.X.flatten(1), call.Parameters[0], call.Parameter(1)).reshape(call.Batch, op.Outputs, 1, 1)),
    ];

    // Padding is added before, because libtorch's own is the same on opposite sides.
    private static Tensor Convolution(Conv2d op, TorchCall call) => functional.conv2d(
        Padded(call.X, op.Geometry(call.Shape()).Padding), call.Parameters[0], call.Parameter(1),
        strides: [op.StrideVertical, op.StrideHorizontal], dilation: [op.DilationVertical, op.DilationHorizontal], groups: op.Groups);

    /// <summary>The planes with one number around them.</summary>
    public static Tensor Padded(Tensor x, Padding padding, double value = 0) =>
        padding == Padding.Valid ? x : functional.pad(x, new long[] { padding.Left, padding.Right, padding.Top, padding.Bottom }, value: value);
}
