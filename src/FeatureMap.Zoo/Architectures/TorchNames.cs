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

    /// <summary>Whether it is a normalisation, by the automatic name.</summary>
    public static bool IsNorm(Layer layer) => Stem(layer) is "batchNorm" or "layerNorm";

    /// <summary>The place in a PyTorch Sequential, which counts everything in it, weights or not: a layer by itself and a block are one place each.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">A layer, or one of a block, in the Sequential.</param>
    /// <param name="depth">How many steps of the path name the Sequential.</param>
    public static int Position(Network network, Layer layer, int depth = 1)
    {
        var sequential = string.Concat(layer.Name.Split('/').Take(depth).Select(step => step + "/"));
        return network.Layers.Where(other => other.Name.StartsWith(sequential, StringComparison.Ordinal))
            .Select(other => Step(other.Name)).Distinct().ToList().IndexOf(Step(layer.Name));

        string Step(string name) => name.AsSpan(sequential.Length) is var rest && rest.IndexOf('/') is >= 0 and var end ? rest[..end].ToString() : rest.ToString();
    }

    /// <summary>
    /// The inverted residual blocks of torchvision's MobileNetV3 and EfficientNet, below <c>features</c>: features.1.block.0.0,
    /// features.2.0.block.1.fc1; 0 is a convolution, 1 its normalisation.
    ///</summary>
    public static string Inverted(Network network, Layer layer)
    {
        var path = layer.Name.Split('/');
        var block = string.Join('.', path[..^2]);
        return path is [_, _, _] ? $"{string.Join('.', path[..2])}.{(IsNorm(layer) ? 1 : 0)}"
            : $"{block}.block.{Position(network, layer, path.Length - 2)}.{(path[^2] == "gate" ? $"fc{Number(layer)}" : IsNorm(layer) ? 1 : 0)}";
    }
}
