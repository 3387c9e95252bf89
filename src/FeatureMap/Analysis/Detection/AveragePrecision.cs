namespace FeatureMap.Analysis;

/// <summary>
/// How good a detector is: average precision of each class, and their mean (mAP). The boxes of all images are walked through from the
/// surest one down; a box is right if it overlaps a thing of
/// its class that no surer box has taken. After each, precision is the share of right boxes so far and recall the share of things found so
/// far; the average precision is the area under the curve of precision over recall, with precision made monotone from the right, at all
/// points (PASCAL VOC from 2010 on) or as the mean at 11 points (VOC 2007). A thing that is difficult is not to be found, and a box on it
/// is neither right nor wrong; so is one in a crowd that no thing of its own was found for.
/// Source: Everingham et al., "The PASCAL visual object classes challenge", IJCV 2010, section 4.2.
/// </summary>
public sealed class AveragePrecision
{
    private AveragePrecision(double overlap, IReadOnlyList<double> perClass, int things, int boxes)
    {
        (Overlap, PerClass, Things, Boxes) = (overlap, perClass, things, boxes);
        var counted = perClass.Where(double.IsFinite).ToArray();
        Mean = counted.Length == 0 ? double.NaN : counted.Average();
    }

    /// <summary>Least intersection over union of a right box.</summary>
    public double Overlap { get; }

    /// <summary>Average precision of each class, 0 to 1; not a number for a class of which there is nothing to be found.</summary>
    public IReadOnlyList<double> PerClass { get; }

    /// <summary>Mean over the classes of which there is anything to be found; not a number where there is nothing at all.</summary>
    public double Mean { get; }

    /// <summary>Things that were to be found.</summary>
    public int Things { get; }

    /// <summary>Boxes that were given.</summary>
    public int Boxes { get; }

    /// <summary>Judges a detector on images; some may be without things.</summary>
    /// <param name="truth">What is in each image.</param>
    /// <param name="found">What was found in each image, after <see cref="DetectedBox.Suppress"/>.</param>
    /// <param name="classCount">Number of classes; a thing or box of any other is refused, because no class could count it.</param>
    /// <param name="overlap">Least intersection over union of a right box; 0.5 is usual.</param>
    /// <param name="points">Where the curve is read.</param>
    /// <exception cref="DataException">The numbers of images differ, or a thing or box is of an unknown class.</exception>
    /// <exception cref="UsageException">There is no class, or the overlap is not above 0 and at most 1.</exception>
    public static AveragePrecision Of(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        int classCount, double overlap = 0.5, PrecisionPoints points = PrecisionPoints.All)
    {
        Check(truth, found, classCount, overlap);
        return new(overlap, [.. Enumerable.Range(0, classCount).Select(label => OfClass(BoxMatches.Of(truth, found, label, overlap),
            points))],
            truth.Sum(things => things.Count(thing => thing.Counts)), found.Sum(boxes => boxes.Count));
    }

    /// <summary>What must hold before a detector is judged.</summary>
    /// <exception cref="DataException">The numbers of images differ, a thing or box is of an unknown class, or a score is not a
    /// number.</exception>
    /// <exception cref="UsageException">There is no class, or the overlap is not above 0 and at most 1.</exception>
    internal static void Check(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        int classCount, double overlap)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(found);
        if (truth.Count != found.Count) throw new DataException($"A detector is judged on the same images: {truth.Count:N0} have their "
            + $"things listed, {found.Count:N0} were searched.");
        if (classCount < 1) throw new UsageException($"A detector finds things of at least one class: received {classCount}.");
        if (!(overlap > 0 && overlap <= 1)) throw new UsageException("The least overlap of a right box is above 0 and at most 1: "
            + $"received {overlap}. 0.5 is usual.");
        for (var image = 0; image < truth.Count; image++)
        {
            foreach (var thing in truth[image]) CheckClass("thing", thing.Class, image, classCount);
            foreach (var box in found[image])
            {
                CheckClass("found box", box.Class, image, classCount);
                if (double.IsNaN(box.Score)) throw new DataException($"The score of a box found in image {image} is not a number, so it "
                    + "has no place in the order.");
            }
        }
    }

    /// <summary>Written as <c>mAP@0.5 71.24 %</c>.</summary>
    public override string ToString() => $"mAP@{Overlap} {Mean * 100:0.00} %";

    private static void CheckClass(string what, int label, int image, int classCount)
    {
        if ((uint)label >= (uint)classCount)
            throw new DataException($"Image {image} has a {what} of class {label}: with "
                + $"{(classCount == 1 ? "1 class it can only be 0" : $"{classCount} classes they are 0 to {classCount - 1}")}. No class "
                + "would count it.");
    }

    private static double OfClass(BoxMatches matches, PrecisionPoints points) => matches.Things == 0 ? double.NaN
        : points == PrecisionPoints.Eleven ? AtElevenPoints(matches) : Area(matches);

    // Recall grows by 1 / things with every right box; the precision there is the best that is reached there or further on.
    private static double Area(BoxMatches matches)
    {
        var precisions = matches.Precisions();
        double area = 0, best = 0;
        for (var i = precisions.Length - 1; i >= 0; i--)
        {
            best = Math.Max(best, precisions[i]);
            if (matches.IsRight[i]) area += best / matches.Things;
        }
        return area;
    }

    // The best precision that is reached at a recall of 0, 0.1, ... 1 or further on; 0 where that recall is not reached.
    private static double AtElevenPoints(BoxMatches matches)
    {
        var precisions = matches.Precisions();
        double sum = 0, best = 0;
        var (tenth, right) = (10, matches.IsRight.Count(isRight => isRight));
        for (var i = precisions.Length - 1; i >= 0; i--)
        {
            // recall >= tenth / 10, in whole numbers
            for (; tenth >= 0 && 10L * right < (long)tenth * matches.Things; tenth--)
                sum += best;
            best = Math.Max(best, precisions[i]);
            if (matches.IsRight[i]) right--;
        }
        for (; tenth >= 0; tenth--)
            sum += best;
        return sum / 11;
    }
}

/// <summary>Where a curve of precision over recall is read to make one number of it.</summary>
public enum PrecisionPoints
{
    /// <summary>At every recall that is reached: the area under the curve (VOC from 2010 on).</summary>
    All,

    /// <summary>At the recalls 0, 0.1, ... 1: their mean (VOC 2007).</summary>
    Eleven,
}
