
namespace FeatureMap.Analysis;

/// <summary>
/// How well a distance tells pairs of one class from pairs of two: a pair is called "same" where its distance is below a threshold. The
/// protocol is that of the face set LFW: the pairs are cut into parts, and each part is judged with the threshold that is best on all
/// others, so that no pair helps to choose its own.
/// Source: Huang et al., "Labeled faces in the wild", University of Massachusetts technical report 07-49, 2007.
/// </summary>
public sealed class Verification
{
    private readonly double[] distances;
    private readonly bool[] areSame;

    private Verification(double[] distances, bool[] areSame, int folds)
    {
        (this.distances, this.areSame) = (distances, areSame);
        Threshold = Best(_ => true);
        var accuracies = new double[folds];
        for (var fold = 0; fold < folds; fold++)
        {
            var (first, end) = ((int)((long)fold * distances.Length / folds), (int)((fold + 1L) * distances.Length / folds));
            accuracies[fold] = folds == 1 ? AccuracyAt(Threshold)
                : Accurate(Best(pair => pair < first || pair >= end), pair => pair >= first && pair < end);
        }
        FoldAccuracies = accuracies;
        Accuracy = accuracies.Average();
        StandardError = folds == 1 ? 0
            : Math.Sqrt(accuracies.Sum(accuracy => (accuracy - Accuracy) * (accuracy - Accuracy)) / (folds - 1) / folds);
        AreaUnderCurve = Area();
    }

    /// <summary>Share of pairs that are judged rightly: the mean over the parts.</summary>
    public double Accuracy { get; }

    /// <summary>Standard error of that mean; 0 with one part.</summary>
    public double StandardError { get; }

    /// <summary>Accuracy of each part.</summary>
    public IReadOnlyList<double> FoldAccuracies { get; }

    /// <summary>The threshold that is best on all pairs together: the one to use from now on.</summary>
    public double Threshold { get; }

    /// <summary>
    /// Area under the ROC curve: the probability that a pair of one class is nearer than a pair of two, ties counting half. 1 is perfect,
    /// 0.5 is chance; it needs no threshold.
    /// </summary>
    public double AreaUnderCurve { get; }

    /// <summary>Judges distances of pairs.</summary>
    /// <param name="distances">The distance of each pair.</param>
    /// <param name="areSame">Whether it is of one class.</param>
    /// <param name="folds">Parts, consecutive pairs each; 1 to choose the threshold on the pairs that it judges.</param>
    /// <exception cref="UsageException">The counts differ, all pairs are alike, or there are fewer than the folds.</exception>
    public static Verification Of(ReadOnlySpan<double> distances, ReadOnlySpan<bool> areSame, int folds = 10)
    {
        if (distances.Length != areSame.Length)
            throw new UsageException("Each pair has a distance and says whether it is of one class: "
                + $"received {distances.Length:N0} distances and {areSame.Length:N0} answers.");
        if (folds < 1 || folds > distances.Length)
            throw new UsageException($"The pairs can be cut into 1 to {distances.Length:N0} parts, as many as there are pairs: "
                + $"received {folds:N0}. 10 is usual.");
        if (!areSame.Contains(true) || !areSame.Contains(false))
            throw new UsageException($"Verification needs pairs of one class and pairs of two: all {areSame.Length:N0} pairs are "
                + $"of {(areSame[0] ? "one class" : "two classes")}.");
        return new Verification(distances.ToArray(), areSame.ToArray(), folds);
    }

    /// <summary>Share of all pairs that a given threshold judges rightly.</summary>
    public double AccuracyAt(double threshold) => Accurate(threshold, _ => true);

    /// <summary>Share of the pairs of one class that a given threshold accepts (true accept rate), and of those of two (false accept
    /// rate).</summary>
    public (double TrueAccepts, double FalseAccepts) RatesAt(double threshold)
    {
        long same = 0, sameAccepted = 0, accepted = 0;
        for (var pair = 0; pair < distances.Length; pair++)
        {
            var isAccepted = distances[pair] < threshold;
            if (areSame[pair]) same++;
            if (isAccepted) accepted++;
            if (isAccepted && areSame[pair]) sameAccepted++;
        }
        return ((double)sameAccepted / same, (double)(accepted - sameAccepted) / (distances.Length - same));
    }

    /// <summary>One line.</summary>
    public override string ToString() => $"verification accuracy {Accuracy:P2} +- {StandardError:P2}, area under the ROC curve "
        + $"{AreaUnderCurve:F4}, threshold {Threshold:G4}";

    private double Accurate(double threshold, Func<int, bool> isAsked)
    {
        int asked = 0, right = 0;
        for (var pair = 0; pair < distances.Length; pair++)
        {
            if (!isAsked(pair)) continue;
            asked++;
            if (distances[pair] < threshold == areSame[pair]) right++;
        }
        return (double)right / asked;
    }

    /// <summary>The threshold that judges most of these pairs rightly, in the middle between two distances; the lowest of
    /// several.</summary>
    private double Best(Func<int, bool> isAsked)
    {
        int[] order = [.. Enumerable.Range(0, distances.Length).Where(isAsked).OrderBy(pair => distances[pair])];
        // Below the first distance no pair is accepted: those of two classes are right. Each step over a distance accepts one more pair.
        var right = order.Count(pair => !areSame[pair]);
        var (best, threshold) = (right, distances[order[0]]);
        for (var i = 0; i < order.Length; i++)
        {
            right += areSame[order[i]] ? 1 : -1;
            var next = i + 1 < order.Length ? distances[order[i + 1]] : distances[order[i]] + 1;
            if (right <= best || next == distances[order[i]]) continue;
            (best, threshold) = (right, distances[order[i]] + ((next - distances[order[i]]) / 2));
        }
        return threshold;
    }

    // Mann and Whitney: over all pairs of a pair of one class and one of two, how often the first is nearer.
    private double Area()
    {
        int[] order = [.. Enumerable.Range(0, distances.Length).OrderBy(pair => distances[pair])];
        double wins = 0;
        long same = 0, different = 0;
        for (var start = 0; start < order.Length;)
        {
            var end = start;
            long tiedSame = 0, tiedDifferent = 0;
            for (; end < order.Length && distances[order[end]] == distances[order[start]]; end++)
            {
                if (areSame[order[end]]) tiedSame++;
                else tiedDifferent++;
            }
            // Pairs of two classes at this distance are won by every pair of one class before them, and half by those at the same distance.
            wins += tiedDifferent * (same + (tiedSame / 2.0));
            (same, different, start) = (same + tiedSame, different + tiedDifferent, end);
        }
        return wins / same / different;
    }
}
