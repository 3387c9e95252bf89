namespace FeatureMap.Ops;

public sealed partial class ConvTranspose2d
{
    internal override void ReferenceForward(ReferencePass pass)
    {
        var geometry = Geometry(pass.Input.Shape);
        for (var image = 0; image < pass.Output.Batch; image++)
        {
            for (var i = 0; i < pass.Output.Shape.Count; i++)
                pass.Output[image, i] = HasBias ? pass.Parameters[1][i / pass.Output.Shape.Area] : 0;
            ForEachInput(pass.Input.Shape, (channel, y, x) =>
            {
                // Each input paints a patch: its number times the kernel, added to what is there.
                foreach (var (weight, output, row, column) in Patch(geometry, channel, y, x))
                    pass.Output[image, output, row, column] += pass.Parameters[0][weight] * pass.Input[image, channel, y, x];
            });
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var geometry = Geometry(pass.Input.Shape);
        for (var image = 0; image < pass.Output.Batch; image++)
        {
            for (var i = 0; HasBias && i < pass.Output.Shape.Count; i++)
                pass.ParameterGradients[1][i / pass.Output.Shape.Area] += pass.OutputGradient![image, i];
            ForEachInput(pass.Input.Shape, (channel, y, x) =>
            {
                // Back, each input reads the patch that it painted: a convolution.
                foreach (var (weight, output, row, column) in Patch(geometry, channel, y, x))
                {
                    var gradient = pass.OutputGradient![image, output, row, column];
                    pass.ParameterGradients[0][weight] += gradient * pass.Input[image, channel, y, x];
                    pass.InputGradients[0][image, channel, y, x] += gradient * pass.Parameters[0][weight];
                }
            });
        }
    }

    private static void ForEachInput(Shape input, Action<int, int, int> action)
    {
        for (var channel = 0; channel < input.Channels; channel++)
            for (var y = 0; y < input.Height; y++)
                for (var x = 0; x < input.Width; x++)
                    action(channel, y, x);
    }

    /// <summary>The patch of one input pixel: which weight goes to which output. What the padding cuts off is left out.</summary>
    private IEnumerable<(int Weight, int Channel, int Row, int Column)> Patch(ConvGeometry geometry, int channel, int y, int x)
    {
        var perGroup = geometry.InputChannelsPerGroup;
        var firstOutput = channel / geometry.OutputChannelsPerGroup * perGroup;
        for (var output = 0; output < perGroup; output++)
            for (var tapRow = 0; tapRow < Kernel.Vertical; tapRow++)
                for (var tapColumn = 0; tapColumn < Kernel.Horizontal; tapColumn++)
                {
                    var (row, column) = (geometry.Vertical.Position(y, tapRow), geometry.Horizontal.Position(x, tapColumn));
                    if (row >= 0 && row < geometry.Input.Height && column >= 0 && column < geometry.Input.Width)
                        yield return ((((((channel * perGroup) + output) * Kernel.Vertical) + tapRow) * Kernel.Horizontal) + tapColumn, firstOutput + output, row, column);
                }
    }
}
