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
                    (Gamma(pass, channel) * (pass.Input[image, channel, row, column] - mean) / Math.Sqrt(variance + Epsilon)) + (IsAffine ? pass.Parameters[1][channel] : 0);
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
            if (IsAffine)
                (pass.ParameterGradients[0][channel], pass.ParameterGradients[1][channel]) = (sumWithNormalized, sum);
            foreach (var (image, row, column) in Positions(pass))
            {
                // The mean and the variance depend on x too: their paths subtract the mean gradient and its projection on the normalised input.
                var gradient = pass.OutputGradient![image, channel, row, column];
                if (pass.Mode == ExecutionMode.Training)
                {
                    var normalized = (pass.Input[image, channel, row, column] - mean) / deviation;
                    gradient -= (sum + (normalized * sumWithNormalized)) / count;
                }
                pass.InputGradients[0][image, channel, row, column] = Gamma(pass, channel) / deviation * gradient;
            }
        }
    }

    private double Gamma(ReferencePass pass, int channel) => IsAffine ? pass.Parameters[0][channel] : 1;

    private (double Mean, double Variance) Statistics(ReferencePass pass, int channel)
    {
        if (pass.Mode == ExecutionMode.Evaluation)
            return (pass.Parameters[RunningMean][channel], pass.Parameters[RunningMean + 1][channel]);
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
