using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch.nn;
using Approximation = TorchSharp.Modules.GELU.Approximate;

namespace FeatureMap.Torch;

internal static class ActivationFunctions
{
    // From this size on softplus is taken as its argument; libtorch says 20, where the difference is 2e-9 / beta.
    private const double NeverLinear = 40;

    public static IEnumerable<TorchFunction> All =>
    [
        Of<Celu>((op, call) => functional.celu(call.X, op.Alpha)),
        Of<Elu>((op, call) => functional.elu(call.X, op.Alpha)),
        Of<Gelu>((op, call) => functional.gelu(call.X, op.IsApproximate ? Approximation.tanh : Approximation.none)),
        Of<HardSigmoid>((op, call) => (op.Slope, op.Offset) == (1f / 6, 0.5f) ? functional.hardsigmoid(call.X) : ((call.X * op.Slope) + op.Offset).clamp(0, 1)),
        Of<HardShrink>((op, call) => functional.hardshrink(call.X, op.Lambda)),
        Of<HardSwish>(x => functional.hardswish(x)),
        Of<HardTanh>((op, call) => call.X.clamp(op.Low, op.High)), // TorchSharp 0.107's hardtanh gives its argument back unchanged
        Of<LeakyRelu>((op, call) => functional.leaky_relu(call.X, op.Slope)),
        Of<LogSoftmax>(x => functional.log_softmax(x, 1)),
        Of<Mish>(x => functional.mish(x)),
        Of<PRelu>((_, call) => functional.prelu(call.X, call.Parameters[0])),
        Of<Relu>(x => functional.relu(x)),
        Of<Relu6>(x => functional.relu6(x)),
        Of<Selu>(x => functional.selu(x)),
        Of<Sigmoid>(x => x.sigmoid()),
        Of<Silu>((op, call) => op.Beta == 1 ? functional.silu(call.X) : call.X * (call.X * op.Beta).sigmoid()),
        Of<Softmax>(x => functional.softmax(x, 1)),
        Of<Softplus>((op, call) => functional.softplus(call.X, op.Beta, NeverLinear)),
        Of<SoftShrink>((op, call) => functional.softshrink(call.X, op.Lambda)),
        Of<Softsign>(x => functional.softsign(x)),
        Of<Tanh>(x => x.tanh()),
        Of<ThresholdedRelu>((op, call) => functional.threshold(call.X, op.Threshold, 0)),
    ];
}
