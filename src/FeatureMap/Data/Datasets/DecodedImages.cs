namespace FeatureMap.Data;

/// <summary>
/// Images of one part, ready for an <see cref="ImageSet"/>. An image that could not be read has its place and the label -1.
/// </summary>
internal sealed record DecodedPart(byte[] Pixels, int[] Labels)
{
    /// <summary>The pixels where they are not in memory; null where they are.</summary>
    public PixelStore? Store { get; init; }

    public int Count => Labels.Count(label => label >= 0);

    /// <summary>The path of each image in the folder or archive; empty where they are not known.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What a table says of each image where it is more than a class: a number for each label or quantity.</summary>
    public float[] Targets { get; init; } = [];
}

/// <summary>Everything that was read from class folders: what the cache keeps.</summary>
/// <param name="Shape">Channels x height x width of every image.</param>
/// <param name="ClassNames">The name of each class, by label.</param>
/// <param name="Training">Images to learn from, or all where the data come in one part.</param>
/// <param name="Validation">Images to judge by; null where the data come in one part.</param>
/// <param name="Notes">Sentences on what was left out.</param>
internal sealed record DecodedImages(Shape Shape, IReadOnlyList<string> ClassNames, DecodedPart Training, DecodedPart? Validation, IReadOnlyList<string> Notes)
{
    private const int MostNamed = 10;

    /// <summary>The bytes of all pixels, those of images that could not be read included.</summary>
    public long PixelBytes => (Training.Labels.Length + (long)(Validation?.Labels.Length ?? 0)) * Shape.Count;

    /// <summary>What the targets are; null where the images have classes.</summary>
    public TargetColumns? Targets { get; init; }

    /// <summary>Whether images of other sizes were made to fit.</summary>
    public bool IsScaled { get; init; }

    /// <summary>Whether gray images became colourful beside others.</summary>
    public bool IsRecoloured { get; init; }

    public int Count => Training.Count + (Validation?.Count ?? 0);

    /// <summary>The data set; where there is one part only, a share of each class is kept apart for validation.</summary>
    public SplitData ToSplitData(string name, string source, ClassFolderOptions options)
    {
        var choice = new DataChoice { Images = Resolved(options) };
        ImageSet Set(DecodedPart part, string suffix)
        {
            var store = part.Store ?? new ResidentPixels(part.Pixels, Shape.Count);
            var set = ImageSet.Adopt(name + suffix, Shape, store, [.. part.Labels.Select(label => Math.Max(0, label))], ClassNames, part.Files.Count == 0 ? null : [.. part.Files]);
            if (Targets is { } targets) set = set.WithTargets(targets.Kind == TargetKind.Labels
                ? TargetSet.Labels(targets.Names, part.Targets) : TargetSet.Quantities(targets.Names, part.Targets));
            return part.Count == part.Labels.Length ? set : set.Subset([.. part.Labels.Index().Where(label => label.Item >= 0).Select(label => label.Index)]);
        }

        if (Validation is not null)
        {
            var (learn, judge) = (Set(Training, " training"), Set(Validation, " validation"));
            return new(name, learn, judge, source, Notice([.. Notes, .. NotJudged(learn, judge)])) { Choice = choice };
        }
        var all = Set(Training, "");
        if (all.Count < 2) throw new DataException($"{source}: one image cannot be split into images to learn from and images to judge by. Add images.");
        var (training, validation) = all.Split(options.ValidationFraction, options.SplitSeed);
        string split = $"{name} has no part for validation, so {validation.Count:N0} of its {all.Count:N0} images "
            + $"({options.ValidationFraction * 100:0.##} %"
            + $"{(Targets is null ? " of each class" : "")}, chosen by the split seed {options.SplitSeed}) are kept apart for it.";
        return new(name, training, validation, source, Notice([.. Notes, split, .. NotJudged(training, validation)]))
        {
            Choice = choice,
        };
    }

    // What was chosen by the images themselves is kept, so that others are made the same way.
    private ClassFolderOptions Resolved(ClassFolderOptions options) => options with
    {
        Size = options.Size ?? (IsScaled ? new ImageSize(Shape.Height, Shape.Width) : null),
        Fit = options.Fit ?? (IsScaled ? options.FitOrDefault : null),
        Colours = options.Colours == ImageColours.Keep && IsRecoloured ? ImageColours.Colour : options.Colours,
    };

    // What is learnt about these classes shows nowhere.
    private static IEnumerable<string> NotJudged(ImageSet training, ImageSet validation)
    {
        int[] learnt = training.CountPerClass(), judged = validation.CountPerClass();
        string[] missing = [.. Enumerable.Range(0, judged.Length).Where(label => judged[label] == 0)
            .Select(label => $"{training.ClassNames[label]} ({learnt[label]:N0} {(learnt[label] == 1 ? "image" : "images")} "
                + "to learn from)")];
        if (missing.Length == 0) yield break;
        var more = missing.Length > MostNamed ? $" and {missing.Length - MostNamed:N0} more" : "";
        yield return $"{missing.Length:N0} of {judged.Length:N0} classes {(missing.Length == 1 ? "has" : "have")} no images for "
            + "validation, "
            + $"so nothing is known of how well {(missing.Length == 1 ? "it is" : "they are")} learnt: "
            + $"{string.Join(", ", missing.Take(MostNamed))}{more}.";
    }

    private static string? Notice(IReadOnlyList<string> notes) => notes.Count == 0 ? null : string.Join(' ', notes);
}
