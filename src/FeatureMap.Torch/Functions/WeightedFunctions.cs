using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Torch;

/// <summary>Products with learned weights.</summary>
internal static class WeightedFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<Conv2d>(Convolution) with { MoreCases = [new("Winograd: small", new Conv2d(12, 3) { Padding = 1 }, [new Shape(12, 4, 3)])] },
        Of<ConvTranspose2d>(Transposed) with { MoreCases = [new("Winograd: small", new ConvTranspose2d(12, 3) { Padding = 1 }, [new Shape(12, 3, 4)])] },
        Of<MatrixProduct>((_, call) => call.X.matmul(call.Inputs[1])),
        Of<Linear>((op, call) => functional.linear(call.X.flatten(1), call.Parameters[0], call.Parameter(1)).reshape(call.Batch, op.Outputs, 1, 1)),
        Of<WeightNorm>(Normalized),
    ];

    // libtorch's own padding is the same on opposite sides; any other is added before.
    private static Tensor Convolution(Conv2d op, TorchCall call)
    {
        var padding = op.Geometry(call.Shape()).Padding;
        var isNative = IsSymmetric(padding);
        return functional.conv2d(
            isNative ? call.X : Padded(call.X, padding), call.Parameters[0], call.Parameter(1),
            strides: [op.Stride.Vertical, op.Stride.Horizontal], padding: isNative ? [padding.Top, padding.Left] : [0, 0],
            dilation: [op.Dilation.Vertical, op.Dilation.Horizontal], groups: op.Groups);
    }

    // Padding crops the output; libtorch's crops opposite sides alike, any other is cropped behind it.
    private static Tensor Transposed(ConvTranspose2d op, TorchCall call)
    {
        var padding = op.Geometry(call.Shape()).Padding;
        var isNative = IsSymmetric(padding);
        var whole = functional.conv_transpose2d(
            call.X, call.Parameters[0], call.Parameter(1), strides: [op.Stride.Vertical, op.Stride.Horizontal],
            padding: isNative ? [padding.Top, padding.Left] : [0, 0],
            output_padding: [op.OutputPadding.Vertical, op.OutputPadding.Horizontal],
            dilation: [op.Dilation.Vertical, op.Dilation.Horizontal], groups: op.Groups);
        return isNative ? whole
            : whole.narrow(2, padding.Top, whole.shape[2] - padding.Top - padding.Bottom)
                .narrow(3, padding.Left, whole.shape[3] - padding.Left - padding.Right);
    }

    private static bool IsSymmetric(Padding padding) => padding.Top == padding.Bottom && padding.Left == padding.Right;

    // w = g v / |v| per output channel: the first dimension, of transposed convolutions the second one of each group.
    private static Tensor Normalized(WeightNorm op, TorchCall call)
    {
        var (lengths, directions) = (call.Parameters[0], call.Parameters[1]);
        var groups = op.Inner is ConvTranspose2d transposed ? transposed.Groups : 0;
        // [group][what adds up][channel][what adds up]
        var parts = groups == 0 ? directions.reshape(1, 1, directions.shape[0], -1) : directions.reshape(groups, -1, directions.shape[1], directions.shape[2] * directions.shape[3]);
        var weight = lengths.reshape(parts.shape[0], 1, parts.shape[2], 1) * parts / parts.square().sum([1, 3], keepdim: true).sqrt();
        return TorchFunctions.Apply(op.Inner, call with { Parameters = [weight.reshape(directions.shape), .. call.Parameters[2..]] });
    }

    /// <summary>The planes with one number around them.</summary>
    public static Tensor Padded(Tensor x, Padding padding, double value = 0) =>
        padding == Padding.Valid ? x : functional.pad(x, new long[] { padding.Left, padding.Right, padding.Top, padding.Bottom }, value: value);
}
