using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>Which layers the maps of this folder look at: the scores of the classes, and the last layer that still is a plane.</summary>
internal static class ScoreLayers
{
    /// <summary>Why a network has no scores to explain; null where it has.</summary>
    public static string? Objection(Network network) => network.Output.IsVector
        ? null
        : $"The network gives {network.Output} per image (channels x height x width) and no scores of classes";

    /// <summary>The scores of the classes: the network's output, before a softmax or sigmoid at its end.</summary>
    /// <exception cref="ShapeException">The network does not end in a vector.</exception>
    public static Layer Scores(Network network)
    {
        if (Objection(network) is { } objection)
            throw new ShapeException($"{objection}. Maps of this kind explain the score of one class: use a network that ends in a "
                + "vector, such as GlobalAveragePool().Linear(10).");
        return OutputEnd.ScoreLayer(network);
    }

    /// <summary>The last layer on the way to the scores that still is a plane; null where none is, as in a network of dense
    /// layers.</summary>
    public static Layer? LastPlane(Network network)
    {
        var needed = new bool[network.Layers.Count];
        needed[^1] = true;
        for (var i = needed.Length - 1; i > 0; i--)
        {
            if (!needed[i]) continue;
            if (!network.Layers[i].Output.IsVector && network.Layers[i].Op is not DropoutMask
                && network.Layers[i].Inputs.Count > 0) return network.Layers[i];
            foreach (var input in network.Layers[i].Inputs)
                needed[input] = true;
        }
        return null;
    }

    /// <summary>The layer of a name, or the last plane; it must be a plane.</summary>
    /// <exception cref="UsageException">There is no such layer, or it has no plane.</exception>
    public static Layer Plane(Network network, string? name)
    {
        if (name is null)
            return LastPlane(network) ?? throw new UsageException("The network has no layer with a plane: every output is a vector, so "
                + "there is no place to point at.");
        var planes = network.Layers.Where(layer => !layer.Output.IsVector && layer.Op is not null).Select(layer => layer.Name).ToList();
        if (network.Layers.FirstOrDefault(layer => layer.Name == name) is not { } found)
            throw new UsageException($"The network has no layer '{name}'.{NearestName.Suggest(name, planes)} Its layers with a "
                + $"plane: {string.Join(", ", planes)}.");
        return found.Output.IsVector
            ? throw new UsageException($"Layer '{name}' gives {found.Output}, a vector: there is no place to point at. Layers with a "
                + $"plane: {string.Join(", ", planes)}.")
            : found;
    }

    /// <summary>The chosen class, or the one that the model gives the image.</summary>
    /// <exception cref="UsageException">The network has no such class.</exception>
    public static int Class(Model model, ReadOnlySpan<byte> pixels, int? chosen)
    {
        var count = Scores(model.Network).Output.Channels;
        if (chosen is not { } given) return model.Predict(pixels).Class;
        return given >= 0 && given < count ? given
            : throw new UsageException($"The network tells {count:N0} classes apart, 0 to {count - 1}: received class {given}.");
    }
}
