using System.Runtime.InteropServices;
using FeatureMap.Goldens;
using FeatureMap.Networks;
using FeatureMap.Ops;
using TorchSharp;
using static TorchSharp.torch;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>
/// Any network of ours as a module of libtorch with our weights: a walk over the graph, each op said by the table that the golden values
/// are made by. It is written as a user of libtorch who wants speed and little memory would write it: activations and sums in place
/// wherever autograd allows it, weights in the memory format of the images, and each intermediate result let go when its last reader has
/// run, so that only what autograd keeps stays.
/// </summary>
internal sealed class TorchModel : nn.Module<Tensor, Tensor>
{
    private const int NotInPlace = -1;

    private readonly Network network;
    private readonly Tensor[][] owned;
    private readonly int[][] inputs;
    private readonly int[][] lastRead;
    private readonly int[] inPlace;

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
        inputs = [.. network.Layers.Select(layer => layer.Inputs.ToArray())];
        var numbers = weights.Parameters.ToLookup(parameter => parameter.Layer);
        foreach (var layer in network.Layers)
            owned[layer.Index] = [.. numbers[layer.Index].Select(parameter => Register(parameter, format))];
        var reads = network.Layers.SelectMany(layer => layer.Inputs.Select(input => (Input: input, Reader: layer.Index)))
            .ToLookup(read => read.Input, read => read.Reader);
        lastRead = [.. Enumerable.Range(0, count).Select(reader =>
            reads.Where(read => read.Key != 0 && read.Max() == reader).Select(read => read.Key).ToArray())];
        inPlace = [.. network.Layers.Select(layer => InPlaceInput(layer, reads))];
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
    /// <exception cref="NotSupportedException">libtorch has nothing that means a layer; the message has the reason.</exception>
    public override Tensor forward(Tensor images)
    {
        var outputs = new Tensor[network.Layers.Count];
        outputs[0] = images;
        for (var i = 1; i < outputs.Length; i++)
        {
            var layer = network.Layers[i];
            var call = new TorchCall(images.shape[0], Array.ConvertAll(inputs[i], input => outputs[input]), owned[i], training);
            Tensor output;
            try
            {
                output = inPlace[i] == NotInPlace ? TorchFunctions.Apply(layer.Op!, call) : ApplyInPlace(layer.Op!, call, inPlace[i]);
            }
            catch (NoCounterpartException reason)
            {
                throw new NotSupportedException($"{layer} has no counterpart in libtorch: {reason.Message}", reason);
            }
            // Some functions hand their argument back; two layers must not own one handle.
            outputs[i] = Array.Exists(call.Inputs, input => ReferenceEquals(input, output)) ? output.alias() : output;
            foreach (var read in lastRead[i])
                outputs[read].Dispose();
        }
        return outputs[^1];
    }

    private static Tensor ApplyInPlace(Op op, TorchCall call, int input) => op switch
    {
        Relu => nn.functional.relu(call.X, inplace: true),
        Relu6 => nn.functional.relu6(call.X, inplace: true),
        LeakyRelu leaky => nn.functional.leaky_relu(call.X, leaky.Slope, inplace: true),
        _ => call.Inputs.Where((_, other) => other != input).Aggregate(call.Inputs[input], (sum, next) => sum.add_(next)),
    };

    // An op may write over an input that nobody else reads and that autograd does not keep: the derivatives of these producers need what
    // they read, not what they wrote.
    private int InPlaceInput(Layer layer, ILookup<int, int> reads)
    {
        if (layer.Op is not (Relu or Relu6 or LeakyRelu or Add)) return NotInPlace;
        for (var i = 0; i < layer.Inputs.Count; i++)
        {
            var producer = network.Layers[layer.Inputs[i]];
            var isForgotten = producer.Op
                is Conv2d or ConvTranspose2d or BatchNorm or Linear or Add or Concat or MaxPool2d or AveragePool2d;
            if (isForgotten && producer.Output == layer.Output && reads[producer.Index].Count() == 1) return i;
        }
        return NotInPlace;
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
