using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// What libtorch has no word for, out of our own tables: which positions an output reads along an axis, and how much of each.
/// </summary>
internal static class TableFunctions
{
    /// <summary>Padding and resizing: a matrix for the rows and one for the columns.</summary>
    public static Tensor Plane(PlaneMap op, TorchCall call)
    {
        var tables = op.Tables(call.Shape());
        var x = call.X;
        var (rows, columns) = (Matrix(tables.Rows, call), Matrix(tables.Columns, call));
        var y = rows.matmul(x).matmul(columns.t());
        if (tables.Outside != 0)
        {
            // What reads nothing in a row or in a column is outside.
            var inside = rows.abs().sum(1).gt(0).unsqueeze(1).logical_and(columns.abs().sum(1).gt(0).unsqueeze(0));
            y = where(inside, y, full_like(y.detach(), tables.Outside));
        }
        var (before, after) = (tables.ChannelsBefore, tables.Channels - (int)x.shape[1] - tables.ChannelsBefore);
        var first = Math.Max(0, -before);
        y = y.narrow(1, first, y.shape[1] - first - Math.Max(0, -after));
        return before <= 0 && after <= 0 ? y
            : nn.functional.pad(y, [0, 0, 0, 0, Math.Max(0, before), Math.Max(0, after)], TorchSharp.PaddingModes.Constant, tables.Outside);
    }

    /// <summary>The numbers under each window, in axes of their own: [image][channel][row][tap][column][tap].</summary>
    /// <param name="op">Decides the windows.</param>
    /// <param name="call">The planes.</param>
    /// <param name="outside">What stands under a tap that meets no input.</param>
    /// <returns>The windows, and where 1 under a tap that counts as padding or input.</returns>
    public static (Tensor Windows, Tensor Counted) Windows(WindowPool op, TorchCall call, double outside)
    {
        var geometry = op.Geometry(call.Shape());
        var (vertical, horizontal) = (geometry.Vertical, geometry.Horizontal);
        // One row below and one column on the right stand for everything outside.
        var x = nn.functional.pad(call.X, [0, 1, 0, 1], value: outside);
        x = x.index_select(2, Positions(vertical, call)).index_select(3, Positions(horizontal, call));
        var counted = Inside(vertical, op, call).unsqueeze(1).mul(Inside(horizontal, op, call).unsqueeze(0));
        long[] sizes = [vertical.Outputs, vertical.Kernel, horizontal.Outputs, horizontal.Kernel];
        return (x.reshape([.. call.X.shape[..2], .. sizes]), counted.reshape(sizes));
    }

    private static Tensor Matrix(AxisTable table, TorchCall call)
    {
        var weights = new float[table.Outputs * table.Inputs];
        for (var output = 0; output < table.Outputs; output++)
            foreach (var tap in table.Taps(output))
                weights[(output * table.Inputs) + tap.Position] += tap.Weight;
        return tensor(weights, [table.Outputs, table.Inputs], dtype: call.X.dtype, device: call.Device);
    }

    private static Tensor Positions(WindowAxis axis, TorchCall call) => tensor(
        Taps(axis, (position, _, _) => position < 0 || position >= axis.Input ? axis.Input : (long)position), device: call.Device);

    private static Tensor Inside(WindowAxis axis, WindowPool op, TorchCall call) => tensor(
        Taps(axis, (position, window, tap) => op is AveragePool2d { CountsPadding: true }
            ? tap < axis.PaddedTaps(window) ? 1f : 0
            : position >= 0 && position < axis.Input ? 1f : 0),
        dtype: call.X.dtype, device: call.Device);

    private static T[] Taps<T>(WindowAxis axis, Func<int, int, int, T> of) =>
        [.. from window in Enumerable.Range(0, axis.Outputs)
            from tap in Enumerable.Range(0, axis.Kernel)
            select of(axis.Position(window, tap), window, tap)];
}
