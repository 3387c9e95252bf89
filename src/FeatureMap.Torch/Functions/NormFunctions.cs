using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Torch;

internal static class NormFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<BatchNorm>(Batch) with { NeedsWholeBatch = true },
        Of<GroupNorm>((op, call) => functional.group_norm(call.X, op.Groups, call.Parameter(0), call.Parameter(1), op.Epsilon)),
        Of<InstanceNorm>((op, call) => functional.instance_norm(call.X, weight: call.Parameter(0), bias: call.Parameter(1), eps: op.Epsilon)),
        Of<LayerNorm>(Layer),
        Of<LocalResponseNorm>(LocalResponse),
    ];

    // Our parameters are gamma, beta, running mean, running variance, the first two only where they are learned.
    private static Tensor Batch(BatchNorm op, TorchCall call) => functional.batch_norm(
        call.X, call.Parameters[op.RunningMean], call.Parameters[op.RunningMean + 1], op.IsAffine ? call.Parameters[0] : null, op.IsAffine ? call.Parameters[1] : null,
        call.IsTraining, op.Momentum, op.Epsilon);

    private static Tensor Layer(LayerNorm op, TorchCall call) => op.PerPixel
        ? functional.layer_norm(call.X.permute(0, 2, 3, 1), [call.X.shape[1]], call.Parameter(0), call.Parameter(1), op.Epsilon).permute(0, 3, 1, 2)
        : functional.layer_norm(call.X, call.X.shape[1..], call.Parameter(0)?.reshape(call.X.shape[1..]), call.Parameter(1)?.reshape(call.X.shape[1..]), op.Epsilon);

    // A window of an even number of channels reaches one further up in ours (as in ONNX) and one further down in libtorch: turned round, they agree.
    private static Tensor LocalResponse(LocalResponseNorm op, TorchCall call) => op.Size % 2 == 1
        ? functional.local_response_norm(call.X, op.Size, op.Alpha, op.Beta, op.Bias)
        : functional.local_response_norm(call.X.flip(1), op.Size, op.Alpha, op.Beta, op.Bias).flip(1);
}
