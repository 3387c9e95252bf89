using FeatureMap.Interchange;
using FeatureMap.Models;

namespace FeatureMap.Zoo;

/// <summary>Trained models inside the library, to look into and to try without training first.</summary>
public static class BundledModels
{
    private static readonly Lazy<Model> digits = new(() => Load("digits"));

    /// <summary>
    /// Handwritten digits: the recipe <c>mnist-1k</c> (971 parameters) after its 60 epochs with seed 0 on official MNIST. Images are 1x28x28, light on black, as
    /// MNIST sets them; <see cref="Data.DrawnDigit"/> sets drawings so. Any number of threads may use it.
    /// </summary>
    public static Model Digits => digits.Value;

    private static Model Load(string name)
    {
        using var weights = Open($"{name}.{ModelFile.WeightsName}");
        using var network = Open($"{name}.{ModelFile.NetworkName}");
        return ModelFile.Load(weights, network, $"the bundled model {name}");
    }

    private static Stream Open(string file) => typeof(BundledModels).Assembly.GetManifestResourceStream($"FeatureMap.Zoo.{file}")
        ?? throw new DataException($"{file} is missing in FeatureMap.Zoo: the library was built without it.");
}
