namespace FeatureMap.Training;

/// <summary>Answers of about the same sureness.</summary>
/// <param name="From">Above this probability; the first bin has 0 as well.</param>
/// <param name="To">Up to this one.</param>
/// <param name="Images">Answers in it.</param>
/// <param name="Confidence">Their mean probability; not a number where there are none.</param>
/// <param name="Accuracy">The share of them that is right; not a number where there are none.</param>
public readonly record struct CalibrationBin(double From, double To, int Images, double Confidence, double Accuracy);

/// <summary>
/// Whether probabilities mean what they say: of the answers that a model is 80 % sure of, 80 % should be right. Answers are put into bins
/// of equal width by their probability. Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
/// </summary>
public sealed class Calibration
{
    /// <summary>The usual number of bins.</summary>
    public const int UsualBins = 15;

    private Calibration(CalibrationBin[] bins, int images)
    {
        Bins = bins;
        foreach (var bin in bins.Where(bin => bin.Images > 0))
        {
            var share = (double)bin.Images / images;
            var gap = Math.Abs(bin.Accuracy - bin.Confidence);
            ExpectedError += share * gap;
            LargestError = Math.Max(LargestError, gap);
            Confidence += share * bin.Confidence;
            Accuracy += share * bin.Accuracy;
        }
    }

    /// <summary>The bins, the least sure first.</summary>
    public IReadOnlyList<CalibrationBin> Bins { get; }

    /// <summary>The expected calibration error: |accuracy - confidence| of the bins, weighted by their answers. 0 is best.</summary>
    public double ExpectedError { get; }

    /// <summary>The same of the worst bin.</summary>
    public double LargestError { get; }

    /// <summary>How sure the model was on average.</summary>
    public double Confidence { get; }

    /// <summary>How often it was right.</summary>
    public double Accuracy { get; }

    /// <summary>Puts answers into bins.</summary>
    /// <param name="confidences">The probability of each answer, 0 to 1.</param>
    /// <param name="isRight">Whether it is right.</param>
    /// <param name="bins">How many bins.</param>
    /// <exception cref="DataException">The lengths differ, there are no answers, or a probability is not from 0 to 1.</exception>
    /// <exception cref="UsageException">There is no bin.</exception>
    public static Calibration Of(IReadOnlyList<double> confidences, IReadOnlyList<bool> isRight, int bins = UsualBins)
    {
        ArgumentNullException.ThrowIfNull(confidences);
        ArgumentNullException.ThrowIfNull(isRight);
        if (bins < 1) throw new UsageException($"Calibration needs 1 bin at least: received {bins}. {UsualBins} are usual.");
        if (confidences.Count != isRight.Count || confidences.Count == 0)
            throw new DataException("Calibration needs one truth for each answer, and one answer at least: received "
                + $"{confidences.Count:N0} answers and {isRight.Count:N0} truths.");
        var (counts, right, sums) = (new int[bins], new int[bins], new double[bins]);
        for (var i = 0; i < confidences.Count; i++)
        {
            var bin = BinOf(confidences[i], bins, i);
            counts[bin]++;
            sums[bin] += confidences[i];
            if (isRight[i]) right[bin]++;
        }
        return new([.. Enumerable.Range(0, bins).Select(bin => new CalibrationBin(
            (double)bin / bins, (double)(bin + 1) / bins, counts[bin],
            counts[bin] == 0 ? double.NaN : sums[bin] / counts[bin],
            counts[bin] == 0 ? double.NaN : (double)right[bin] / counts[bin]))], confidences.Count);
    }

    // The first bin whose upper end is not below the probability; the product alone could be rounded across an end.
    private static int BinOf(double confidence, int bins, int answer)
    {
        if (!(confidence >= 0 && confidence <= 1))
            throw new DataException($"The probability of answer {answer} is {confidence}: expected 0 to 1.");
        var bin = Math.Clamp((int)Math.Ceiling(confidence * bins) - 1, 0, bins - 1);
        while (bin > 0 && confidence <= (double)bin / bins) bin--;
        while (bin < bins - 1 && confidence > (double)(bin + 1) / bins) bin++;
        return bin;
    }
}
