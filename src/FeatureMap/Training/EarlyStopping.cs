using FeatureMap.Descriptions;

namespace FeatureMap.Training;

/// <summary>
/// Ends a training when validation has not improved for some epochs, and goes back to the best epoch's weights. Validate on a part of the training set
/// (<c>SplitTraining</c>) and not on the test set: choosing an epoch by the test set makes its accuracy too good to be true. An epoch whose
/// measure is not a number never is the best, and neither is one whose loss is infinite, or whose metric is as bad as can be; it counts as
/// one without improvement.
/// </summary>
/// <param name="Patience">Epochs without improvement that are allowed.</param>
/// <param name="MinimumImprovement">What counts as an improvement: the measure must be better by more than this.</param>
/// <param name="ByMetric">Whether the metric counts instead of the loss: accuracy unless another is measured.</param>
/// <param name="RestoresBest">Whether the model is the best epoch's at the end, instead of the last one's.</param>
public sealed record EarlyStopping(int Patience = 5, double MinimumImprovement = 0, bool ByMetric = false, bool RestoresBest = true)
{
    /// <summary>Epochs without improvement that are allowed.</summary>
    public int Patience { get; } = Patience > 0 ? Patience : throw new UsageException($"The patience of early stopping must be at least 1 epoch: received {Patience}.");

    /// <summary>What counts as an improvement.</summary>
    public double MinimumImprovement { get; } = MinimumImprovement >= 0 ? MinimumImprovement : throw new UsageException($"The minimum improvement must be 0 or more: received {MinimumImprovement}.");

    internal static Vocabulary<EarlyStopping> Known { get; } = new(
        "early stopping",
        new Word<EarlyStopping, EarlyStopping>("patience", "ends when validation has not improved for some epochs", new())
            .Whole("epochs", e => e.Patience, (e, v) => new(v, e.MinimumImprovement, e.ByMetric, e.RestoresBest),
                meaning: "Epochs without improvement that are allowed", least: 1, most: 1_000_000)
            .Real("improvement", "What counts as one", e => e.MinimumImprovement, (e, v) => new(e.Patience, v, e.ByMetric, e.RestoresBest),
                ValueKind.NotNegative)
            .Switch("by-metric", "Whether the metric counts instead of the loss", e => e.ByMetric, (e, v) => e with { ByMetric = v })
            .Switch("keeps-last", "Whether the model is that of the last epoch", e => !e.RestoresBest,
                (e, v) => e with { RestoresBest = !v }));

    /// <summary>Reads a description such as <c>patience 5 by-metric</c>; <see cref="ToString"/> writes what this reads.</summary>
    /// <exception cref="UsageException">The text is not such a description.</exception>
    public static EarlyStopping Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Known.Write(this);

    /// <summary>The best epoch so far, counted from 0; -1 while none gave a number.</summary>
    internal int Best(IReadOnlyList<ValidationScore> scores)
    {
        var best = -1;
        for (var epoch = 0; epoch < scores.Count; epoch++)
            if (Measure(scores[epoch]) is var measure && Counts(measure) && (best < 0 || measure > Measure(scores[best]) + MinimumImprovement))
                best = epoch;
        return best;
    }

    /// <summary>What an epoch is judged by: more is better.</summary>
    internal double Measure(ValidationScore score) => !ByMetric ? -score.Loss : score.HigherIsBetter ? score.Metric : -score.Metric;

    // A loss beyond all numbers is an accident in either direction; a metric may be infinite where nothing is wrong any more (PSNR).
    private bool Counts(double measure) => ByMetric ? measure > double.NegativeInfinity : double.IsFinite(measure);

    /// <summary>Whether the training ends after these epochs.</summary>
    internal bool IsOver(IReadOnlyList<ValidationScore> scores) => scores.Count - 1 - Best(scores) >= Patience;
}

/// <summary>What validation gave after an epoch.</summary>
/// <param name="Loss">Mean loss over the validation images.</param>
/// <param name="Metric">What was measured besides, the mean over the images: accuracy, 0 to 1, unless another metric was asked for.</param>
/// <param name="HigherIsBetter">Whether more of it is better.</param>
public readonly record struct ValidationScore(double Loss, double Metric, bool HigherIsBetter = true);
