using System.Runtime.InteropServices;
using FeatureMap.Networks;
using FeatureMap.Torch;
using TorchSharp;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>
/// Any network of ours as a module of libtorch with our weights: a walk over the graph, each op said by the table that the golden values
/// are made by. It is written as a user of libtorch who wants speed and little memory would write it: weights in the memory format of the
/// images, and what <see cref="TorchWalk"/> does in place and lets go.
/// </summary>
internal sealed class TorchModel : nn.Module<Tensor, Tensor>
{
    private readonly Network network;
    private readonly Tensor[][] owned;
    private readonly TorchWalk walk;

    /// <param name="weights">Network and numbers, which are copied.</param>
    /// <param name="format">Of the weights; the images should have the same.</param>
    /// <exception cref="NotSupportedException">The network takes more than images.</exception>
    public TorchModel(Weights weights, MemoryFormat format) : base("network")
    {
        network = weights.Network;
        if (network.Layers.Skip(1).FirstOrDefault(layer => layer.Op is null) is { } second)
            throw new NotSupportedException(
                $"The network takes more than images, '{second.Name}' of {second.Output}: a module takes one tensor.");
        var count = network.Layers.Count;
        owned = new Tensor[count][];
        walk = new TorchWalk(network, [count - 1]);
        var numbers = weights.Parameters.ToLookup(parameter => parameter.Layer);
        foreach (var layer in network.Layers)
            owned[layer.Index] = [.. numbers[layer.Index].Select(parameter => Register(parameter, format))];
    }

    /// <summary>All numbers as our weights have them, parameter by parameter, whatever the memory format is.</summary>
    public float[][] Numbers()
    {
        using var scope = NewDisposeScope();
        return [.. owned.SelectMany(layer => layer).Select(values => values.detach().contiguous().data<float>().ToArray())];
    }

    /// <summary>Computes a batch.</summary>
    /// <param name="images">[image][channel][row][column].</param>
    /// <returns>The output of the last layer, [image][channel][row][column].</returns>
    /// <exception cref="UsageException">libtorch has nothing that means a layer; the message has the reason.</exception>
    public override Tensor forward(Tensor images)
    {
        var outputs = new Tensor[network.Layers.Count];
        outputs[0] = images;
        walk.Forward(outputs, owned, new TorchCall(images.shape[0], [], [], training), _ => training);
        return outputs[^1];
    }

    private Tensor Register(FeatureMap.Networks.Parameter parameter, MemoryFormat format)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var values = empty([.. parameter.Dimensions.Select(size => (long)size)], dtype: ScalarType.Float32);
        MemoryMarshal.AsBytes(parameter.Values).CopyTo(values.bytes);
        values = format.Arrange(values);
        var name = parameter.Name.Replace('.', '_').Replace('/', '_');
        if (!parameter.Trainable)
        {
            register_buffer(name, values.DetachFromDisposeScope());
            return values;
        }
        var trained = new TorchParameter(values, requires_grad: true);
        register_parameter(name, trained);
        return trained.DetachFromDisposeScope();
    }
}
