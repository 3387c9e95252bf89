using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Which layers of a network are looked at with the sample images.</summary>
internal static class SampleLayers
{
    /// <summary>Convolutions whose maps are kept.</summary>
    public const int MostMaps = 3;

    /// <summary>
    /// The activations that are exactly 0, with a gradient of 0, for everything below some number: units behind them can die.
    /// </summary>
    public static IReadOnlyList<Layer> ThatCanDie(Network network) =>
        [.. network.Layers.Where(layer => layer.Op is Relu or Relu6 or ThresholdedRelu or HardSwish)];

    /// <summary>
    /// The maps that are kept: of the first layers with weights that give maps, each behind its normalisation and activation; and what the
    /// network gives, where that is maps.
    /// </summary>
    public static IReadOnlyList<Layer> WithMaps(Network network)
    {
        var readers = network.CountReaders();
        var maps = network.Layers.Where(layer => layer.Op is WeightedOp or WeightNorm && !layer.Output.IsVector).Take(MostMaps)
            .Select(layer => EndOf(network, layer, readers)).ToList();
        if (!network.Output.IsVector) maps.Add(network.Layers[^1]);
        return [.. maps.Distinct()];
    }

    /// <summary>The first convolution, whose kernels are kept; null where there is none.</summary>
    public static Layer? WithKernels(Network network) => network.Layers.FirstOrDefault(layer => layer.Op is Conv2d);

    // What follows one by one and keeps the shape belongs to the layer: a normalisation, an activation.
    private static Layer EndOf(Network network, Layer layer, int[] readers)
    {
        while (readers[layer.Index] == 1
            && network.Layers.Skip(layer.Index + 1).FirstOrDefault(reader =>
                reader.Inputs.Contains(layer.Index)) is { Inputs.Count: 1 } next
            && next.Op is BatchNorm or ImageNorm or Activation && next.Output == layer.Output)
            layer = next;
        return layer;
    }
}
