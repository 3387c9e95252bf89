using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// A fine-tuning before it begins: where the body ends, what is trained in which part, and with which options. <see cref="FineTuning.Fit"/>
/// does both parts; whoever wants to watch or to resume them by himself takes them from here.
/// </summary>
public sealed class FineTuningPlan
{
    private readonly FineTuningOptions options;
    private readonly SplitData data;
    private string? bodyKey;

    private FineTuningPlan(Model model, SplitData data, FineTuningOptions options, Layer end)
    {
        (Model, this.data, this.options) = (model, data, options);
        BodyEnd = end.Name;
        Body = model.CutAt(end.Name);
        Head = model.Network.CutBehind(end.Name);
        FrozenLayers = [.. Body.Network.Layers.Skip(1).Select(layer => layer.Name)];
        StayingLayers = options.MovesStatistics ? [] : [.. Body.Network.Layers.Where(layer => layer.FixedCount > 0)
            .Select(layer => layer.Name)];
        string[] learning = [.. Body.Network.Layers.Where(layer => layer.TrainableCount > 0 && !StayingLayers.Contains(layer.Name))
            .Select(layer => layer.Name)];
        Rates = options.Training.LayerRates.All.Count > 0 ? options.Training.LayerRates : LayerRates.Groups(
            (learning[..((learning.Length + 1) / 2)], options.EarlyRate), (learning[((learning.Length + 1) / 2)..], options.LateRate));
    }

    /// <summary>What is fine-tuned.</summary>
    public Model Model { get; }

    /// <summary>Name of the last layer of the body.</summary>
    public string BodyEnd { get; }

    /// <summary>The body alone: it ends in the features.</summary>
    public Model Body { get; }

    /// <summary>The SHA-256 of the body's weights, by which a run that goes on knows them again; see <see cref="Weights.Sha256"/>.</summary>
    public string BodySha256 => field ??= Body.Weights.Sha256();

    /// <summary>The head alone: it begins with the features.</summary>
    public Network Head { get; }

    /// <summary>The layers of the body, which stay as they are while the head learns.</summary>
    public IReadOnlyList<string> FrozenLayers { get; }

    /// <summary>Layers of the body that stay as they are even while all others learn; see <see
    /// cref="FineTuningOptions.MovesStatistics"/>.</summary>
    public IReadOnlyList<string> StayingLayers { get; }

    /// <summary>How many numbers learn when all layers do.</summary>
    public long LearningCount => Model.Network.Layers.Where(layer => !StayingLayers.Contains(layer.Name)).Sum(layer =>
        layer.TrainableCount);

    /// <summary>The factors of the learning rate when all layers learn.</summary>
    public LayerRates Rates { get; }

    /// <summary>Whether only the head learns.</summary>
    public bool HeadOnly => options.HeadOnly;

    /// <summary>Epochs in which only the head learns.</summary>
    public int HeadEpochs => HeadOnly ? options.Training.Epochs : options.HeadEpochs;

    /// <summary>Finds out what is to be done. Nothing is computed.</summary>
    /// <param name="model">A pretrained body with a head for the classes of the data.</param>
    /// <param name="data">Images of the network's input shape.</param>
    /// <param name="options">How.</param>
    /// <exception cref="UsageException">The model is for other classes, it does not say where its body ends, or an option is out of
    /// range.</exception>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    public static FineTuningPlan Of(Model model, SplitData data, FineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new();
        if (options.HeadEpochs < 0) throw new UsageException($"The epochs of the head are 0 or more: received {options.HeadEpochs}.");
        var targets = data.Training.Targets;
        if (targets is { AreOfWholeImage: false })
            throw new UsageException($"Fine-tuning tells what whole images show, and the images of '{data.Name}' have other targets "
                + $"({targets}). Train on them with Trainer.Fit.");
        if (model.Network.Output != Shape.Vector(data.ClassCount))
            throw new ShapeException($"The network's output is {model.Network.Output}, and '{data.Name}' has "
                + $"{(targets is null ? $"{data.ClassCount} classes" : $"{targets}")}. Give the model a head for them: "
                + $"model.WithHead({(targets is null ? "data.ClassNames" : "data.Training")}, seed).");
        if (model.GivesQuantities != (targets is { Kind: TargetKind.Quantities }))
            throw new UsageException($"The model gives {(model.GivesQuantities ? "numbers" : "no numbers")}, and '{data.Name}' has "
                + $"{(targets is null ? "classes" : $"{targets}")}. Give it a head for them: model.WithHead(data.Training, seed).");
        if (!model.ClassNames.SequenceEqual(data.ClassNames))
            throw new UsageException($"The model's classes are {Listed(model.ClassNames)}, and those of '{data.Name}' are "
                + $"{Listed(data.ClassNames)}: a label would mean other things. Give it a head for them: model.WithHead(data.ClassNames, seed).");
        model.CheckSet(data.Training);
        model.CheckSet(data.Validation);
        return new(model, data, options, EndOfBody(model.Network, options.BodyEnd));
    }

    /// <summary>
    /// The images as the body sees them: what the head learns from. They are read from where features are kept, or computed and kept there;
    /// the numbers are the same.
    /// </summary>
    /// <exception cref="OperationCanceledException">The training was stopped meanwhile.</exception>
    public SplitData Features() => data.With(FeaturesOf(data.Training), FeaturesOf(data.Validation));

    /// <summary>Whether the features of these images are kept from before, so that the body need not look at them.</summary>
    public bool HasKeptFeatures => options.KeptFeatures is not null && File.Exists(PathOf(data.Training)) && File.Exists(PathOf(data.Validation));

    private ImageSet FeaturesOf(ImageSet set) => BodyFeatures.Of(Body, set, PathOf(set), KeyOf(set), options.Training,
        options.MostFeatureBytes);

    private string? PathOf(ImageSet set) => options.KeptFeatures is { } folder ? BodyFeatures.PathIn(folder, KeyOf(set)) : null;

    private string KeyOf(ImageSet set) => BodyFeatures.Key(bodyKey ??= BodyFeatures.KeyOf(Body), set);

    /// <summary>
    /// How <see cref="Head"/> is trained on <see cref="Features"/>. The result of the training is the whole model, and so is what a run
    /// folder receives.
    /// </summary>
    public TrainingOptions HeadOptions => options.Training with
    {
        Epochs = HeadEpochs,
        Schedule = HeadOnly ? options.Training.Schedule : options.HeadSchedule,
        Optimizer = HeadOnly ? options.Training.Optimizer : options.HeadOptimizer,
        EarlyStopping = HeadOnly ? options.Training.EarlyStopping : null,
        Augmentation = Augmentation.None,
        Mix = null,
        FrozenLayers = [],
        LayerRates = LayerRates.Same,
        Normalization = Normalization.Raw(1),
        InitialWeights = Model.Weights.ShareWith(Head),
        PartOf = new(Model, data),
    };

    /// <summary>How all layers are trained on the images, after the head.</summary>
    /// <param name="afterHead">The model that the training of the head gave, or <see cref="Model"/>.</param>
    public TrainingOptions AllOptions(Model afterHead)
    {
        ArgumentNullException.ThrowIfNull(afterHead);
        return options.Training with
        {
            LayerRates = Rates,
            FrozenLayers = [.. options.Training.FrozenLayers.Union(StayingLayers)],
            Normalization = Model.Normalization,
            InitialWeights = afterHead.Weights,
            Augmentation = Augmentation.Sequence(Model.Preparation, options.Training.Augmentation),
        };
    }

    /// <summary>What stands before the last layer that has weights.</summary>
    private static Layer EndOfBody(Network network, string? name)
    {
        if (name is not null) return network[name];
        var last = network.Layers.LastOrDefault(layer => layer.TrainableCount > 0 && layer.Inputs.Count > 0);
        return last is { Inputs: [> 0 and var body] } ? network.Layers[body]
            : throw new UsageException("The network has no body before its last layer that has weights, so there is nothing pretrained to "
                + "keep. Name the last layer of the body: FineTuningOptions.BodyEnd.");
    }

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count == 0 ? "without names" : string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");
}
