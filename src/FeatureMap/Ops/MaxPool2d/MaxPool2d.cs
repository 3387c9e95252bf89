using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Max pooling: each output is the largest number of its window, channel by channel. Padding never wins (it counts as minus infinity); NaN always does, so
/// that it is noticed. The gradient goes to the largest input alone, among equal ones to the first in row-major order. No parameters.
/// Shapes: C x H x W to C x o x o with o = floor((i + padding - extent) / stride) + 1, or with ceil instead of floor.
/// Source: Dumoulin and Visin, arXiv 1603.07285, "Pooling arithmetic".
/// </summary>
public sealed partial class MaxPool2d : WindowPool, IOpRoom
{
    /// <summary>Windows of the given size; side by side unless a stride is given.</summary>
    public MaxPool2d(PerAxis kernel) : base(kernel) { }

    private MaxPool2d(OpSettings settings) : base(settings) { }

    private MaxPool2d(OnnxImport node, OnnxFeature image) : base(node, image) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).IsTwoByTwo
        ? new("2x2", "four loads and one store per window; back, each window writes its own four inputs, so nothing is cleared or added")
        : new("windows", "tables of the taps on the input stand in for edge tests; back, each input gathers from the windows that read it and is written once");

    static Op IOpRoom.FromSettings(OpSettings settings) => new MaxPool2d(settings);

    // Minus infinity wins nowhere, as padding does not.
    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) => StripRule.OfWindows(
        Geometry(inputs[0]), strips, float.NegativeInfinity,
        padding => new MaxPool2d(Kernel) { Stride = Stride, Padding = padding, Dilation = Dilation });

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new MaxPool2dKernel<TLanes>(Geometry(site.Input.Shape), site);

    internal override void ReferenceForward(ReferencePass pass) => ForEachWindow(pass, (image, channel, row, column, winner) =>
        pass.Output[image, channel, row, column] = pass.Input[image, channel, winner.Row, winner.Column]);

    internal override void ReferenceBackward(ReferencePass pass) => ForEachWindow(pass, (image, channel, row, column, winner) =>
        pass.InputGradients[0][image, channel, winner.Row, winner.Column] += pass.OutputGradient![image, channel, row, column]);

    private void ForEachWindow(ReferencePass pass, Action<int, int, int, int, (int Row, int Column)> action)
    {
        var geometry = Geometry(pass.Input.Shape);
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var channel = 0; channel < geometry.Output.Channels; channel++)
                for (var row = 0; row < geometry.Output.Height; row++)
                    for (var column = 0; column < geometry.Output.Width; column++)
                        action(image, channel, row, column, Winner(pass.Input, geometry, image, channel, row, column));
    }

    private static (int Row, int Column) Winner(ReferenceTensor input, PoolGeometry geometry, int image, int channel, int row, int column)
    {
        var largest = double.NegativeInfinity;
        (int Row, int Column)? winner = null;
        for (var tapRow = 0; tapRow < geometry.Vertical.Kernel; tapRow++)
            for (var tapColumn = 0; tapColumn < geometry.Horizontal.Kernel; tapColumn++)
            {
                var y = geometry.Vertical.Position(row, tapRow);
                var x = geometry.Horizontal.Position(column, tapColumn);
                if (y < 0 || y >= geometry.Input.Height || x < 0 || x >= geometry.Input.Width) continue;
                var value = input[image, channel, y, x];
                // Strictly larger: among equal ones the first stays.
                if (winner is null || value > largest || double.IsNaN(value))
                    (largest, winner) = (value, (y, x));
            }
        return winner!.Value;
    }
}
