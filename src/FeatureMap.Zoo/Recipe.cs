using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>A network, the data that it is for and the settings that train it well, under one name. Nothing is built before it is asked for.</summary>
public sealed class Recipe
{
    private readonly Func<Shape, int, Network> build;

    /// <summary>Puts a recipe together.</summary>
    /// <param name="name">A name for files and messages.</param>
    /// <param name="description">One line on what it is.</param>
    /// <param name="dataset">The name of its data set, as <see cref="Datasets.Get"/> takes it.</param>
    /// <param name="target">What it is meant to reach, in words.</param>
    /// <param name="build">Builds the network for images of a shape and a number of classes.</param>
    /// <param name="options">How it is trained where nothing else is asked for.</param>
    public Recipe(string name, string description, string dataset, string target, Func<Shape, int, Network> build, TrainingOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(options);
        Name = name;
        Description = description;
        Dataset = dataset;
        Target = target;
        this.build = build;
        Settings = new RecipeSettings { Training = options };
    }

    /// <summary>The network of a run that a program began, for the data of the run and no others.</summary>
    /// <param name="run">The name of the run.</param>
    /// <param name="network">Its network.</param>
    /// <param name="options">How it is trained.</param>
    public static Recipe OfRun(string run, Network network, TrainingOptions options) =>
        new(run, "a training that a program began", "", "", (_, _) => network, options) { IsOfRun = true };

    internal static Recipe ForDetection(Func<Shape, int, Network> build, TrainingOptions options) => new("detector",
        "finds things in pictures with boxes of one's own: a feature pyramid, and a head on each level (FCOS)", "cifar10", "", build,
            options)
    { IsOfRun = true };

    internal static Recipe ForPretrained() => new("fine-tuning", "pretrained weights, fitted to the classes of the data", "cifar10", "",
        (_, _) => throw new UsageException("Fine-tuning begins with pretrained weights: give them by the setting from."),
        FineTuningOptions.Usual)
    { IsOfRun = true };

    internal static Recipe ForMasks(Func<Shape, int, Network> build, TrainingOptions options) => new("own-masks",
        "images with masks of one's own: a U-Net on patches", "cifar10", "", build, options)
    { IsOfRun = true };

    /// <summary>The name that <c>featuremap train</c> takes, such as <c>mnist-20k</c>.</summary>
    public string Name { get; }

    /// <summary>Whether the first convolution starts as the whitening of the images' patches; see <see cref="PatchWhitening"/>.</summary>
    public bool HasWhitening { get => Settings.HasWhitening; init => Settings = Settings with { HasWhitening = value }; }

    /// <summary>One line on what it is.</summary>
    public string Description { get; }

    /// <summary>The name of its data set, as <see cref="Datasets.Get"/> takes it.</summary>
    public string Dataset { get; }

    /// <summary>What it is meant to reach, in words.</summary>
    public string Target { get; }

    /// <summary>The settings that it is trained with where nothing else is asked for.</summary>
    public RecipeSettings Settings { get; private init; }

    internal bool IsOfRun { get; private init; }

    internal Recipe WithWords(OwnWords words) => new(Name, Description, Dataset, Target, build, Settings.Training)
    {
        Settings = Settings with { Training = Settings.Training with { Words = words } },
        IsOfRun = IsOfRun,
    };

    /// <summary>Builds the network for images of a shape and a number of classes.</summary>
    /// <exception cref="ShapeException">The network cannot take such images.</exception>
    public Network Build(Shape image, int classes)
    {
        if (IsOfRun) return build(image, classes);
        string Fix() => $"It was made for {Datasets.Info(Dataset).ImageShape} ({Dataset}). Have image files scaled, such as --image-size {Datasets.Info(Dataset).ImageShape.Height}, or choose another recipe.";
        Network network;
        try
        {
            network = build(image, classes);
        }
        catch (ShapeException error)
        {
            throw new ShapeException($"The recipe {Name} cannot be built for images of {image} (channels x height x width) in {classes} classes. {error.Message} {Fix()}", error);
        }
        return !network.Output.IsVector || network.Output.Channels == classes ? network
            : throw new ShapeException($"The recipe {Name} gives {network.Output.Channels} scores for images of {image} (channels x height x width), and there are {classes} classes. {Fix()}");
    }

    /// <summary>The training options of this recipe; folder, progress and the like are left to the caller.</summary>
    /// <param name="settings">The settings; the recipe's own where null.</param>
    /// <param name="data">What is trained on; needed where <see cref="RecipeSettings.BalancesClasses"/> counts its images.</param>
    /// <exception cref="UsageException">Two values contradict each other, or the data are missing.</exception>
    public TrainingOptions Options(RecipeSettings? settings = null, SplitData? data = null) => (settings ?? Settings).ToOptions(data);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
