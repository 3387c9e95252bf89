using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>
/// Takes the batch normalisations out of a trained network. In evaluation one is a fixed scale and shift per channel, which the convolution or dense layer before
/// it can do with other weights: W' = W gamma / sqrt(variance + epsilon) and b' = beta + (b - mean) gamma / sqrt(variance + epsilon). The network that is left
/// computes the same with fewer layers: for evaluation and export, not for further training. Source: Jacob et al., "Quantization and training of neural networks
/// for efficient integer-arithmetic-only inference", arXiv 1712.05877, section 3.2.
/// </summary>
public static class BatchNormFolding
{
    /// <summary>
    /// An equal network (in evaluation, up to rounding) without the batch normalisations that directly follow a convolution, transposed convolution or dense layer whose output nobody else
    /// reads. All others stay: at the beginning of a pre-activation block, behind an addition or a pooling, or where a skip connection takes the convolution's
    /// output before it. Layers keep their names; a layer that takes a normalisation in gets a bias.
    /// </summary>
    /// <param name="weights">The trained weights; they are not changed.</param>
    /// <returns>New weights, of a new network (<see cref="Weights.Network"/>).</returns>
    public static Weights Fold(Weights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var network = weights.Network;
        var readers = network.CountReaders();

        // For every layer the one whose output stands for its own; for a folded normalisation that is the layer that took it in.
        var carriers = new int[network.Layers.Count];
        var folded = new Dictionary<int, List<Layer>>();
        foreach (var layer in network.Layers)
        {
            carriers[layer.Index] = layer.Index;
            if (layer.Op is not BatchNorm || readers[layer.Inputs[0]] != 1) continue;
            var carrier = carriers[layer.Inputs[0]];
            if (network.Layers[carrier].Op is not WeightedOp) continue;
            carriers[layer.Index] = carrier;
            if (!folded.TryGetValue(carrier, out var list)) folded.Add(carrier, list = []);
            list.Add(layer);
        }

        var result = weights.Derive(
            network.Rewrite((layer, inputs) =>
                carriers[layer.Index] != layer.Index ? inputs[0]
                : folded.ContainsKey(layer.Index) ? inputs[0].Then(OpCatalogue.With(layer.Op!, "bias", true), layer.Name)
                : null),
            parameter => !weights.Has(parameter.Name)); // a new bias, still 0
        foreach (var (carrier, normalizations) in folded)
            foreach (var normalization in normalizations)
                TakeIn(result, network.Layers[carrier], weights, normalization);
        return result;
    }

    /// <summary>The same for a model: what it predicts stays, up to rounding.</summary>
    public static Model Fold(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.With(Fold(model.Weights), isSame: true);
    }

    private static void TakeIn(Weights result, Layer layer, Weights weights, Layer normalization)
    {
        var op = (BatchNorm)normalization.Op!;
        var mean = weights[$"{normalization.Name}.running_mean"].Values;
        var variance = weights[$"{normalization.Name}.running_var"].Values;
        var weight = result[$"{layer.Name}.weight"].Values;
        var bias = result[$"{layer.Name}.bias"].Values;
        var layout = ((WeightedOp)layer.Op!).Layout(layer.InputShapes);
        for (var channel = 0; channel < bias.Length; channel++)
        {
            var gamma = op.IsAffine ? weights[$"{normalization.Name}.weight"].Values[channel] : 1;
            var beta = op.IsAffine ? weights[$"{normalization.Name}.bias"].Values[channel] : 0;
            var factor = gamma / Math.Sqrt((double)variance[channel] + op.Epsilon);
            for (var row = 0; row < layout.Rows; row++)
                foreach (ref var value in weight.Slice(layout.Start(channel, row), layout.Run))
                    value = (float)(value * factor);
            bias[channel] = (float)(beta + ((bias[channel] - (double)mean[channel]) * factor));
        }
    }
}
