using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>A network, the data that it is for and the settings that train it well, under one name. Nothing is built before it is asked for.</summary>
public sealed class Recipe
{
    private readonly Func<Shape, int, Network> build;
    private readonly Func<RecipeSettings> settings;

    internal Recipe(string name, string description, string dataset, string target, Func<Shape, int, Network> build, Func<RecipeSettings> settings)
    {
        Name = name;
        Description = description;
        Dataset = dataset;
        Target = target;
        this.build = build;
        this.settings = settings;
    }

    /// <summary>The name that <c>featuremap train</c> takes, such as <c>mnist-20k</c>.</summary>
    public string Name { get; }

    /// <summary>One line on what it is.</summary>
    public string Description { get; }

    /// <summary>The name of its data set, as <see cref="Datasets.Get"/> takes it.</summary>
    public string Dataset { get; }

    /// <summary>What it is meant to reach, in words.</summary>
    public string Target { get; }

    /// <summary>The settings that it is trained with where nothing else is asked for.</summary>
    public RecipeSettings Settings => settings();

    /// <summary>Builds the network for images of a shape and a number of classes.</summary>
    /// <exception cref="ShapeException">The network cannot take such images.</exception>
    public Network Build(Shape image, int classes)
    {
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
    /// <param name="data">What is trained on; needed where <see cref="RecipeSettings.ClassWeights"/> are counted on it, and for a normalisation other than that of the data set.</param>
    /// <exception cref="UsageException">Two values contradict each other, or the data are missing.</exception>
    public TrainingOptions Options(RecipeSettings? settings = null, SplitData? data = null) => (settings ?? Settings).ToOptions(data);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
