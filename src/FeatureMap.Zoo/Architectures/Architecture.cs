using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// A network from the literature under one name: what it is, who described it, what it costs, how to build it, and where torchvision has the same network, how its weights are
/// called there. Options beyond the names are parameters of the builders, such as <see cref="ResNet.Build"/>.
///</summary>
/// <example><code>
/// var network = Architectures.Get("resnet-18").Build(Shape.Image(3, 32, 32), classes: 10);
/// var model = Architectures.Get("resnet-50").LoadModel("resnet50-11ad3fa6.pth");
/// </code></example>
public sealed class Architecture
{
    private readonly Func<Shape, int, Network> build;

    internal Architecture(string name, string description, string paper, Shape image, int? classes, Func<Shape, int, Network> build)
    {
        Name = name;
        Description = description;
        Paper = paper;
        Image = image;
        Classes = classes;
        this.build = build;
    }

    /// <summary>The name, such as <c>resnet-50</c>.</summary>
    public string Name { get; }

    /// <summary>One line on what it is.</summary>
    public string Description { get; }

    /// <summary>Who described it.</summary>
    public string Paper { get; }

    /// <summary>The shape of an image that it was described for, and that its published counts are of.</summary>
    public Shape Image { get; }

    /// <summary>The scores, or maps, that come out there; null where they follow from the image (super-resolution).</summary>
    public int? Classes { get; }

    /// <summary>Trainable parameters at <see cref="Image"/> and <see cref="Classes"/>.</summary>
    public required PublishedFigure Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image there, bias additions not counted.</summary>
    public required PublishedFigure MultiplyAdds { get; init; }

    /// <summary>What a trained network of this kind reaches; null where it is not known. With which weights and pictures, the source
    /// says.</summary>
    public PublishedAccuracy? Accuracy { get; internal init; }

    /// <summary>What <see cref="NamesOf"/> calls its layers; null where neither torchvision nor another known library has this
    /// network.</summary>
    public StateDictNames? TorchvisionNames { get; internal init; }

    /// <summary>Whose names <see cref="TorchvisionNames"/> are: torchvision unless said otherwise.</summary>
    public string NamesOf { get; internal init; } = "torchvision";

    /// <summary>How pixels became numbers where torchvision's weights were trained: the mean and deviation of ImageNet, unless said otherwise.</summary>
    public Normalization TrainedNormalization { get; internal init; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>Whether there are auxiliary heads for training; see <see cref="WithAuxiliaryHeads"/>.</summary>
    public bool HasAuxiliaryHeads => AuxiliaryHeads is not null;

    internal Func<Loss, int, double, Loss>? AuxiliaryHeads { get; init; }

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; <see cref="Image"/> by default.</param>
    /// <param name="classes">Scores or maps that come out; <see cref="Classes"/> by default.</param>
    /// <exception cref="ShapeException">The image is too small for it; the message has the layer, the total stride and the least size.</exception>
    /// <exception cref="UsageException">Classes are given to a network that has none.</exception>
    public Network Build(Shape? image = null, int? classes = null)
    {
        if (classes is < 1)
            throw new UsageException($"{Name} gives at least 1 score or map: received {classes} classes.");
        return Classes is { } usual ? build(image ?? Image, classes ?? usual)
            : classes is null ? build(image ?? Image, 0)
            : throw new UsageException($"{Name} gives a larger image with as many channels as it is given, so there are no classes to choose. It is trained on pairs of images, not on classes.");
    }

    /// <summary>The receptive field before the network sums up over the whole map: of the last layer that is not global.</summary>
    public static ReceptiveField FieldOf(Network network) => ReceptiveField.Of(network).Last(field => !field.IsGlobal);

    /// <summary>
    /// The weights of torchvision's network of this kind, from a file of its state dict: all of them, or none and an error.
    ///</summary>
    /// <param name="path">A <c>.pth</c> file of torch.save, of which nothing is executed, or a safetensors file; see
    /// <see cref="StateDict"/>.</param>
    /// <param name="network">What the weights are for, built by this architecture.</param>
    /// <param name="withFreshHead">Whether the last layer starts anew, whatever the file has for it: to go on with other classes.</param>
    /// <param name="seed">For the last layer that starts anew.</param>
    /// <exception cref="DataException">The file is broken or of another network; the message lists the names that do not fit.</exception>
    /// <exception cref="UsageException">torchvision has no such network.</exception>
    public Weights LoadWeights(string path, Network network, bool withFreshHead = false, ulong seed = 0)
    {
        _ = Names(); // says that there are none before a file is opened
        return LoadWeights(StateDict.Read(path), network, withFreshHead, seed);
    }

    /// <summary>The same from a state dict that was read already, from a stream for example.</summary>
    /// <param name="file">The state dict.</param>
    /// <param name="network">What the weights are for, built by this architecture.</param>
    /// <param name="withFreshHead">Whether the last layer starts anew, whatever the file has for it.</param>
    /// <param name="seed">For the last layer that starts anew.</param>
    /// <exception cref="DataException">It is of another network; the message lists the names that do not fit.</exception>
    /// <exception cref="UsageException">torchvision has no such network.</exception>
    public Weights LoadWeights(StateDict file, Network network, bool withFreshHead = false, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(file);
        var names = Names();
        try
        {
            return file.ToWeights(network, names, withFreshHead, seed);
        }
        catch (DataException error) when (!IsIn(file) && Architectures.All.FirstOrDefault(other => other.IsIn(file)) is { } other)
        {
            throw new DataException($"{error.Message} Its names are those of {other.Name}: use that network.", error);
        }
    }

    /// <summary>
    /// The network with torchvision's weights, ready to predict and to export: as many classes as the last layer of the file has, and pixels normalised as they were in its
    /// training.
    ///</summary>
    /// <param name="path">A <c>.pth</c> or safetensors file of the state dict.</param>
    /// <param name="image">Shape of an image; <see cref="Image"/> by default.</param>
    /// <param name="classNames">Names of the classes in the order of the scores; their numbers by default.</param>
    /// <exception cref="DataException">The file is broken or of another network, or there are fewer or more names than classes.</exception>
    /// <exception cref="UsageException">torchvision has no such network.</exception>
    public Model LoadModel(string path, Shape? image = null, IReadOnlyList<string>? classNames = null) =>
        LoadModel(StateDict.Read(path), image, classNames);

    /// <summary>The same from a state dict that was read already, from a stream for example.</summary>
    /// <param name="file">The state dict.</param>
    /// <param name="image">Shape of an image; <see cref="Image"/> by default.</param>
    /// <param name="classNames">Names of the classes in the order of the scores; their numbers by default.</param>
    /// <exception cref="DataException">It is of another network, or there are fewer or more names than classes.</exception>
    /// <exception cref="UsageException">torchvision has no such network.</exception>
    public Model LoadModel(StateDict file, Shape? image = null, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        var network = Build(image);
        var classes = file.WeightDimensions(network, StateDict.Head(network), Names())?[0];
        if (classes is { } count && count != Classes) network = Build(image, count);
        var weights = LoadWeights(file, network);
        classNames ??= [.. Enumerable.Range(0, network.Output.Channels).Select(number => $"{number}")];
        return classNames.Count == network.Output.Channels
            ? new Model(weights, TrainedNormalization, classNames)
            : throw new DataException($"{file.Source} tells {network.Output.Channels:N0} classes apart: received "
                + $"{classNames.Count:N0} names.");
    }

    /// <summary>A loss with auxiliary heads, which exist in training only; their parameters belong to the loss.</summary>
    /// <param name="loss">The loss of the output and of each head.</param>
    /// <param name="classes">Scores of each head: the classes of the network.</param>
    /// <param name="weight">How much each head counts; 0.3 in the paper.</param>
    /// <exception cref="UsageException">The architecture has none.</exception>
    public Loss WithAuxiliaryHeads(Loss loss, int classes, double weight = 0.3) => AuxiliaryHeads is { } heads
        ? heads(loss, classes, weight)
        : throw new UsageException($"{Name} has no auxiliary heads; {string.Join(" and ", Architectures.All.Where(one => one.HasAuxiliaryHeads).Select(one => one.Name))} have. Any loss can have one of your own: Loss.On(layer, head).");

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Whether the file has exactly the names of this network.</summary>
    internal bool IsIn(StateDict file) => TorchvisionNames is { } names && file.HasNamesOf(Build(), names);

    private StateDictNames Names() => TorchvisionNames
        ?? throw new UsageException($"torchvision has no {Name}, so the names of its weights are not known. Known are those of {string.Join(", ", Architectures.All.Where(one => one.TorchvisionNames is not null).Select(one => one.Name))}.");
}
