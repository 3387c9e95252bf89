using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>
/// The equivalent network without dead weights: kernels lose the rows and columns that only ever meet padding (<see cref="LiveTaps"/>). The function of the input stays the
/// same, and so does training, because dead weights get no gradient; layers keep their names. The pass-through network of Assignment 3.2 loses 39,845,888 of its 50,558,186 numbers.
/// A trainer uses it by itself: it trains the slim network and puts the numbers back, so that no step spends time on weights that cannot matter.
/// </summary>
public static class Slimming
{
    /// <summary>The equivalent network; the given one itself where nothing is dead.</summary>
    public static Network Slim(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Layers.Any(layer => CropOf(layer) is not null)
            ? network.Rewrite((layer, inputs) => CropOf(layer) is { Op: var op } ? inputs[0].Then(op, layer.Name) : null)
            : network;
    }

    /// <summary>The equivalent network with its weights, which are copied; they belong to the slim network (<see cref="Weights.Network"/>).</summary>
    public static Weights Slim(Weights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var slim = Weights.Blank(Slim(weights.Network));
        Copy(weights, slim, toSlim: true);
        return slim;
    }

    /// <summary>The same for a model: what it predicts stays.</summary>
    public static Model Slim(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.With(Slim(model.Weights), isSame: true);
    }

    /// <summary>Puts the numbers of a slim network back to their places in the whole one, whose dead weights stay as they are.</summary>
    internal static void Restore(Weights slim, Weights whole) => Copy(whole, slim, toSlim: false);

    /// <summary>Takes the living numbers of the whole network over into the slim one.</summary>
    internal static void Take(Weights whole, Weights slim) => Copy(whole, slim, toSlim: true);

    private static (Conv2d Op, int FirstRow, int FirstColumn)? CropOf(Layer layer) =>
        layer.Op is Conv2d op && LiveTaps.Crop(op, layer.InputShapes[0]) is var crop && crop.Op != op ? crop : null;

    private static void Copy(Weights whole, Weights slim, bool toSlim)
    {
        foreach (var parameter in whole.Parameters)
        {
            var layer = whole.Network.Layers[parameter.Layer];
            var part = slim[parameter.Name];
            if (parameter.Definition.Count == part.Definition.Count)
            {
                if (toSlim) parameter.Values.CopyTo(part.Values);
                else part.Values.CopyTo(parameter.Values);
                continue;
            }
            var (op, firstRow, firstColumn) = CropOf(layer)!.Value;
            var (height, width) = (parameter.Dimensions[2], parameter.Dimensions[3]);
            var place = 0;
            for (var plane = 0; plane < parameter.Dimensions[0] * parameter.Dimensions[1]; plane++)
            {
                for (var row = 0; row < op.Kernel.Vertical; row++, place += op.Kernel.Horizontal)
                {
                    var large = parameter.Values.Slice((((plane * height) + firstRow + row) * width) + firstColumn, op.Kernel.Horizontal);
                    var small = part.Values.Slice(place, op.Kernel.Horizontal);
                    if (toSlim) large.CopyTo(small);
                    else small.CopyTo(large);
                }
            }
        }
    }
}
