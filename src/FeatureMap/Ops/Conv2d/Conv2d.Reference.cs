namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    internal override void ReferenceForward(ReferencePass pass)
    {
        var geometry = Geometry(pass.Input.Shape);
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var output = 0; output < OutputChannels; output++)
                for (var row = 0; row < geometry.Output.Height; row++)
                    for (var column = 0; column < geometry.Output.Width; column++)
                    {
                        var sum = HasBias ? pass.Parameters[1][output] : 0;
                        foreach (var (weight, channel, y, x) in Products(geometry, output, row, column))
                            sum += pass.Parameters[0][weight] * pass.Input[image, channel, y, x];
                        pass.Output[image, output, row, column] = sum;
                    }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var geometry = Geometry(pass.Input.Shape);
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var output = 0; output < OutputChannels; output++)
                for (var row = 0; row < geometry.Output.Height; row++)
                    for (var column = 0; column < geometry.Output.Width; column++)
                    {
                        // y = sum of w x: each product hands the gradient of y to w times x, and to x times w.
                        var gradient = pass.OutputGradient![image, output, row, column];
                        if (HasBias) pass.ParameterGradients[1][output] += gradient;
                        foreach (var (weight, channel, y, x) in Products(geometry, output, row, column))
                        {
                            pass.ParameterGradients[0][weight] += gradient * pass.Input[image, channel, y, x];
                            pass.InputGradients[0][image, channel, y, x] += gradient * pass.Parameters[0][weight];
                        }
                    }
    }

    /// <summary>The products of one output: which weight meets which input. Taps that fall on padding meet zero and are left out.</summary>
    private IEnumerable<(int Weight, int Channel, int Row, int Column)> Products(ConvGeometry geometry, int output, int row, int column)
    {
        var firstChannel = output / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
        for (var channel = 0; channel < geometry.InputChannelsPerGroup; channel++)
            for (var tapRow = 0; tapRow < Kernel.Vertical; tapRow++)
                for (var tapColumn = 0; tapColumn < Kernel.Horizontal; tapColumn++)
                {
                    var (y, x) = (geometry.Vertical.Position(row, tapRow), geometry.Horizontal.Position(column, tapColumn));
                    if (y >= 0 && y < geometry.Input.Height && x >= 0 && x < geometry.Input.Width)
                        yield return (((((output * geometry.InputChannelsPerGroup) + channel) * Kernel.Vertical) + tapRow) * Kernel.Horizontal + tapColumn, firstChannel + channel, y, x);
                }
    }
}
