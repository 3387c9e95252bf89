using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A network computed by the naive references of its ops in double precision, layer by layer, forward and back: the judge of plans and of gradients. Slow, and
/// meant to be. The last layer is taken as a loss, one number per image, of which the mean is differentiated.
/// </summary>
internal sealed class ReferenceNetwork
{
    private readonly Network network;
    private readonly ReferencePass?[] passes;
    private readonly ReferenceTensor[] outputs;
    private readonly ReferenceTensor[] gradients;

    /// <param name="network">The graph.</param>
    /// <param name="weights">Where the numbers start; they are copied.</param>
    /// <param name="inputs">A tensor for each layer without op, in order.</param>
    /// <param name="mode">Batch or running statistics, dropout or not.</param>
    /// <param name="step">Seed and step, which dropout draws from.</param>
    /// <param name="frozen">Names of layers that compute as in evaluation, whatever the others do.</param>
    public ReferenceNetwork(
        Network network, Weights weights, IReadOnlyList<ReferenceTensor> inputs, ExecutionMode mode, StepState? step = null,
        IReadOnlyCollection<string>? frozen = null)
    {
        this.network = network;
        var batch = inputs[0].Batch;
        passes = new ReferencePass?[network.Layers.Count];
        outputs = new ReferenceTensor[network.Layers.Count];
        var loaded = 0;
        foreach (var layer in network.Layers)
        {
            if (layer.Op is null)
            {
                outputs[layer.Index] = inputs[loaded++];
                continue;
            }
            var parameters = layer.Parameters.Select(parameter => Array.ConvertAll(weights[$"{layer.Name}.{parameter.Name}"].Values.ToArray(), value => (double)value)).ToArray();
            var own = frozen?.Contains(layer.Name) == true ? ExecutionMode.Evaluation : mode;
            var pass = ReferencePass.Create(
                layer.Op, [.. layer.Inputs.Select(input => outputs[input])], parameters, own,
                step ?? new StepState { Count = batch }, layer.Index, batch);
            (passes[layer.Index], outputs[layer.Index]) = (pass, pass.Output);
        }
        gradients = [.. outputs.Select(output => new ReferenceTensor(output.Batch, output.Shape))];
    }

    /// <summary>Output of a layer after <see cref="Forward"/>; for a layer without op the tensor that was handed over.</summary>
    public ReferenceTensor Output(int layer) => outputs[layer];

    /// <summary>The numbers of a parameter; may be changed between two passes.</summary>
    public double[] Parameter(int layer, int parameter) => passes[layer]!.Parameters[parameter];

    /// <summary>Gradient of a parameter after <see cref="Backward"/>.</summary>
    public double[] ParameterGradient(int layer, int parameter) => passes[layer]!.ParameterGradients[parameter];

    /// <summary>Gradient of a layer's output after <see cref="Backward"/>.</summary>
    public ReferenceTensor Gradient(int layer) => gradients[layer];

    /// <summary>Computes all layers; the mean of the last layer's numbers.</summary>
    public double Forward()
    {
        foreach (var pass in passes)
        {
            if (pass is null) continue;
            Array.Clear(pass.Output.Values);
            pass.Op.ReferenceForward(pass);
        }
        return outputs[^1].Values.Sum() / outputs[^1].Batch;
    }

    /// <summary>Gradients of the mean of the last layer's numbers, after <see cref="Forward"/>.</summary>
    public void Backward()
    {
        foreach (var gradient in gradients)
            Array.Clear(gradient.Values);
        Array.Fill(gradients[^1].Values, 1.0 / gradients[^1].Batch);
        for (var i = network.Layers.Count - 1; i > 0; i--)
        {
            if (passes[i] is not { } pass) continue;
            pass.OutputGradient = gradients[i];
            pass.Op.ReferenceBackward(pass);
            for (var k = 0; k < pass.Inputs.Length; k++)
            {
                if (!pass.Op.HasGradient(k)) continue;
                var total = gradients[network.Layers[i].Inputs[k]].Values;
                for (var at = 0; at < total.Length; at++)
                    total[at] += pass.InputGradients[k].Values[at];
            }
        }
    }
}
