namespace FeatureMap.Training;

/// <summary>A place on a <see cref="RankingCurve"/>: everything that scores at least so much is taken for a yes.</summary>
/// <param name="Score">The least score of a yes.</param>
/// <param name="Right">Samples of the class among these.</param>
/// <param name="Wrong">Others among these.</param>
public readonly record struct RankingPoint(double Score, int Right, int Wrong)
{
    /// <summary>The share of these that are of the class.</summary>
    public double Precision => (double)Right / (Right + Wrong);
}

/// <summary>
/// How well a score puts the samples of a class before all others, whatever threshold is chosen: the curve of the true positive rate over
/// the false positive rate (ROC) and that of precision over recall. Samples with equal scores are one step of it, because no threshold
/// tells them apart; taken one by one they would make the areas depend on their order.
/// </summary>
/// <example><code>
/// var curve = RankingCurve.Of(scores, isPositive);
/// Console.WriteLine($"ROC area {curve.RocArea:0.000}, best threshold {curve.BestF1.Threshold:0.00}");
/// </code></example>
public sealed class RankingCurve
{
    private RankingCurve(RankingPoint[] points, int positives, int negatives)
    {
        (Points, Positives, Negatives) = (points, positives, negatives);
        // Each negative has all positives of the groups before and half of its own behind it. Whole numbers, so nothing is rounded.
        long pairs = 0;
        double sum = 0;
        var before = default(RankingPoint);
        foreach (var point in points)
        {
            var right = point.Right - before.Right;
            pairs += (long)(point.Wrong - before.Wrong) * ((2L * before.Right) + right);
            sum += right * point.Precision;
            before = point;
        }
        RocArea = positives == 0 || negatives == 0 ? double.NaN : pairs / (2.0 * positives * negatives);
        AveragePrecision = positives == 0 ? double.NaN : sum / positives;
    }

    /// <summary>One point for each score that occurs, the highest first.</summary>
    public IReadOnlyList<RankingPoint> Points { get; }

    /// <summary>Samples of the class.</summary>
    public int Positives { get; }

    /// <summary>Other samples.</summary>
    public int Negatives { get; }

    /// <summary>
    /// The area under the ROC curve: the probability that a sample of the class scores higher than another one, where equal scores count
    /// half. One half is guessing; not a number where one of the kinds is missing.
    /// </summary>
    public double RocArea { get; }

    /// <summary>
    /// The area under precision over recall, as steps: the mean over the samples of the class of the precision at their scores. Guessing
    /// reaches the share of the class; not a number where it has no samples.
    /// </summary>
    public double AveragePrecision { get; }

    /// <summary>
    /// The threshold with the highest F1 = 2 right / (said yes + samples of the class); of equal ones the highest. With no sample of the
    /// class there is none to choose: not a number.
    /// </summary>
    public (double Threshold, double F1) BestF1
    {
        get
        {
            var best = (Threshold: double.NaN, F1: double.NaN);
            if (Positives == 0) return best;
            foreach (var point in Points)
                if (2.0 * point.Right / (point.Right + point.Wrong + Positives) is var value && !(value <= best.F1))
                    best = (point.Score, value);
            return best;
        }
    }

    /// <summary>Puts samples in the order of their scores.</summary>
    /// <param name="scores">How much speaks for the class, of each sample: probabilities or any other numbers.</param>
    /// <param name="isPositive">Whether the sample is of the class.</param>
    /// <exception cref="DataException">The lengths differ, there are no samples, or a score is not a number.</exception>
    public static RankingCurve Of(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(isPositive);
        if (scores.Count != isPositive.Count || scores.Count == 0)
            throw new DataException($"A curve needs one truth for each score, and one sample at least: received {scores.Count:N0} scores "
                + $"and {isPositive.Count:N0} truths.");
        double[] sorted = [.. scores];
        var place = Array.FindIndex(sorted, double.IsNaN);
        if (place >= 0) throw new DataException($"The score of sample {place} is not a number, so it has no place in the order.");
        bool[] positive = [.. isPositive];
        Array.Sort(sorted, positive);
        var points = new List<RankingPoint>();
        int right = 0, wrong = 0;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            if (positive[i]) right++;
            else wrong++;
            if (i == 0 || sorted[i - 1] != sorted[i]) points.Add(new(sorted[i], right, wrong));
        }
        return new([.. points], right, wrong);
    }

    /// <summary>The ROC curve: false positive rate and true positive rate from (0, 0) to (1, 1); empty where one kind is missing.</summary>
    public IReadOnlyList<(double X, double Y)> Roc() => Positives == 0 || Negatives == 0 ? []
        : [(0, 0), .. Points.Select(point => ((double)point.Wrong / Negatives, (double)point.Right / Positives))];

    /// <summary>Recall and precision at each threshold, from the highest one on; empty where the class has no samples.</summary>
    public IReadOnlyList<(double X, double Y)> PrecisionOverRecall() => Positives == 0 ? []
        : [.. Points.Select(point => ((double)point.Right / Positives, point.Precision))];
}
