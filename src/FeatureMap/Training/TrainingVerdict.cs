using FeatureMap.Data;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// Whether a training that reached its end came to anything. It speaks only where the numbers leave no doubt: a false alarm would teach
/// people to read past it.
/// </summary>
internal static class TrainingVerdict
{
    // A loss that rose by less may be what an annealed margin or harder augmentation does, or the luck of a first batch.
    private const double FarAbove = 2, FarAboveOneStep = 10;

    // Images from which on the loss of the first batch tells more than luck.
    private const int EnoughImages = 16;

    /// <summary>What to say at the end; null where nothing is wrong.</summary>
    /// <param name="session">The training.</param>
    /// <param name="data">Its data.</param>
    /// <param name="epochs">Its epochs, those before a resume included.</param>
    /// <param name="firstLoss">Loss of the first step; not a number where it is not known.</param>
    /// <param name="chosen">The epoch of the model, from 0.</param>
    public static string? Of(TrainingSession session, SplitData data, IReadOnlyList<EpochRecord> epochs, double firstLoss, int chosen)
    {
        if (chosen < 0 || chosen >= epochs.Count) return null;
        var loss = epochs[chosen].TrainLoss;
        var isEntropy = session.LossOp is SoftmaxCrossEntropy;
        var entropy = Entropy(Shares(data.Training));
        // What a fresh classifier begins with is known, one that goes on with trained weights begins lower.
        var begin = isEntropy ? session.FirstImages >= EnoughImages && firstLoss < entropy ? firstLoss : Math.Max(entropy, double.IsNaN(firstLoss) ? 0 : firstLoss)
            : epochs.Count > 1 ? Math.Max(epochs[0].TrainLoss, double.IsNaN(firstLoss) ? 0 : firstLoss) : firstLoss;
        if (begin > 0 && loss > (isEntropy || epochs.Count > 1 ? FarAbove : FarAboveOneStep) * begin && !(isEntropy && loss - begin < 0.2 * entropy))
            return $"The training ended far above its beginning: the loss is {loss:0.####}, and it began with {begin:0.####}. The steps "
                + "are too large, or something in the network blows up. Try a learning rate three to ten times lower, a warm-up, or "
                + "clipped gradients.";
        return session.MetricInfo is { IsAccuracy: true } ? Guessing(session, data, epochs) : null;
    }

    /// <summary>
    /// A classifier that knows no more than how often each class occurs has a loss of -sum p log p with the shares p, and is right in the
    /// share of the largest class. Accuracy alone proves little where one class prevails, so the cross-entropy must say the same; where
    /// there is none, classes must be even.
    /// </summary>
    private static string? Guessing(TrainingSession session, SplitData data, IReadOnlyList<EpochRecord> epochs)
    {
        var shares = Shares(data.Training);
        var (isEntropy, entropy) = (session.LossOp is SoftmaxCrossEntropy, Entropy(shares));
        if (shares.Count(share => share > 0) < 2) return null; // one class: nothing to be told apart
        if (isEntropy ? epochs.Min(epoch => epoch.TrainLoss) < 0.98 * entropy : shares.Max() > 1.1 / shares.Length) return null;
        var (training, validation) = (epochs.Max(epoch => epoch.TrainMetric), epochs.Max(epoch => epoch.ValidationMetric));
        if (!(training <= Chance(shares.Max(), data.Training.Count) && validation <= Chance(Shares(data.Validation).Max(), data.Validation.Count))) return null;
        var guess = isEntropy ? $"its loss never fell clearly below {entropy:0.000}, that of a guess by how often each class "
            + "occurs, and " : "";
        return $"The training never got better than a guess: {guess}at best {validation * 100:0.0} % of the validation images were right, "
            + $"with {data.ClassCount} classes. Try another learning rate, see whether the network can learn one batch by heart "
            + "(OverfitCheck), and look at the labels.";
    }

    // What luck can reach: three deviations above the share.
    private static double Chance(double share, int images) => share + (3 * Math.Sqrt(share * (1 - share) / images));

    private static double Entropy(double[] shares) => -shares.Where(share => share > 0).Sum(share => share * Math.Log(share));

    private static double[] Shares(ImageSet set) => [.. set.CountPerClass().Select(count => (double)count / set.Count)];
}
