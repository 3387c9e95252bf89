using FeatureMap.Ops;
using static FeatureMap.Torch.WeightedFunctions;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Torch;

internal static class PoolFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<AdaptiveAveragePool2d>((op, call) => functional.adaptive_avg_pool2d(call.X, new long[] { op.OutputHeight, op.OutputWidth })),
        Of<AdaptiveMaxPool2d>((op, call) => functional.adaptive_max_pool2d(call.X, [op.OutputHeight, op.OutputWidth])),
        Of<AveragePool2d>(Average) with { ComputeByTable = (op, call) => AverageByTable((AveragePool2d)op, call) },
        Of<GlobalAveragePool>(x => x.mean([2, 3], keepdim: true)),
        Of<GlobalMaxPool>(x => functional.adaptive_max_pool2d(x, [1, 1])),
        Of<MaxPool2d>(Max) with { ComputeByTable = (op, call) => MaxByTable((MaxPool2d)op, call) },
        Of<SpatialPyramidPool>((op, call) => cat(
            [.. op.Levels.Select(level => (op.TakesAverage ? functional.adaptive_avg_pool2d(call.X, level) : functional.adaptive_max_pool2d(call.X, [level, level])).flatten(1))], 1)
            .unsqueeze(-1).unsqueeze(-1)),
    ];

    private static Tensor Max(MaxPool2d op, TorchCall call)
    {
        var (isNative, padding) = Padding(op, call);
        if (!isNative && op.CeilMode)
            throw new NoCounterpartException("ceil mode with padding that differs from side to side");
        return functional.max_pool2d(
            isNative ? call.X : Padded(call.X, padding, double.NegativeInfinity), [op.Kernel.Vertical, op.Kernel.Horizontal], [op.Stride.Vertical, op.Stride.Horizontal],
            isNative ? [padding.Top, padding.Left] : [0, 0], [op.Dilation.Vertical, op.Dilation.Horizontal], op.CeilMode);
    }

    private static Tensor Average(AveragePool2d op, TorchCall call)
    {
        var (isNative, padding) = Padding(op, call);
        if (isNative && op.Dilation == 1)
            return functional.avg_pool2d(call.X, [op.Kernel.Vertical, op.Kernel.Horizontal], [op.Stride.Vertical, op.Stride.Horizontal], [padding.Top, padding.Left], op.CeilMode, op.CountsPadding);
        if (op.CeilMode)
            throw new NoCounterpartException("ceil mode with dilation or padding that differs from side to side");
        // The sum of the windows over the number of their pixels, both as columns of a matrix.
        var counted = ones_like(call.X.detach());
        var sums = Windows(op, Padded(call.X, padding)) / Windows(op, Padded(counted, padding, op.CountsPadding ? 1 : 0));
        var output = op.OutputShape([call.Shape()]);
        return sums.reshape(call.Batch, output.Channels, output.Height, output.Width);
    }

    // The first of several greatest numbers wins, as everywhere: along the taps of a window in reading order.
    private static Tensor MaxByTable(MaxPool2d op, TorchCall call)
    {
        var windows = TableFunctions.Windows(op, call, double.NegativeInfinity).Windows.permute(0, 1, 2, 4, 3, 5);
        return windows.flatten(4).max(4).values;
    }

    private static Tensor AverageByTable(AveragePool2d op, TorchCall call)
    {
        var (windows, counted) = TableFunctions.Windows(op, call, 0);
        return windows.sum([3, 5]) / counted.sum([1, 3]);
    }

    private static Tensor Windows(AveragePool2d op, Tensor x) => functional.unfold(
        x.reshape(-1, 1, x.shape[2], x.shape[3]), (op.Kernel.Vertical, op.Kernel.Horizontal), (op.Dilation.Vertical, op.Dilation.Horizontal), (0, 0), (op.Stride.Vertical, op.Stride.Horizontal)).sum([1]);

    // libtorch pads opposite sides alike and by at most half a window.
    private static (bool IsNative, Padding Padding) Padding(WindowPool op, TorchCall call)
    {
        var padding = op.Geometry(call.Shape()).Padding;
        return (padding.Top == padding.Bottom && padding.Left == padding.Right && 2 * padding.Top <= op.Kernel.Vertical && 2 * padding.Left <= op.Kernel.Horizontal, padding);
    }
}
