namespace FeatureMap.Ops;

public sealed partial class WeightNorm
{
    internal override void ReferenceForward(ReferencePass pass) => Inner.ReferenceForward(Plain(pass));

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var plain = Plain(pass);
        Inner.ReferenceBackward(plain);
        foreach (var (channel, indices, norm) in Channels(pass))
        {
            // dg = dw . v / |v|, dv = g / |v| (dw - dg v / |v|).
            var along = indices.Sum(i => plain.ParameterGradients[0][i] * pass.Parameters[1][i]) / norm;
            pass.ParameterGradients[0][channel] = along;
            foreach (var i in indices)
                pass.ParameterGradients[1][i] = pass.Parameters[0][channel] / norm * (plain.ParameterGradients[0][i] - (along * pass.Parameters[1][i] / norm));
        }
    }

    /// <summary>The same pass for the layer with w = g v / |v| as its weight; the gradients of inputs and bias are the same arrays.</summary>
    private ReferencePass Plain(ReferencePass pass)
    {
        var weight = new double[pass.Parameters[1].Length];
        foreach (var (channel, indices, norm) in Channels(pass))
            foreach (var i in indices)
                weight[i] = pass.Parameters[0][channel] * pass.Parameters[1][i] / norm;
        return pass with
        {
            Op = Inner,
            Parameters = [weight, .. pass.Parameters[2..]],
            ParameterGradients = pass.ParameterGradients.Length == 0 ? [] : [new double[weight.Length], .. pass.ParameterGradients[2..]],
        };
    }

    /// <summary>Every output channel, its weights and the length of its v.</summary>
    private IEnumerable<(int Channel, List<int> Indices, double Norm)> Channels(ReferencePass pass)
    {
        var layout = Inner.Layout(pass.InputShapes);
        for (var channel = 0; channel < layout.OutputChannels; channel++)
        {
            var indices = Enumerable.Range(0, layout.Rows).SelectMany(row => Enumerable.Range(layout.Start(channel, row), layout.Run)).ToList();
            yield return (channel, indices, Math.Sqrt(indices.Sum(i => pass.Parameters[1][i] * pass.Parameters[1][i])));
        }
    }
}
