using FeatureMap.Networks;
using FeatureMap.Torch;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace FeatureMap.Goldens.Training;

/// <summary>A network in libtorch, layer by layer through the same table as the single ops, in double precision.</summary>
internal sealed class TorchModel
{
    private readonly Network network;
    private readonly Tensor[][] parameters;

    public TorchModel(Network network, float[] start)
    {
        this.network = network;
        var at = 0;
        parameters = [.. network.Layers.Select(layer => layer.Parameters.Select(definition =>
        {
            var values = tensor(start.AsSpan(at, definition.Count).ToArray(), [.. definition.Dimensions.Select(size => (long)size)], dtype: ScalarType.Float64);
            at += definition.Count;
            return definition.Trainable ? new TorchParameter(values, true) : values;
        }).ToArray())];
    }

    /// <summary>What weight decay pulls on.</summary>
    public IReadOnlyList<TorchParameter> Decaying => Trained(decays: true);

    public IReadOnlyList<TorchParameter> Others => Trained(decays: false);

    /// <summary>All numbers, running statistics too, in the order of the layers.</summary>
    public IEnumerable<Tensor> All => parameters.SelectMany(layer => layer);

    public Tensor Forward(Tensor images)
    {
        var outputs = new List<Tensor> { images };
        foreach (var layer in network.Layers.Skip(1))
            outputs.Add(TorchFunctions.Apply(layer.Op!, new TorchCall(images.shape[0], [.. layer.Inputs.Select(input => outputs[input])], parameters[layer.Index], IsTraining: true)));
        return outputs[^1].flatten(1);
    }

    private IReadOnlyList<TorchParameter> Trained(bool decays) =>
        [.. network.Layers.SelectMany(layer => layer.Parameters.Select((definition, i) => (definition, Values: parameters[layer.Index][i])))
            .Where(parameter => parameter.definition.Trainable && parameter.definition.Decays == decays).Select(parameter => (TorchParameter)parameter.Values)];
}
