using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>What a training begins with: the recipe's network with fresh weights, or a network from a file, with its weights where it has any.</summary>
/// <param name="Network">What is trained.</param>
/// <param name="Weights">Where it starts; null for fresh weights.</param>
/// <param name="Normalization">How pixels become numbers; null for the mean and deviation of the training images.</param>
internal sealed record TrainStart(Network Network, Weights? Weights, Normalization? Normalization)
{
    /// <exception cref="DataException">The file of the network cannot be read.</exception>
    /// <exception cref="ShapeException">The network does not fit the data.</exception>
    public static TrainStart Of(Recipe recipe, RecipeSettings settings, SplitData data)
    {
        if (settings.Network.Length == 0)
        {
            var own = recipe.Build(data.ImageShape, data.ClassCount);
            return new TrainStart(own, null, settings.ChooseNormalization(own.Input.Channels));
        }
        if (settings.KeepsWeights && HasWeights(settings.Network))
        {
            var model = RunInput.Model(settings.Network);
            return new TrainStart(model.Network, model.Weights, model.Normalization);
        }
        var network = RunInput.Network(settings.Network).Network;
        return new TrainStart(network, null, settings.ChooseNormalization(network.Input.Channels));
    }

    /// <summary>The options with what the start decides.</summary>
    public TrainingOptions Complete(TrainingOptions options) => options with { Normalization = Normalization, InitialWeights = Weights };

    private static bool HasWeights(string path) => !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && (!Directory.Exists(path) || File.Exists(Path.Combine(path, ModelFile.WeightsName)));
}
