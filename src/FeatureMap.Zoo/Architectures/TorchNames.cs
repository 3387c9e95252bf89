using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>What the naming rules of several networks share. Names of layers are paths, such as <c>features/fire2/conv1</c>.</summary>
internal static class TorchNames
{
    /// <summary>The first step of the path: <c>features</c>; the name itself where there is none.</summary>
    public static string Part(Layer layer) => layer.Name.Split('/')[0];

    /// <summary>The last step: <c>conv1</c>.</summary>
    public static string Own(Layer layer) => layer.Name.Split('/')[^1];

    /// <summary>The number that the automatic name ends in: 1 of <c>conv1</c>.</summary>
    public static int Number(Layer layer) => int.Parse(Own(layer).AsSpan(Stem(layer).Length), provider: null);

    /// <summary>The automatic name without its number: <c>conv</c>.</summary>
    public static string Stem(Layer layer) => Own(layer).TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');

    /// <summary>The place in a PyTorch Sequential, which counts everything in it, weights or not: a layer by itself and a block are one place each.</summary>
    public static int Position(Network network, Layer layer)
    {
        var path = layer.Name.Split('/');
        return network.Layers.Select(other => other.Name.Split('/')).Where(other => other.Length > 1 && other[0] == path[0])
            .Select(other => other[1]).Distinct().ToList().IndexOf(path[1]);
    }
}
