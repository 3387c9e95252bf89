namespace FeatureMap.Ops;

public sealed partial class BatchNorm
{
    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var channel = 0; channel < pass.Input.Shape.Channels; channel++)
        {
            var (mean, variance) = Statistics(pass, channel);
            foreach (var (image, row, column) in Positions(pass))
                pass.Output[image, channel, row, column] =
                    (pass.Parameters[0][channel] * (pass.Input[image, channel, row, column] - mean) / Math.Sqrt(variance + Epsilon)) + pass.Parameters[1][channel];
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var count = (double)pass.Input.Batch * pass.Input.Shape.Area;
        for (var channel = 0; channel < pass.Input.Shape.Channels; channel++)
        {
            var (mean, variance) = Statistics(pass, channel);
            var deviation = Math.Sqrt(variance + Epsilon);
            double sum = 0, sumWithNormalized = 0;
            foreach (var (image, row, column) in Positions(pass))
            {
                var gradient = pass.OutputGradient![image, channel, row, column];
                sum += gradient;
                sumWithNormalized += gradient * (pass.Input[image, channel, row, column] - mean) / deviation;
            }
            pass.ParameterGradients[0][channel] = sumWithNormalized;
            pass.ParameterGradients[1][channel] = sum;
            foreach (var (image, row, column) in Positions(pass))
            {
                // The mean and the variance depend on x too: their paths subtract the mean gradient and its projection on the normalised input.
                var gradient = pass.OutputGradient![image, channel, row, column];
                if (pass.Mode == ExecutionMode.Training)
                {
                    var normalized = (pass.Input[image, channel, row, column] - mean) / deviation;
                    gradient -= (sum + (normalized * sumWithNormalized)) / count;
                }
                pass.InputGradients[0][image, channel, row, column] = pass.Parameters[0][channel] / deviation * gradient;
            }
        }
    }

    private static (double Mean, double Variance) Statistics(ReferencePass pass, int channel)
    {
        if (pass.Mode == ExecutionMode.Evaluation)
            return (pass.Parameters[2][channel], pass.Parameters[3][channel]);
        var values = Positions(pass).Select(at => pass.Input[at.Image, channel, at.Row, at.Column]).ToArray();
        var mean = values.Average();
        return (mean, values.Average(value => (value - mean) * (value - mean)));
    }

    private static IEnumerable<(int Image, int Row, int Column)> Positions(ReferencePass pass) =>
        from image in Enumerable.Range(0, pass.Input.Batch)
        from row in Enumerable.Range(0, pass.Input.Shape.Height)
        from column in Enumerable.Range(0, pass.Input.Shape.Width)
        select (image, row, column);
}
