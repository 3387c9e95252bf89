using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>The small networks that things are compared on.</summary>
internal static class ComparedNetworks
{
    private static readonly int[] Channels = [16, 24, 24, 24];

    /// <summary>That of the recipe <c>mnist-20k</c>, with another activation or normalisation: four 3x3 layers, one pooling, the mean over all places, one dense layer.</summary>
    /// <param name="activate">The activation.</param>
    /// <param name="normalize">The normalisation, without which a layer has a bias.</param>
    /// <param name="initializer">How weights start; He's where null.</param>
    /// <param name="weightNorm">Whether weights are learned as a direction and a length.</param>
    public static Func<Shape, int, Network> Small(
        Func<Feature, Feature>? activate = null, Func<Feature, Feature>? normalize = null, Initializer? initializer = null, bool weightNorm = false) => (image, classes) => Network.Build(image, x =>
    {
        foreach (var (index, channels) in Channels.Index())
        {
            x = x.Conv(channels, kernel: 3, bias: normalize is null, initializer: initializer, weightNorm: weightNorm);
            if (normalize is not null) x = normalize(x);
            x = activate is null ? x.Relu() : activate(x);
            if (index == 0) x = x.MaxPool(2);
        }
        return x.GlobalAveragePool().Linear(classes, initializer: initializer);
    });

    /// <summary>Nine layers of 16 channels without any normalisation: deep enough that a bad start shows.</summary>
    public static Func<Shape, int, Network> Deep(Initializer initializer) => (image, classes) => Network.Build(image, x =>
    {
        for (var layer = 0; layer < 9; layer++)
        {
            x = x.Conv(16, kernel: 3, padding: 1, initializer: initializer).Relu(name: $"relu{layer + 1}");
            if (layer is 2 or 5) x = x.MaxPool(2);
        }
        return x.GlobalAveragePool().Linear(classes, initializer: initializer);
    });
}
