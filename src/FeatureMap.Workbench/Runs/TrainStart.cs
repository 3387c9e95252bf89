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
        if (settings.Progressive > 0 && data.Training.Targets is { AreOfWholeImage: true } said)
            throw new UsageException($"A training that begins on small images is for classes, and {data.Name} has {said}: leave "
                + "progressive out.");
        if (settings.Progressive > 0 && Masks.Are(data))
            throw new UsageException("Masks are learnt from patches at their own scale, so the training cannot begin on small images: "
                + "leave progressive out.");
        if (settings.From.Length > 0) return OfPretrained(settings.ChoosePretrained(SizeFor(settings, data)), settings, data);
        var start = Unwhitened(recipe, settings, data).WithAnswers(data, IsOwnLoss(recipe, settings));
        if (Masks.Are(data) && start.Network.Output.IsVector)
            throw new UsageException($"{data.Name} has masks, and the network of {recipe.Name} gives {start.Network.Output.Channels} "
                + $"numbers for a "
                + "whole image: a network for masks gives a number at every pixel. Leave the recipe out, and a U-Net is taken.");
        if (!settings.HasWhitening) return start;
        if (start.Weights is not null)
            throw new UsageException($"whitening sets the first convolution of fresh weights, and these come with the network ({(settings.Weights.Length > 0 ? $"weights={settings.Weights}" : $"network={settings.Network}")}): leave one of them out.");
        return start with { WhitenedOn = data.Training };
    }

    /// <summary>Pretrained weights with a head for the classes of the data.</summary>
    internal static TrainStart OfPretrained(Pretrained pretrained, RecipeSettings settings, SplitData data)
    {
        if (Masks.Are(data)) return OverPretrained(pretrained, settings, data);
        var model = pretrained.WithHead(data, settings.Training.Seed);
        var start = new TrainStart(model.Network, model.Weights, model.Normalization) { Pretrained = model };
        return start.WithAnswers(data, isOwnLoss: false);
    }

    // A loss that nobody asked for is one for classes.
    private static bool IsOwnLoss(Recipe recipe, RecipeSettings settings) =>
        settings.Training.Loss?.Description == recipe.Settings.Training.Loss?.Description;

    /// <summary>For images with several labels or numbers: the end that a network needs for them, unless it has it, and their
    /// loss.</summary>
    private TrainStart WithAnswers(SplitData data, bool isOwnLoss)
    {
        if (data.Training.Targets is not { AreOfWholeImage: true } targets) return this;
        if (Heads is not null) throw new UsageException($"Auxiliary heads tell classes apart, and {data.Name} has {targets}: leave "
            + "auxiliary-heads out.");
        var hasEnd = GivesQuantities || (targets.Kind == TargetKind.Labels && Network.OutputValues == OutputValues.IndependentProbabilities)
            || Pretrained is not null;
        if (GivesQuantities && targets.Kind != TargetKind.Quantities)
            throw new UsageException($"The network gives numbers, and {data.Name} has {targets}. Begin with the setting from, which "
                + "gives it another head.");
        var network = hasEnd ? Network : Network.Append(x => x.AnswersOf(data.Training));
        return this with
        {
            Network = network,
            Weights = hasEnd ? Weights : Weights?.Derive(network),
            Notice = targets.Kind == TargetKind.Labels ? null : Notice,
            Answers = data.Training,
            HasOwnLoss = isOwnLoss,
        };
    }

    /// <summary>Images with several labels or numbers; null where they have classes or other targets.</summary>
    private ImageSet? Answers { get; init; }

    private bool HasOwnLoss { get; init; }

    /// <summary>Whether the network of a file gives numbers of images already.</summary>
    private bool GivesQuantities { get; init; }

    // A decoder over the body, whose batch norms stay: a few hundred patches make poor statistics.
    private static TrainStart OverPretrained(Pretrained pretrained, RecipeSettings settings, SplitData data)
    {
        const double BodyRate = 0.1;
        if (pretrained.Model.GivesLabelMaps)
            throw new UsageException($"{ShownPath.Of(pretrained.Source)} is a network of masks already, and needs no decoder: go on with it by the "
                + "setting network in place of from.");
        var model = UNet.Over(pretrained, data.ClassNames, SizeFor(settings, data), settings.Training.Seed);
        return new TrainStart(model.Network, model.Weights, model.Normalization)
        {
            Frozen = [.. UNet.BodyNorms(model.Network)],
            Rates = LayerRates.Groups((UNet.BodyLayers(model.Network), BodyRate)),
        };
    }

    /// <summary>The size of what pretrained weights are to read, where the data do not say it; null where they do.</summary>
    internal static ImageSize? SizeFor(RecipeSettings settings, SplitData data) => !Masks.Are(data) ? null
        : Masks.InputOf(data, settings) is var patch ? new ImageSize(patch.Height, patch.Width) : null;

    /// <summary>Layers that stay as they are; null for those of the options.</summary>
    private IReadOnlyList<string>? Frozen { get; init; }

    /// <summary>Rates of layers; null for those of the options.</summary>
    private LayerRates? Rates { get; init; }

    /// <summary>The pretrained model with its new head; null for another start.</summary>
    internal Model? Pretrained { get; private init; }

    private static TrainStart Unwhitened(Recipe recipe, RecipeSettings settings, SplitData data)
    {
        if (settings.Network.Length == 0)
        {
            if (recipe.Name == Recipes.MasksOverPretrained.Name && !Masks.Are(data))
                throw new UsageException($"The recipe {recipe.Name} learns masks, and {data.Name} has none: give a folder or an archive "
                    + "with a folder of images and one of masks, such as images/1.png and masks/1.png.");
            if (Masks.Are(data) && Recipes.All.Any(one => one.Name == recipe.Name))
                throw new UsageException($"The recipe {recipe.Name} tells apart what whole images show, and {data.Name} has masks, a "
                    + "class for every pixel. Leave the recipe out, and a U-Net is taken.");
            var own = recipe.Build(Masks.InputOf(data, settings), Masks.OutputsOf(data));
            return new TrainStart(own, null, settings.Training.Normalization);
        }
        if (settings.ChooseArchitecture() is { } architecture) return Of(architecture, settings, data);
        var choice = settings.NetworkOutput.Length > 0 ? new OnnxChoice(Output: settings.NetworkOutput) : null;
        if (settings.KeepsWeights && HasWeights(settings.Network))
        {
            var model = RunInput.Model(settings.Network, choice: choice, shape: _ => Masks.InputOf(data, settings));
            return new TrainStart(model.Network, model.Weights,
                model.Normalization)
            { GivesQuantities = model.GivesQuantities }.FromScores();
        }
        var network = RunInput.IsOnnx(settings.Network) ? RunInput.Model(settings.Network, choice: choice, shape: _ => Masks.InputOf(data,
            settings)).Network : RunInput.Network(settings.Network).Network;
        return new TrainStart(network, null, settings.Training.Normalization).FromScores();
    }

    /// <summary>The options with what the start decides.</summary>
    public TrainingOptions Complete(TrainingOptions options)
    {
        options = options with
        {
            Normalization = Normalization,
            InitialWeights = Weights,
            FrozenLayers = Frozen is { } frozen && options.FrozenLayers.Count == 0 ? frozen : options.FrozenLayers,
            LayerRates = Rates is { } rates && options.LayerRates.All.Count == 0 ? rates : options.LayerRates,
            Loss = Heads is { } heads ? heads(options.Loss ?? Loss.CrossEntropy()) : options.Loss,
        };
        if (Answers is not null) options = options with { Loss = Loss.Fitted(HasOwnLoss ? null : options.Loss, Answers, Network) };
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
        var network = architecture.Build(Masks.InputOf(data, settings), Masks.OutputsOf(data));
        if (Masks.Are(data) && network.Output.IsVector)
        {
            if (settings.Weights.Length > 0)
                throw new UsageException("For masks, weights of a classifier begin a training by the setting from, in place of network "
                    + "and weights.");
            return new(UNet.Over(network, Masks.OutputsOf(data)), null, settings.Training.Normalization);
        }
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
