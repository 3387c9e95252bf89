namespace FeatureMap.Analysis;

/// <summary>What became of a box.</summary>
internal enum CocoVerdict : byte
{
    Wrong,
    Right,
    Ignored,
}

/// <summary>The boxes of one class in all images against the things there, for every least overlap and every range of sizes.</summary>
internal sealed class CocoMatches
{
    /// <summary>Ten least overlaps: 0.5 and nine equal steps to 0.95.</summary>
    public const int Overlaps = 10;

    /// <summary>Ranges of sizes: all, small, medium, large.</summary>
    public const int Sizes = 4;

    private const double SmallSide = 32, LargeSide = 96, Anything = 1e10;

    private readonly List<Judged> boxes = [];
    private readonly int[] things = new int[Sizes];

    private static (double Least, double Most) Range(int size) => size switch
    {
        1 => (0, SmallSide * SmallSide),
        2 => (SmallSide * SmallSide, LargeSide * LargeSide),
        3 => (LargeSide * LargeSide, Anything),
        _ => (0, Anything),
    };

    private static double Overlap(int index) => index == Overlaps - 1 ? 0.95 : (index * ((0.95 - 0.5) / (Overlaps - 1))) + 0.5;

    public static CocoMatches Of(IReadOnlyList<IReadOnlyList<LabelledBox>> truth, IReadOnlyList<IReadOnlyList<DetectedBox>> found,
        int label)
    {
        var matches = new CocoMatches();
        for (var image = 0; image < truth.Count; image++)
            matches.Add([.. truth[image].Where(thing => thing.Class == label)],
                [.. found[image].Where(box => box.Class == label).OrderByDescending(box => box.Score).Take(CocoFigures.MostBoxes)]);
        return matches;
    }

    /// <summary>Precision at the recalls, and the recall, for each least overlap; null where there is nothing to be found.</summary>
    /// <param name="size">The range of sizes.</param>
    /// <param name="most">Boxes of an image that are looked at.</param>
    public CocoCurve[]? Curve(int size, int most)
    {
        if (things[size] == 0) return null;
        Judged[] order = [.. boxes.Where(box => box.Rank < most).OrderByDescending(box => box.Score)];
        var curves = new CocoCurve[Overlaps];
        for (var overlap = 0; overlap < Overlaps; overlap++)
            curves[overlap] = CocoCurve.Of(order.Select(box => box.Verdicts[size, overlap]), things[size]);
        return curves;
    }

    private void Add(LabelledBox[] truth, DetectedBox[] found)
    {
        var overlaps = new double[found.Length, truth.Length];
        for (var box = 0; box < found.Length; box++)
            for (var thing = 0; thing < truth.Length; thing++)
                overlaps[box, thing] = truth[thing].IsCrowd ? found[box].Box.ShareIn(truth[thing].Box)
                    : found[box].Box.Overlap(truth[thing].Box);
        var verdicts = Array.ConvertAll(found, _ => new CocoVerdict[Sizes, Overlaps]);
        for (var size = 0; size < Sizes; size++)
        {
            var (least, most) = Range(size);
            bool IsOther(double area) => area < least || area > most;
            bool[] ignored = [.. truth.Select(thing => !thing.Counts || IsOther(thing.MaskArea ?? thing.Box.Area))];
            things[size] += ignored.Count(isIgnored => !isIgnored);
            // Those that count come first.
            int[] order = [.. Enumerable.Range(0, truth.Length).OrderBy(thing => ignored[thing])];
            for (var overlap = 0; overlap < Overlaps; overlap++)
            {
                var taken = new bool[truth.Length];
                for (var box = 0; box < found.Length; box++)
                {
                    var thing = Match(box, order, ignored, taken, truth, overlaps, Math.Min(Overlap(overlap), 1 - 1e-10));
                    if (thing >= 0) taken[thing] = true;
                    verdicts[box][size, overlap] = thing >= 0 ? ignored[thing] ? CocoVerdict.Ignored : CocoVerdict.Right
                        : IsOther(found[box].Box.Area) ? CocoVerdict.Ignored : CocoVerdict.Wrong;
                }
            }
        }
        for (var box = 0; box < found.Length; box++)
            boxes.Add(new(found[box].Score, box, verdicts[box]));
    }

    // The free thing with the greatest overlap, of equal ones the last; one that does not count only where no other is enough. A crowd has
    // room for any number.
    private static int Match(int box, int[] order, bool[] ignored, bool[] taken, LabelledBox[] truth, double[,] overlaps, double least)
    {
        var best = -1;
        foreach (var thing in order)
        {
            if (taken[thing] && !truth[thing].IsCrowd) continue;
            if (best >= 0 && !ignored[best] && ignored[thing]) break;
            if (overlaps[box, thing] < least) continue;
            (best, least) = (thing, overlaps[box, thing]);
        }
        return best;
    }

    private sealed record Judged(double Score, int Rank, CocoVerdict[,] Verdicts);
}

/// <summary>One class at one least overlap.</summary>
/// <param name="Precisions">The best precision at each of the recalls 0, 0.01, ... 1 or further on; 0 where it is not reached.</param>
/// <param name="Recall">The share of the things that are found in the end.</param>
internal sealed record CocoCurve(double[] Precisions, double Recall)
{
    public const int Recalls = 101;

    private static readonly double SmallestStep = double.BitIncrement(1) - 1;

    public static CocoCurve Of(IEnumerable<CocoVerdict> verdicts, int things)
    {
        var (precisions, recalls) = (new List<double>(), new List<double>());
        int right = 0, wrong = 0;
        foreach (var verdict in verdicts)
        {
            if (verdict == CocoVerdict.Right) right++;
            if (verdict == CocoVerdict.Wrong) wrong++;
            // As there: the smallest step above 1 keeps the quotient a number where nothing has counted yet.
            precisions.Add(right / (right + wrong + SmallestStep));
            recalls.Add((double)right / things);
        }
        for (var i = precisions.Count - 2; i >= 0; i--)
            precisions[i] = Math.Max(precisions[i], precisions[i + 1]);
        var at = new double[Recalls];
        var place = 0;
        for (var recall = 0; recall < Recalls; recall++)
        {
            while (place < recalls.Count && recalls[place] < AtRecall(recall)) place++;
            if (place < recalls.Count) at[recall] = precisions[place];
        }
        return new(at, recalls.Count == 0 ? 0 : recalls[^1]);
    }

    private static double AtRecall(int index) => index == Recalls - 1 ? 1 : index * 0.01;
}

/// <summary>The curves of all classes; null for those of which there is nothing to be found.</summary>
internal sealed class CocoCurves(IReadOnlyList<CocoCurve[]?> classes)
{
    /// <summary>Mean precision over recalls and classes, and over the overlaps from one to another.</summary>
    public double Precision(int? overlap = null)
    {
        var (sum, count) = (0.0, 0L);
        for (var at = overlap ?? 0; at <= (overlap ?? (CocoMatches.Overlaps - 1)); at++)
            for (var recall = 0; recall < CocoCurve.Recalls; recall++)
                foreach (var curves in classes)
                    if (curves is not null)
                        (sum, count) = (sum + curves[at].Precisions[recall], count + 1);
        return count == 0 ? -1 : sum / count;
    }

    /// <summary>Mean recall over overlaps and classes.</summary>
    public double Recall()
    {
        var (sum, count) = (0.0, 0L);
        for (var at = 0; at < CocoMatches.Overlaps; at++)
            foreach (var curves in classes)
                if (curves is not null)
                    (sum, count) = (sum + curves[at].Recall, count + 1);
        return count == 0 ? -1 : sum / count;
    }
}
