using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// What a training begins with: the recipe's network or an architecture, with fresh weights or those of torchvision; or a network from a file, with its weights where it has any.
/// </summary>
/// <param name="Network">What is trained.</param>
/// <param name="Weights">Where it starts; null for fresh weights.</param>
/// <param name="Normalization">How pixels become numbers; null for the mean and deviation of the training images.</param>
public sealed record TrainStart(Network Network, Weights? Weights, Normalization? Normalization)
{
    /// <summary>What a recipe with its settings begins with.</summary>
    /// <exception cref="DataException">The file of the network cannot be read.</exception>
    /// <exception cref="ShapeException">The network does not fit the data.</exception>
    /// <exception cref="UsageException">Two settings contradict each other.</exception>
    public static TrainStart Of(Recipe recipe, RecipeSettings settings, SplitData data)
    {
        if (settings.From.Length > 0) return OfPretrained(settings.ChoosePretrained(), settings, data);
        var start = Unwhitened(recipe, settings, data);
        if (!settings.HasWhitening) return start;
        if (start.Weights is not null)
            throw new UsageException($"whitening sets the first convolution of fresh weights, and these come with the network ({(settings.Weights.Length > 0 ? $"weights={settings.Weights}" : $"network={settings.Network}")}): leave one of them out.");
        return start with { WhitenedOn = data.Training };
    }

    /// <summary>Pretrained weights with a head for the classes of the data.</summary>
    internal static TrainStart OfPretrained(Pretrained pretrained, RecipeSettings settings, SplitData data)
    {
        var model = pretrained.WithHead(data.ClassNames, settings.Training.Seed);
        return new TrainStart(model.Network, model.Weights, model.Normalization) { Pretrained = model };
    }

    /// <summary>The pretrained model with its new head; null for another start.</summary>
    internal Model? Pretrained { get; private init; }

    private static TrainStart Unwhitened(Recipe recipe, RecipeSettings settings, SplitData data)
    {
        if (settings.Network.Length == 0)
        {
            var own = recipe.Build(data.ImageShape, data.ClassCount);
            return new TrainStart(own, null, settings.Training.Normalization);
        }
        if (settings.ChooseArchitecture() is { } architecture) return Of(architecture, settings, data);
        var choice = settings.NetworkOutput.Length > 0 ? new OnnxChoice(Output: settings.NetworkOutput) : null;
        if (settings.KeepsWeights && HasWeights(settings.Network))
        {
            var model = RunInput.Model(settings.Network, choice: choice, shape: _ => data.ImageShape);
            return new TrainStart(model.Network, model.Weights, model.Normalization).FromScores();
        }
        var network = RunInput.IsOnnx(settings.Network) ? RunInput.Model(settings.Network, choice: choice, shape: _ => data.ImageShape).Network : RunInput.Network(settings.Network).Network;
        return new TrainStart(network, null, settings.Training.Normalization).FromScores();
    }

    /// <summary>The options with what the start decides.</summary>
    public TrainingOptions Complete(TrainingOptions options)
    {
        options = options with
        {
            Normalization = Normalization,
            InitialWeights = Weights,
            Loss = Heads is { } heads ? heads(options.Loss ?? Loss.CrossEntropy()) : options.Loss,
        };
        if (Adds is not null) options = Adds(options);
        return WhitenedOn is null ? options : PatchWhitening.Apply(options, Network, WhitenedOn);
    }

    /// <summary>What was changed of the network of a file, or is to be known of it; null for nothing.</summary>
    public string? Notice { get; internal init; }

    /// <summary>What else the start decides, such as which layers stay; null for nothing.</summary>
    internal Func<TrainingOptions, TrainingOptions>? Adds { get; init; }

    // Recipes train with losses that have a softmax of their own.
    private TrainStart FromScores()
    {
        if (Network.OutputValues == OutputValues.Scores) return this;
        var scores = Network.ToScores();
        var weights = Weights is null ? null : Weights.Initialize(scores, 0);
        weights?.TakeFrom(Weights!);
        return this with
        {
            Network = scores,
            Weights = weights,
            Notice = $"The network ends in a {(Network.OutputValues == OutputValues.Probabilities ? "softmax" : "sigmoid")}. It is "
                + "trained without it, from the scores before: the loss has a softmax of its own, and so has predict.",
        };
    }

    /// <summary>The images on which the first convolution is measured; null where it is not.</summary>
    private ImageSet? WhitenedOn { get; init; }

    /// <summary>Puts auxiliary heads to the loss; null for none.</summary>
    private Func<Loss, Loss>? Heads { get; init; }

    private static TrainStart Of(Architecture architecture, RecipeSettings settings, SplitData data)
    {
        var network = architecture.Build(data.ImageShape, data.ClassCount);
        var hasWeights = settings.Weights.Length > 0;
        return new TrainStart(
            network,
            hasWeights ? architecture.LoadWeights(settings.Weights, network, settings.HasFreshHead, settings.Training.Seed) : null,
            hasWeights ? architecture.TrainedNormalization : settings.Training.Normalization)
        {
            Heads = settings.AuxiliaryHeads > 0 ? loss => architecture.WithAuxiliaryHeads(loss, data.ClassCount, settings.AuxiliaryHeads) : null,
        };
    }

    private static bool HasWeights(string path) => !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
        && !path.EndsWith(NetworkText.Extension, StringComparison.OrdinalIgnoreCase) && (!Directory.Exists(path) || File.Exists(Path.Combine(path, ModelFile.WeightsName)));
}
