using FeatureMap.Networks;
using FeatureMap.Ops;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// A network of ours as libtorch computes it: a walk over the graph, each op said by <see cref="TorchFunctions"/>. Activations and sums are
/// done in place wherever autograd allows it, and each intermediate result is let go when its last reader has run, so that only what
/// autograd keeps stays.
/// </summary>
internal sealed class TorchWalk
{
    private const int NotInPlace = -1;

    private readonly Network network;
    private readonly int[][] inputs, lastRead;
    private readonly int[] inPlace;

    /// <param name="network">What is walked.</param>
    /// <param name="kept">Layers whose outputs are read after the walk, besides those without op: nothing is written over them.</param>
    public TorchWalk(Network network, IReadOnlyCollection<int> kept)
    {
        this.network = network;
        inputs = [.. network.Layers.Select(layer => layer.Inputs.ToArray())];
        var reads = network.Layers.SelectMany(layer => layer.Inputs.Select(input => (Input: input, Reader: layer.Index)))
            .ToLookup(read => read.Input, read => read.Reader);
        bool IsLetGo(int layer) => network.Layers[layer].Op is not null && !kept.Contains(layer);
        lastRead = [.. Enumerable.Range(0, network.Layers.Count).Select(reader =>
            reads.Where(read => IsLetGo(read.Key) && read.Max() == reader).Select(read => read.Key).ToArray())];
        inPlace = [.. network.Layers.Select(layer => InPlaceInput(layer, reads, kept))];
    }

    /// <summary>Computes a batch.</summary>
    /// <param name="outputs">An output for each layer, [image][channel][row][column]; those of layers without op are there before.</param>
    /// <param name="parameters">The numbers of each layer.</param>
    /// <param name="call">What calls have in common; its inputs and parameters are not read.</param>
    /// <param name="isTraining">Whether a layer computes as in training.</param>
    /// <param name="compute">Asked first: what a layer gives, or null for what the table says.</param>
    /// <exception cref="UsageException">libtorch has nothing that means a layer; the message has the reason.</exception>
    public void Forward(Tensor[] outputs, Tensor[][] parameters, TorchCall call, Func<Layer, bool> isTraining,
        Func<Layer, TorchCall, Tensor?>? compute = null)
    {
        for (var i = 0; i < outputs.Length; i++)
        {
            var layer = network.Layers[i];
            if (layer.Op is null) continue;
            var own = call with
            {
                Inputs = Array.ConvertAll(inputs[i], input => outputs[input]),
                Parameters = parameters[i],
                IsTraining = isTraining(layer),
            };
            Tensor output;
            try
            {
                output = compute?.Invoke(layer, own)
                    ?? (inPlace[i] == NotInPlace ? TorchFunctions.ApplyAny(layer.Op, own) : ApplyInPlace(layer.Op, own, inPlace[i]));
            }
            catch (NoCounterpartException reason)
            {
                throw new UsageException($"Layer '{layer.Name}' ({layer.Op}, layer {layer.Index}) has no counterpart in libtorch: "
                    + $"{reason.Message}. Train this network on the processor.", reason);
            }
            // Some functions hand their argument back; two layers must not own one handle.
            outputs[i] = Array.Exists(own.Inputs, input => ReferenceEquals(input, output)) ? output.alias() : output;
            foreach (var read in lastRead[i])
                outputs[read].Dispose();
        }
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
    private int InPlaceInput(Layer layer, ILookup<int, int> reads, IReadOnlyCollection<int> kept)
    {
        if (layer.Op is not (Relu or Relu6 or LeakyRelu or Add)) return NotInPlace;
        for (var i = 0; i < layer.Inputs.Count; i++)
        {
            var producer = network.Layers[layer.Inputs[i]];
            var isForgotten = producer.Op
                is Conv2d or ConvTranspose2d or BatchNorm or Linear or Add or Concat or MaxPool2d or AveragePool2d;
            if (isForgotten && producer.Output == layer.Output && reads[producer.Index].Count() == 1 && !kept.Contains(producer.Index))
                return i;
        }
        return NotInPlace;
    }
}
