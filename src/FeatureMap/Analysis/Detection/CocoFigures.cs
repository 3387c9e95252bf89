namespace FeatureMap.Analysis;

/// <summary>
/// The twelve figures by which detectors are compared on COCO. Average precision is the mean of precision at 101 recalls, over ten least
/// overlaps from 0.50 to 0.95 and over the classes that have things; average recall is the mean of the recall that so many boxes of an
/// image reach. In each image a box, the surest first, takes the free thing that it overlaps most; things that do not count (crowds,
/// difficult ones, those of another size) are looked at last, and a box on one of them is neither right nor wrong. A box is held against a
/// crowd by the share of it that lies inside. A figure for which there is nothing to be found is -1.
/// Source: the rules of pycocotools' cocoeval.
/// </summary>
/// <example><code>
/// var figures = CocoFigures.Of(truth, found, classCount: 3);
/// Console.WriteLine($"AP {figures.Precision:0.000}, at an overlap of 0.5 {figures.Precision50:0.000}");
/// </code></example>
public sealed record CocoFigures
{
    /// <summary>Boxes of an image and class that are looked at: the surest ones.</summary>
    public const int MostBoxes = 100;

    /// <summary>Mean over all overlaps, classes and recalls: the headline.</summary>
    public required double Precision { get; init; }

    /// <summary>The same at a least overlap of 0.5.</summary>
    public required double Precision50 { get; init; }

    /// <summary>The same at a least overlap of 0.75.</summary>
    public required double Precision75 { get; init; }

    /// <summary>The same for things of at most 32 x 32 pixels.</summary>
    public required double SmallPrecision { get; init; }

    /// <summary>The same for things of 32 x 32 to 96 x 96 pixels.</summary>
    public required double MediumPrecision { get; init; }

    /// <summary>The same for things of at least 96 x 96 pixels.</summary>
    public required double LargePrecision { get; init; }

    /// <summary>Mean recall with one box per image and class.</summary>
    public required double Recall1 { get; init; }

    /// <summary>Mean recall with ten boxes.</summary>
    public required double Recall10 { get; init; }

    /// <summary>Mean recall with a hundred boxes.</summary>
    public required double Recall100 { get; init; }

    /// <summary>Mean recall of things of at most 32 x 32 pixels.</summary>
    public required double SmallRecall { get; init; }

    /// <summary>Mean recall of things of 32 x 32 to 96 x 96 pixels.</summary>
    public required double MediumRecall { get; init; }

    /// <summary>Mean recall of things of at least 96 x 96 pixels.</summary>
    public required double LargeRecall { get; init; }

    /// <summary>The headline of each class; -1 where it has no things.</summary>
    public required IReadOnlyList<double> PerClass { get; init; }

    /// <summary>All twelve, in COCO's order.</summary>
    public IReadOnlyList<double> All =>
    [
        Precision, Precision50, Precision75, SmallPrecision, MediumPrecision, LargePrecision,
        Recall1, Recall10, Recall100, SmallRecall, MediumRecall, LargeRecall,
    ];

    /// <summary>Judges a detector.</summary>
    /// <param name="truth">What is in each image.</param>
    /// <param name="found">What was found in each image, after <see cref="DetectedBox.Suppress"/>.</param>
    /// <param name="classCount">Number of classes.</param>
    /// <exception cref="DataException">The numbers of images differ, a thing or box is of an unknown class, or a score is not a
    /// number.</exception>
    /// <exception cref="UsageException">There is no class.</exception>
    public static CocoFigures Of(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        int classCount)
    {
        AveragePrecision.Check(truth, found, classCount, 0.5);
        var classes = Enumerable.Range(0, classCount).Select(label => CocoMatches.Of(truth, found, label)).ToArray();
        CocoCurves At(int size, int most) => new([.. classes.Select(matches => matches.Curve(size, most))]);
        var (all, small, medium, large) = (At(0, MostBoxes), At(1, MostBoxes), At(2, MostBoxes), At(3, MostBoxes));
        return new()
        {
            Precision = all.Precision(),
            Precision50 = all.Precision(0),
            Precision75 = all.Precision(5),
            SmallPrecision = small.Precision(),
            MediumPrecision = medium.Precision(),
            LargePrecision = large.Precision(),
            Recall1 = At(0, 1).Recall(),
            Recall10 = At(0, 10).Recall(),
            Recall100 = all.Recall(),
            SmallRecall = small.Recall(),
            MediumRecall = medium.Recall(),
            LargeRecall = large.Recall(),
            PerClass = [.. classes.Select(matches => new CocoCurves([matches.Curve(0, MostBoxes)]).Precision())],
        };
    }

    /// <summary>Written as <c>AP 0.412, AP50 0.671, AP75 0.433, AR100 0.520</c>.</summary>
    public override string ToString() =>
        $"AP {Precision:0.000}, AP50 {Precision50:0.000}, AP75 {Precision75:0.000}, AR100 {Recall100:0.000}";
}
