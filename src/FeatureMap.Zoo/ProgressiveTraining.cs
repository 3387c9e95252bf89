using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Progressive resizing of a recipe (<c>--set progressive=14</c>): most epochs on small images, which cost a fraction, then the last ones on images of their own size, with the weights
/// carried over. It needs a network whose parameters do not depend on the size: one that ends in <c>GlobalAveragePool</c> or <c>SpatialPyramidPool</c>. The two parts are two trainings,
/// each with the whole schedule, the second one with lower rates; the first one keeps its log and checkpoints in the folder <c>small</c> of the run. Source: Howard, "Now anyone can train ImageNet in 18 minutes", fast.ai, 2018.
/// </summary>
public sealed class ProgressiveTraining
{
    /// <summary>The folder of the first part, in that of the run.</summary>
    public const string FolderName = "small";

    private readonly Schedule fineTuning;

    private ProgressiveTraining(Network network, int smallEpochs, int largeEpochs, Schedule fineTuning) =>
        (Network, SmallEpochs, LargeEpochs, this.fineTuning) = (network, smallEpochs, largeEpochs, fineTuning);

    /// <summary>The network for small images.</summary>
    public Network Network { get; }

    /// <summary>Epochs on small images.</summary>
    public int SmallEpochs { get; }

    /// <summary>Epochs on images of their own size.</summary>
    public int LargeEpochs { get; }

    /// <summary>The two parts of a training; null where the settings ask for one size.</summary>
    /// <exception cref="UsageException">The sizes or epochs cannot be divided so, or the network's parameters depend on the size.</exception>
    /// <exception cref="ShapeException">The network cannot take images that small.</exception>
    public static ProgressiveTraining? Of(Recipe recipe, RecipeSettings settings, SplitData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(data);
        var side = settings.Progressive;
        if (side == 0) return null;
        if (settings.Network.Length > 0)
            throw new UsageException("progressive builds the recipe's own network at two sizes, and network names another one: leave one of them out.");
        if (settings.Training.Epochs < 2)
            throw new UsageException("progressive divides the epochs between small and large images, so it needs 2 or more: received epochs=1.");
        var shape = data.ImageShape;
        if (side >= Math.Max(shape.Height, shape.Width))
            throw new UsageException($"progressive is the side of the small images, and those of {data.Name} are {shape.Height}x{shape.Width}: received {side}. Half of it is common: progressive={Math.Max(shape.Height, shape.Width) / 2}.");
        var (small, large) = (recipe.Build(new Shape(shape.Channels, side, side), data.ClassCount), recipe.Build(shape, data.ClassCount));
        CheckParameters(recipe, small, large);
        var epochs = Math.Clamp((int)Math.Round(settings.ProgressiveShare * settings.Training.Epochs), 1, settings.Training.Epochs - 1);
        return new ProgressiveTraining(small, epochs, settings.Training.Epochs - epochs,
            settings.Training.Schedule.Scaled(settings.ProgressiveRate));
    }

    /// <summary>The options of the first part.</summary>
    /// <param name="options">Those of the whole training.</param>
    public TrainingOptions Small(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { Epochs = SmallEpochs, Augmentation = Augmentation.Sequence(options.Augmentation, new ResizeTo(Network.Input.Height, Network.Input.Width)) };
    }

    /// <summary>The options of the second part.</summary>
    /// <param name="options">Those of the whole training.</param>
    /// <param name="small">What the first part gave.</param>
    public TrainingOptions Large(TrainingOptions options, Model small)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(small);
        return options with { Epochs = LargeEpochs, Schedule = fineTuning, InitialWeights = small.Weights, Normalization = small.Normalization };
    }

    private static void CheckParameters(Recipe recipe, Network small, Network large)
    {
        var other = Parameters(small).ToDictionary(parameter => parameter.Name, parameter => parameter.Dimensions);
        foreach (var (name, dimensions) in Parameters(large))
            if (!other.TryGetValue(name, out var given) || !given.SequenceEqual(dimensions))
                throw new UsageException($"progressive carries weights from small to large images, so they must not depend on the size: in the network of {recipe.Name} {name} is {Written(dimensions)} for images of {large.Input.Height}x{large.Input.Width} and {(given is null ? "missing" : Written(given))} for {small.Input.Height}x{small.Input.Width}. It needs a network that ends in GlobalAveragePool or SpatialPyramidPool, such as mnist-20k.");
    }

    private static IEnumerable<(string Name, IReadOnlyList<int> Dimensions)> Parameters(Network network) =>
        network.Layers.SelectMany(layer => layer.Parameters.Select(parameter => ($"{layer.Name}.{parameter.Name}", parameter.Dimensions)));

    private static string Written(IReadOnlyList<int> dimensions) => string.Join(" x ", dimensions.Select(size => $"{size}"));
}
