using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// How networks learn masks of one's own: from patches, cut out of the images at random, so that a few large pictures are enough; and what
/// follows from the data where nobody says it: the patch, how many are cut, the loss.
/// </summary>
public static class Masks
{
    /// <summary>Rows and columns of a patch where nobody says it and the images are that large.</summary>
    public const int UsualPatch = 128;

    // Patches of an epoch, at least: a step on every few images would say little.
    private const int LeastShown = 256, Unit = 16, Width = 16, MostDepth = 3, LeastSide = 8;

    /// <summary>
    /// The recipe for images with masks. Micrographs and the like have no upright position, so they are turned and bent; pictures in
    /// colour are mostly photographs, which are only mirrored. It is chosen by the data, and has no data set of its own.
    /// </summary>
    internal static Recipe Recipe { get; } = Of(Augmentation.Parse("flip, quarter-turns, elastic 200 16 fill=reflect, jitter 0.15 0.15"));

    /// <summary>The same for pictures in colour.</summary>
    internal static Recipe ForColour { get; } = Of(Augmentation.Parse("flip, jitter 0.2 0.2 0.2"));

    /// <summary>The same over pretrained weights.</summary>
    internal static Recipe OverPretrained { get; } = Of(Augmentation.Parse("flip, jitter 0.2 0.2 0.2"), new OneCycle(0.002));

    /// <summary>Whether data are images with masks.</summary>
    public static bool Are(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Training.Targets is { Kind: TargetKind.LabelMap };
    }

    /// <summary>A U-Net for images with masks, as <c>featuremap train</c> takes it: of three levels where the patch is large
    /// enough.</summary>
    /// <param name="data">The data.</param>
    /// <exception cref="UsageException">They are no images with masks.</exception>
    public static Network NetworkFor(SplitData data) => Build(InputOf(data, SettingsFor(data)), OutputsOf(data));

    /// <summary>How <c>featuremap train</c> trains it: patches, augmentation, loss and rate; 60 epochs.</summary>
    /// <param name="data">The data.</param>
    /// <exception cref="UsageException">They are no images with masks.</exception>
    public static TrainingOptions OptionsFor(SplitData data) => SettingsFor(data).ToOptions(data);

    /// <summary>The shape of what a network for these data reads: a patch of an image where they have masks, otherwise an image.</summary>
    public static Shape InputOf(SplitData data, RecipeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Are(data) ? Cut(settings.Training.Augmentation, data.ImageShape, settings).OutputShape(data.ImageShape) : data.ImageShape;
    }

    /// <summary>How many numbers it gives: for masks of two classes one, that of the second.</summary>
    public static int OutputsOf(SplitData data) => Are(data) && data.ClassCount == 2 ? 1 : data.ClassCount;

    /// <summary>The options with what the data decide where nobody did: patches, how many of each image, the loss.</summary>
    internal static TrainingOptions Complete(TrainingOptions options, SplitData data, RecipeSettings settings)
    {
        if (!Are(data)) return options;
        var augmentation = Cut(options.Augmentation, data.ImageShape, settings);
        var patch = augmentation.OutputShape(data.ImageShape);
        var times = Math.Max((int)Math.Round((double)data.ImageShape.Area / patch.Area), (LeastShown
            + data.Training.Count - 1) / data.Training.Count);
        return options with
        {
            Augmentation = augmentation,
            Sampler = options.Sampler is ShuffleSampler ? Sampler.Repeat(times) : options.Sampler,
            Loss = options.Loss ?? LossOf(data.ClassCount),
        };
    }

    /// <summary>The settings with what the data decided written out, as a run keeps them.</summary>
    public static RecipeSettings Resolved(RecipeSettings settings, SplitData data)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(data);
        var training = settings.ToOptions(data);
        // A patch that is the whole image is cut by no augmentation, so nothing else would say it to whoever goes on with the run.
        var isCut = training.Augmentation.OutputShape(data.ImageShape) != data.ImageShape;
        return settings with { Patch = isCut ? 0 : settings.Patch, Training = training };
    }

    /// <summary>
    /// The usual loss: cross-entropy, by which each pixel counts the same, and Dice, by which each class does. For scores, before any
    /// sigmoid or softmax.
    /// </summary>
    /// <param name="classes">How many classes the masks have.</param>
    public static Loss LossOf(int classes) => classes == 2 ? Loss.BinaryCrossEntropy() + Loss.Dice(MaskScores.Sigmoid)
        : Loss.CrossEntropy(classWeights: new([.. Enumerable.Repeat(1f, classes)])) + Loss.Dice();

    // What changes the size already says the patch itself.
    private static Augmentation Cut(Augmentation augmentation, Shape image, RecipeSettings settings)
    {
        if (augmentation.OutputShape(image) != image)
            return settings.Patch == 0 ? augmentation : throw new UsageException($"The augmentation '{augmentation}' makes "
                + $"{augmentation.OutputShape(image)} of {image} (channels x height x width), so it says the patch itself: leave patch "
                    + $"out.");
        var least = Math.Min(image.Height, image.Width);
        if (settings.Patch > least)
            throw new UsageException($"Patches of {settings.Patch}x{settings.Patch} cannot be cut out of images of "
                + $"{image.Height}x{image.Width}: "
                + $"choose patch={least} or less, or have the images scaled by image-size.");
        var unit = settings.From.Length > 0 ? 2 * Unit : Unit;
        var side = settings.Patch > 0 ? settings.Patch : Math.Min(UsualPatch, least < unit ? least : least / unit * unit);
        return (image.Height, image.Width) == (side, side) ? augmentation
            : Augmentation.Sequence([new RandomCrop { Height = side, Width = side }, .. Steps(augmentation)]);
    }

    private static RecipeSettings SettingsFor(SplitData data) => !Are(data) ? throw new UsageException($"{data.Name} has no masks: a "
        + "U-Net learns the class of every pixel, and these are classes of whole images.") : (data.ImageShape.Channels == 3 ? ForColour
            : Recipe).Settings;

    // Steps one after the other stay so, each with the random numbers that it would have.
    private static IEnumerable<Augmentation> Steps(Augmentation augmentation) => augmentation switch
    {
        NoAugmentation => [],
        AugmentationSequence sequence => sequence.Steps,
        _ => [augmentation],
    };

    private static Recipe Of(Augmentation augmentation, Schedule? schedule = null) => Recipe.ForMasks(Build, new()
    {
        Epochs = 60,
        BatchSize = 32,
        Optimizer = new Adam(),
        Schedule = schedule ?? new OneCycle(0.004),
        Augmentation = augmentation,
    });

    private static Network Build(Shape patch, int outputs)
    {
        var depth = Math.Clamp((int)Math.Log2(Math.Min(patch.Height, patch.Width) / LeastSide), 1, MostDepth);
        return UNet.Build(patch, outputs, Width, depth, style: ConvStyle.Normalized);
    }
}
