namespace FeatureMap.Analysis;

/// <summary>A detector that shows only boxes with at least so high a score.</summary>
/// <param name="Score">The least score.</param>
/// <param name="Right">Right boxes among those that are shown.</param>
/// <param name="Wrong">Wrong ones.</param>
/// <param name="Things">Things that were to be found.</param>
public readonly record struct DetectionPoint(double Score, int Right, int Wrong, int Things)
{
    /// <summary>The share of the boxes that are right.</summary>
    public double Precision => (double)Right / (Right + Wrong);

    /// <summary>The share of the things that are found; not a number where there are none.</summary>
    public double Recall => (double)Right / Things;

    /// <summary>2 right / (boxes + things), the harmonic mean of both.</summary>
    public double F1 => 2.0 * Right / (Right + Wrong + Things);
}

/// <summary>
/// A detector on images: the figures by which detectors are compared, the curves from which a least score is chosen, and what it takes for
/// what.
/// </summary>
/// <example><code>
/// var judged = DetectionJudgement.Of(truth, found, ["red cell", "white cell", "platelet"]);
/// Console.WriteLine($"{judged.Precision}; show boxes from {judged.BestScore:0.00} on");
/// int[,] confusion = judged.Confusion(judged.BestScore);   // the last row and column are "nothing"
/// </code></example>
public sealed class DetectionJudgement
{
    private readonly IReadOnlyList<IReadOnlyList<LabelledBox>> truth;
    private readonly IReadOnlyList<IReadOnlyList<DetectedBox>> found;
    private readonly BoxMatches[] matches;

    private DetectionJudgement(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        IReadOnlyList<string> classNames, double overlap)
    {
        (this.truth, this.found, ClassNames, Overlap) = (truth, found, classNames, overlap);
        Precision = AveragePrecision.Of(truth, found, classNames.Count, overlap);
        ElevenPointPrecision = AveragePrecision.Of(truth, found, classNames.Count, overlap, PrecisionPoints.Eleven);
        Coco = CocoFigures.Of(truth, found, classNames.Count);
        matches = [.. Enumerable.Range(0, classNames.Count).Select(label => BoxMatches.Of(truth, found, label, overlap))];
    }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Least intersection over union of a right box.</summary>
    public double Overlap { get; }

    /// <summary>Average precision of each class and their mean, mAP.</summary>
    public AveragePrecision Precision { get; }

    /// <summary>The same read at 11 points, as VOC 2007 did.</summary>
    public AveragePrecision ElevenPointPrecision { get; }

    /// <summary>COCO's twelve figures.</summary>
    public CocoFigures Coco { get; }

    /// <summary>
    /// The least score at which F1 of all classes together is highest; of equal ones the highest. 0 where there are no boxes or no things.
    /// </summary>
    public double BestScore => Curve() is { Count: > 0 } points && points.MaxBy(point => point.F1) is { F1: > 0 } best ? best.Score : 0;

    /// <summary>Things of a class that were to be found.</summary>
    public int ThingsOf(int label) => matches[label].Things;

    /// <summary>Judges a detector.</summary>
    /// <param name="truth">What is in each image.</param>
    /// <param name="found">What was found in each image, after <see cref="DetectedBox.Suppress"/>, those of low scores too.</param>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="overlap">Least intersection over union of a right box; 0.5 is usual.</param>
    /// <exception cref="DataException">The numbers of images differ, a thing or box is of an unknown class, or a score is not a
    /// number.</exception>
    /// <exception cref="UsageException">There is no class, or the overlap is not above 0 and at most 1.</exception>
    public static DetectionJudgement Of(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        IReadOnlyList<string> classNames, double overlap = 0.5)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        AveragePrecision.Check(truth, found, classNames.Count, overlap);
        return new(truth, found, classNames, overlap);
    }

    /// <summary>
    /// What each least score would show, the highest first; boxes of equal scores are one step. Precision over recall and F1 over the score
    /// are drawn of it.
    /// </summary>
    /// <param name="label">One class; all together where null.</param>
    public IReadOnlyList<DetectionPoint> Curve(int? label = null)
    {
        var chosen = label is { } one ? [matches[one]] : matches;
        var things = chosen.Sum(own => own.Things);
        var points = new List<DetectionPoint>();
        int right = 0, wrong = 0;
        foreach (var group in chosen.SelectMany(own => own.Scores.Zip(own.IsRight)).GroupBy(box => box.First).OrderByDescending(group =>
            group.Key))
        {
            right += group.Count(box => box.Second);
            wrong += group.Count(box => !box.Second);
            points.Add(new(group.Key, right, wrong, things));
        }
        return points;
    }

    /// <summary>
    /// Counts by what is there (rows) and what it is taken for (columns); the last row and the last column are "nothing": boxes on nothing,
    /// and things that no box is on. Of boxes and things whose overlap is enough, whatever their classes, the pair with the greatest
    /// overlap goes first; each is in one pair at most. Boxes on things that do not count are left out.
    /// </summary>
    /// <param name="leastScore">Boxes with a lower score are not shown.</param>
    public int[,] Confusion(double leastScore)
    {
        var nothing = ClassNames.Count;
        var counts = new int[nothing + 1, nothing + 1];
        for (var image = 0; image < truth.Count; image++)
        {
            DetectedBox[] shown = [.. found[image].Where(box => box.Score >= leastScore).OrderByDescending(box => box.Score)];
            LabelledBox[] things = [.. truth[image].Where(thing => thing.Counts)];
            var pairs = from box in Enumerable.Range(0, shown.Length)
                        from thing in Enumerable.Range(0, things.Length)
                        let common = things[thing].Box.Overlap(shown[box].Box)
                        where common >= Overlap
                        orderby common descending, box, thing
                        select (box, thing);
            var (isUsed, isFound) = (new bool[shown.Length], new bool[things.Length]);
            foreach (var (box, thing) in pairs)
            {
                if (isUsed[box] || isFound[thing]) continue;
                isUsed[box] = isFound[thing] = true;
                counts[things[thing].Class, shown[box].Class]++;
            }
            foreach (var thing in Enumerable.Range(0, things.Length).Where(thing => !isFound[thing]))
                counts[things[thing].Class, nothing]++;
            foreach (var box in Enumerable.Range(0, shown.Length).Where(box => !isUsed[box] && !IsOnUncounted(truth[image], shown[box])))
                counts[nothing, shown[box].Class]++;
        }
        return counts;
    }

    /// <summary>A table of the classes, and the means.</summary>
    public override string ToString()
    {
        var width = Math.Max(5, ClassNames.Max(name => name.Length));
        var lines = ClassNames.Select((name, label) => $"{name.PadRight(width)}  {Number(Precision.PerClass[label])}  "
            + $"{matches[label].Things,6:N0}");
        return string.Join('\n', [$"{"class".PadRight(width)}  AP@{Overlap:0.0#}  things", .. lines, $"{Precision}; COCO: {Coco}"]);

        static string Number(double value) => double.IsNaN(value) ? "     -" : $"{value,6:0.000}";
    }

    private bool IsOnUncounted(IReadOnlyList<LabelledBox> things, DetectedBox box) => things.Any(thing => !thing.Counts
        && (thing.IsCrowd ? box.Box.ShareIn(thing.Box) : thing.Box.Overlap(box.Box)) >= Overlap);
}
