using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>How well one of several labels of an image is told.</summary>
/// <param name="Name">The label.</param>
/// <param name="Threshold">From this probability on it is taken to be there.</param>
/// <param name="Support">Images that have it.</param>
/// <param name="Answers">Images that are taken to have it.</param>
/// <param name="Right">Images that have it and are taken to.</param>
/// <param name="Curve">What other thresholds would give.</param>
public sealed record LabelJudgement(string Name, double Threshold, int Support, int Answers, int Right, RankingCurve Curve)
{
    /// <summary>Part of what is taken to have it that has; 0 where nothing is.</summary>
    public double Precision => Answers == 0 ? 0 : (double)Right / Answers;

    /// <summary>Part of its images that are taken to have it; not a number where none has.</summary>
    public double Recall => Support == 0 ? double.NaN : (double)Right / Support;

    /// <summary>2 right / (answers + support); not a number where no image has it.</summary>
    public double F1 => Support == 0 ? double.NaN : 2.0 * Right / (Answers + Support);
}

/// <summary>
/// A model that tells for each of several labels whether an image has it: each label is a question of its own, with a threshold of its own.
/// Choose the thresholds on validation images, by <see cref="BestThresholds"/>, and judge other images with them. A label that no image has
/// is in no mean.
/// </summary>
/// <example><code>
/// var thresholds = MultiLabelJudgement.Of(model, data.Validation).BestThresholds();
/// Console.WriteLine(MultiLabelJudgement.Of(model, test, thresholds));
/// </code></example>
public sealed class MultiLabelJudgement
{
    /// <summary>The threshold where none was chosen.</summary>
    public const double UsualThreshold = 0.5;

    private readonly IReadOnlyList<IReadOnlyList<double>> probabilities;
    private readonly IReadOnlyList<IReadOnlyList<bool>> truths;

    private MultiLabelJudgement(IReadOnlyList<LabelJudgement> perLabel, IReadOnlyList<IReadOnlyList<double>> probabilities,
        IReadOnlyList<IReadOnlyList<bool>> truths)
    {
        (PerLabel, this.probabilities, this.truths) = (perLabel, probabilities, truths);
        ExactMatches = Enumerable.Range(0, Images).Count(image => Enumerable.Range(0, perLabel.Count).All(label =>
            IsSaid(image, label) == truths[image][label]));
    }

    /// <summary>Each label.</summary>
    public IReadOnlyList<LabelJudgement> PerLabel { get; }

    /// <summary>How many images were judged.</summary>
    public int Images => truths.Count;

    /// <summary>What the model gives for a label of an image, 0 to 1.</summary>
    public double Probability(int image, int label) => probabilities[image][label];

    /// <summary>Whether an image has a label.</summary>
    public bool IsThere(int image, int label) => truths[image][label];

    /// <summary>Whether an image is taken to have a label: its probability is at least the threshold.</summary>
    public bool IsSaid(int image, int label) => probabilities[image][label] >= PerLabel[label].Threshold;

    /// <summary>The wrong answers as numbers of image and label, those furthest beyond their threshold first.</summary>
    public IReadOnlyList<(int Image, int Label)> Mistakes => field ??=
        [.. from image in Enumerable.Range(0, Images)
            from label in Enumerable.Range(0, PerLabel.Count)
            where IsSaid(image, label) != truths[image][label]
            orderby Math.Abs(probabilities[image][label] - PerLabel[label].Threshold) descending, image, label
            select (image, label)];

    /// <summary>
    /// Images of which every label is right. It falls with the number of labels, whatever the model is worth: no headline.
    /// </summary>
    public int ExactMatches { get; }

    /// <summary>Mean F1 over the labels that any image has: the headline.</summary>
    public double MacroF1 => Mean(one => one.F1);

    /// <summary>F1 of all questions together, in which frequent labels count more.</summary>
    public double MicroF1 => 2.0 * PerLabel.Sum(one => one.Right) / PerLabel.Sum(one => one.Answers + one.Support) is var value
        && double.IsFinite(value) ? value : double.NaN;

    /// <summary>Mean area under precision over recall over the labels that any image has (mAP); no threshold has a part in it.</summary>
    public double MeanAveragePrecision => Mean(one => one.Curve.AveragePrecision);

    /// <summary>Mean area under the ROC curves, over the labels that some images have and others not.</summary>
    public double MeanRocArea => Mean(one => one.Curve.RocArea);

    /// <summary>
    /// For each label the threshold with the highest F1 on these images; <see cref="UsualThreshold"/> for one that none of them has.
    /// </summary>
    public IReadOnlyList<double> BestThresholds() =>
        [.. PerLabel.Select(one => one.Support == 0 ? UsualThreshold : one.Curve.BestF1.Threshold)];

    /// <summary>Judges probabilities.</summary>
    /// <param name="probabilities">Of each image, that of each label.</param>
    /// <param name="truths">Of each image, whether it has each label.</param>
    /// <param name="labelNames">The names of the labels.</param>
    /// <param name="thresholds">For each label the probability from which on it is taken to be there; one half where null.</param>
    /// <exception cref="DataException">Lengths differ, there are no images, or a number is no probability.</exception>
    public static MultiLabelJudgement Of(IReadOnlyList<IReadOnlyList<double>> probabilities, IReadOnlyList<IReadOnlyList<bool>> truths,
        IReadOnlyList<string> labelNames, IReadOnlyList<double>? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(truths);
        ArgumentNullException.ThrowIfNull(labelNames);
        var labels = labelNames.Count;
        ProbabilityTable.Check(probabilities, new int[truths.Count], labels);
        var image = Enumerable.Range(0, truths.Count).FirstOrDefault(image => truths[image].Count != labels, -1);
        if (image >= 0) throw new DataException($"Image {image} says of {truths[image].Count:N0} labels whether it has them: there are "
            + $"{labels:N0}.");
        if (thresholds is not null && thresholds.Count != labels)
            throw new DataException($"Each label has a threshold of its own: received {thresholds.Count:N0} for {labels:N0} labels.");
        thresholds ??= [.. Enumerable.Repeat(UsualThreshold, labels)];
        bool IsSaid(int image, int label) => probabilities[image][label] >= thresholds[label];
        int[] images = [.. Enumerable.Range(0, truths.Count)];
        return new(
            [.. labelNames.Select((name, label) => new LabelJudgement(
                name, thresholds[label], images.Count(image => truths[image][label]), images.Count(image => IsSaid(image, label)),
                images.Count(image => truths[image][label] && IsSaid(image, label)),
                RankingCurve.Of([.. probabilities.Select(own => own[label])], [.. truths.Select(own => own[label])])))],
            probabilities, truths);
    }

    /// <summary>Judges a model.</summary>
    /// <param name="model">A network that gives one number for each label: a probability where it ends in a sigmoid, else a score.</param>
    /// <param name="set">Images whose targets are a number for each label, 1 where the image has it and 0 where not.</param>
    /// <param name="thresholds">For each label the probability from which on it is taken to be there; one half where null.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor. The result does not depend on it.</param>
    /// <exception cref="UsageException">The targets are no such numbers, or the network ends in a softmax.</exception>
    /// <exception cref="ShapeException">The network does not fit images or targets.</exception>
    public static MultiLabelJudgement Of(Model model, ImageSet set, IReadOnlyList<double>? thresholds = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.Numbers or TargetKind.Labels } targets)
            throw new UsageException($"Several labels are judged on targets of 0 and 1, and {set.Name} has "
                + $"{(set.Targets is { } other ? $"{other}" : "one class for each image")}.");
        if (model.Network.Output != targets.Shape)
            throw new ShapeException($"The network gives {model.Network.Output}, and the targets are {targets.Shape}: one number for each "
                + "label.");
        if (model.Network.OutputValues == OutputValues.Probabilities)
            throw new UsageException("The network ends in a softmax, whose classes exclude each other. Several labels need a sigmoid, or "
                + "scores.");
        var isOdds = model.Network.OutputValues == OutputValues.Scores;
        var count = targets.Shape.Count;
        var names = model.ClassNames.Count == count ? model.ClassNames : targets.ClassNames.Count == count ? targets.ClassNames : [.. Enumerable.Range(0, count).Select(label => $"{label}")];
        var given = new KeptOutputs([.. model.ComputeMany(set, threads)], isOdds, model.Network.OutputValues, set).Probabilities();
        return Of(given, [.. Enumerable.Range(0, set.Count).Select(image => Truth(targets, set, image))], names, thresholds);
    }

    /// <summary>A table of the labels, and the means.</summary>
    public override string ToString()
    {
        var width = Math.Max(5, PerLabel.Max(one => one.Name.Length));
        var lines = PerLabel.Select(one => $"{one.Name.PadRight(width)}  {Number(one.Precision)}  {Number(one.Recall)}  {Number(one.F1)}  "
            + $"{Number(one.Curve.AveragePrecision)}  {Number(one.Threshold)}  {one.Support,6:N0}");
        return string.Join('\n', [$"{"label".PadRight(width)}   prec.  recall      f1      ap    from  images", .. lines,
            $"macro F1 {MacroF1:0.000}, micro F1 {MicroF1:0.000}, mAP {MeanAveragePrecision:0.000}"]);

        static string Number(double value) => double.IsNaN(value) ? "     -" : $"{value,6:0.000}";
    }

    private static bool[] Truth(TargetSet targets, ImageSet set, int image)
    {
        var values = targets.Values(set.TargetOf(image));
        var truth = new bool[values.Length];
        for (var label = 0; label < truth.Length; label++)
            truth[label] = values[label] is 0 or 1 ? values[label] == 1
                : throw new UsageException($"Several labels are judged on targets of 0 and 1: {set.NameOf(image)} has {values[label]} for "
                    + $"label {label}.");
        return truth;
    }

    private double Mean(Func<LabelJudgement, double> value) =>
        PerLabel.Where(one => one.Support > 0).Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
