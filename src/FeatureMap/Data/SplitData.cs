namespace FeatureMap.Data;

/// <summary>
/// What a training run reads: images to learn from and images to judge by, with where they came from. For the published sets the validation
/// part is the official test set; choose settings on <see cref="SplitTraining"/> instead of on it.
/// </summary>
public sealed record SplitData
{
    /// <summary>Puts two sets of the same image shape and classes together. Sets with targets may have images of different sizes: patches are cut from large ones while training.</summary>
    /// <param name="name">Name of the data set in use, such as <c>mnist</c>.</param>
    /// <param name="training">Images to learn from.</param>
    /// <param name="validation">Images to judge by.</param>
    /// <param name="source">Where the data came from: a folder, or words such as <c>embedded in the library</c>.</param>
    /// <param name="notice">A text that the user must see, such as which data stands in for the one asked for; otherwise null.</param>
    /// <exception cref="DataException">The two sets have different image shapes, numbers of classes or kinds of targets.</exception>
    public SplitData(string name, ImageSet training, ImageSet validation, string source, string? notice = null)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        CheckTargets(name, training, validation);
        if (training.ImageShape != validation.ImageShape && (training.Targets is null || training.ImageShape.Channels != validation.ImageShape.Channels))
        {
            throw new DataException($"The parts of {name} do not fit each other: the training images are {training.ImageShape}, the validation "
                + $"images {validation.ImageShape} (channels x height x width). Both must be of one size.");
        }
        if (training.ClassCount != validation.ClassCount)
            throw new DataException($"The parts of {name} do not fit each other: training has {training.ClassCount} classes, validation {validation.ClassCount}.");
        Name = name;
        Training = training;
        Validation = validation;
        Source = source;
        Notice = notice ?? training.Notice;
    }

    /// <summary>Name of the data set in use: <c>digits</c>, not <c>mnist</c>, where the embedded digits stand in.</summary>
    public string Name { get; init; }

    /// <summary>Images to learn from.</summary>
    public ImageSet Training { get; }

    /// <summary>Images to judge by.</summary>
    public ImageSet Validation { get; }

    /// <summary>Where the data came from: a folder, or words such as <c>embedded in the library</c>.</summary>
    public string Source { get; init; }

    /// <summary>Where the data came from, for a program: it says which data they are, as the name does not.</summary>
    public DataOrigin Origin { get; init; }

    /// <summary>A text that the user must see before the run starts; null where all is as asked.</summary>
    public string? Notice { get; init; }

    /// <summary>The file of the cache that keeps the decoded images for the next load; null where there is none.</summary>
    public string? CacheFile { get; init; }

    /// <summary>How image files became these images, and which part of them was taken.</summary>
    internal DataChoice Choice { get; init; } = new();

    /// <summary>Channels x height x width of every training image.</summary>
    public Shape ImageShape => Training.ImageShape;

    /// <summary>The name of each class, by label: of the images, or of the pixels of masks.</summary>
    public IReadOnlyList<string> ClassNames => Training.AnswerNames;

    /// <summary>Number of classes.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>The same with the first training images only, for quick trials.</summary>
    /// <param name="count">How many; 0 for all.</param>
    /// <exception cref="UsageException">The count is negative.</exception>
    public SplitData TakeTraining(int count) => count == 0 || count >= Training.Count ? this
        : Part(Training.Take(count), Validation, Choice with { TrainingImages = count });

    /// <summary>
    /// The training part alone, split in two: for choosing settings without looking at the official test set. See <see cref="ImageSet.Split"/>.
    /// </summary>
    public SplitData SplitTraining(double validationFraction, ulong seed)
    {
        var (training, validation) = Training.Split(validationFraction, seed);
        // What was cut before cannot be cut again by numbers alone.
        return Part(training, validation,
            Choice.HoldOut > 0 || Choice.TrainingImages > 0 ? Choice : Choice with { HoldOut = validationFraction, HoldOutSeed = seed });
    }

    /// <summary>How image files of other sizes became these images; null where they were no files.</summary>
    internal ImageFit? Fit => Origin == DataOrigin.Path ? Choice.Images.Fit : null;

    /// <summary>The same with other samples in place of the images, such as their features.</summary>
    internal SplitData With(ImageSet training, ImageSet validation) => Part(training, validation, Choice);

    private SplitData Part(ImageSet training, ImageSet validation, DataChoice choice) =>
        new(Name, training, validation, Source, Notice) { CacheFile = CacheFile, Origin = Origin, Choice = choice };

    private static void CheckTargets(string name, ImageSet training, ImageSet validation)
    {
        if (training.Targets is null && validation.Targets is null) return;
        if (training.Targets?.Kind == validation.Targets?.Kind && training.Targets!.StoredShape.Channels == validation.Targets!.StoredShape.Channels
            && training.Targets.ClassNames.SequenceEqual(validation.Targets.ClassNames) && training.Targets.IgnoreValue == validation.Targets.IgnoreValue) return;
        throw new DataException($"The parts of {name} do not fit each other: the training images have {Words(training)}, the validation images {Words(validation)}. Both need targets of one kind.");

        static string Words(ImageSet set) => set.Targets is { } targets ? $"{targets}" : "classes and no targets";
    }
}
