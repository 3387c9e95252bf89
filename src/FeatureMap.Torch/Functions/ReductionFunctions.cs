using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>One number of all along some axes.</summary>
internal static class ReductionFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<ReduceL1>((op, call) => call.X.abs().sum(Along(op), keepdim: true)),
        Of<ReduceL2>((op, call) => linalg.vector_norm(call.X, 2, Along(op), keepdim: true)),
        Of<ReduceLogSumExp>((op, call) => Flat(op, call).logsumexp(1, keepdim: true).reshape(Sizes(op, call))),
        Of<ArgMax>((_, call) => call.X.argmax(1, keepdim: true).to(call.X.dtype)),
        Of<ReduceMax>((op, call) => Flat(op, call).max(1, keepdim: true).values.reshape(Sizes(op, call))),
        Of<ReduceMean>((op, call) => call.X.mean(Along(op), keepdim: true)),
        Of<ReduceMin>((op, call) => Flat(op, call).min(1, keepdim: true).values.reshape(Sizes(op, call))),
        Of<ReduceProduct>((op, call) => Along(op).Aggregate(call.X, (x, axis) => x.prod(axis, keepdim: true))),
        Of<ReduceSum>((op, call) => call.X.sum(Along(op), keepdim: true)),
        Of<ReduceSumSquare>((op, call) => call.X.square().sum(Along(op), keepdim: true)),
    ];

    private static long[] Along(Reduction op) =>
        [.. ((Axes[])[Axes.Channels, Axes.Rows, Axes.Columns]).Index().Where(axis => op.ReducedAxes.HasFlag(axis.Item)).Select(axis => axis.Index + 1L)];

    // All that becomes one number as axis 1, what stays as axis 0: for functions that take a single axis.
    private static Tensor Flat(Reduction op, TorchCall call)
    {
        var along = Along(op);
        long[] stays = [.. Enumerable.Range(0, 4).Select(axis => (long)axis).Except(along)];
        return call.X.permute([.. stays, .. along]).reshape(Sizes(op, call).Aggregate(1L, (product, size) => product * size), -1);
    }

    private static long[] Sizes(Reduction op, TorchCall call)
    {
        var output = op.OutputShape([call.Shape()]);
        return [call.Batch, output.Channels, output.Height, output.Width];
    }
}
