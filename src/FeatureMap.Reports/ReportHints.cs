using System.Text.RegularExpressions;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>What a reader can do next, from what the numbers of the run say; each with the words to add to its command, or a
/// command.</summary>
internal static partial class ReportHints
{
    // Below these differences curves are flat, and classes alike.
    private const double Flat = 0.01, FarBehind = 0.1, SureOfItself = 0.05;
    private const int FewImages = 1000;

    /// <summary>A hint.</summary>
    /// <param name="Text">What was seen, and what it suggests.</param>
    /// <param name="Typed">What to type; empty for nothing.</param>
    public sealed record Hint(string Text, string Typed = "");

    public static IReadOnlyList<Hint> Of(ReportData data)
    {
        var hints = new List<Hint>();
        Curves(data, hints);
        if (data.Judgement is { } judgement) Classes(data, judgement, hints);
        Units(data, hints);
        if (data.Run.Length > 0 && data.Notice.Length == 0) Use(data, hints);
        return hints;
    }

    private static void Curves(ReportData data, List<Hint> hints)
    {
        var rows = data.Epochs;
        if (rows.Count < 3) return;
        var last = rows[^1];
        if (rows.Any(row => !double.IsFinite(row.TrainLoss)))
        {
            hints.Add(new("The training loss was not a number for a while: the learning rate is too high. The range test finds a better "
                + "one.", RangeTest(data)));
            return;
        }
        var valid = rows.Where(row => double.IsFinite(row.ValidationLoss)).ToList();
        if (valid.Count < 3) return;
        var lowest = valid.MinBy(row => row.ValidationLoss)!;
        var before = valid[Math.Max(0, valid.Count - 1 - Math.Max(1, valid.Count / 5))];
        if (last.ValidationLoss > 1.1 * lowest.ValidationLoss && last.TrainLoss < lowest.TrainLoss)
            hints.Add(new($"Since epoch {lowest.Epoch} the network learns its training samples by heart: the validation loss has risen by "
                + $"{ReportText.Percent((last.ValidationLoss / lowest.ValidationLoss) - 1, "0")}. "
                + (data.Variants is null ? "Vary the samples, or stop when it rises." : "Vary the samples more, or stop when it rises."),
                data.Variants is null ? $"--set augmentation=\"{new RandomAffine { ShiftPixels = 2, RotationDegrees = 10 }}\""
                    : "--set early-stopping=\"patience 5\""));
        else if (lowest.Epoch == last.Epoch && before.ValidationLoss > (1 + Flat) * last.ValidationLoss)
            hints.Add(new($"The validation loss still fell at the end, by "
                + $"{ReportText.Percent(1 - (last.ValidationLoss / before.ValidationLoss), "0")} since epoch {before.Epoch}: longer "
                + "training may still help.", $"--epochs {2 * last.Epoch}"));
        if (last.Metric.IsAccuracy && double.IsFinite(last.TrainAccuracy) && last.TrainAccuracy < 1 - FarBehind
            && last.TrainAccuracy <= last.ValidationAccuracy + Flat)
            hints.Add(new($"Even of the training samples only {ReportText.Percent(last.TrainAccuracy, "0.0")} are right: the network is "
                + "too small, the rate is wrong, or the samples are varied too much. The range test tells whether it is the rate.",
                RangeTest(data)));
        else if (last.Metric.IsAccuracy && last.TrainAccuracy - last.ValidationAccuracy > SureOfItself)
            hints.Add(new($"Training samples are right by {ReportText.Number((last.TrainAccuracy - last.ValidationAccuracy) * 100, "0.0")} "
                + "points more often than others. More images help most; variants of them, weight decay or, for photographs, pretrained "
                + "weights come next.", data.Kernels?.Channels == 3 ? "--from resnet-18" : ""));
        if (rows.Select(row => row.LearningRate).Where(double.IsFinite).Distinct().Take(2).Count() == 1)
            hints.Add(new("The learning rate was the same all the time. One that falls to the end nearly always ends better.",
                "--set schedule=one-cycle"));
    }

    private static void Classes(ReportData data, Judgement judgement, List<Hint> hints)
    {
        var known = judgement.PerClass.Where(one => one.Support > 0).ToList();
        if (known.Count < 2) return;
        var hardest = known.MinBy(one => one.F1)!;
        if (judgement.MacroF1 - hardest.F1 > FarBehind && data.Confusion is { } counts && Worst(counts) is var (truth, answer, count)
            && count > 1)
            hints.Add(new($"{hardest.Name} is far behind the other classes (F1 {ReportText.Number(hardest.F1, "0.00")} against a mean of "
                + $"{ReportText.Number(judgement.MacroF1, "0.00")}), and {ReportText.Count(count)} images of "
                + $"{ConfusionSection.Name(data, truth)} were taken for {ConfusionSection.Name(data, answer)}: look at these, then add "
                + "images of both."));
        if (known.Max(one => one.Support) > 4 * known.Min(one => one.Support))
            hints.Add(new("Some classes have many more images than others, and the loss counts images. It can count classes alike.",
                "--set class-weights=balanced"));
        if (data.Mistakes.Count(mistake => mistake.Probability > 0.98) is > 2 and var sure)
            hints.Add(new($"Of {ReportText.Count(sure)} mistakes the network was more than 98 % sure. Labels that are wrong look like "
                + "that; this command lists those that other trainings doubt too.", "featuremap data hints DATA"));
        if (judgement.Calibration.Confidence - judgement.Calibration.Accuracy > SureOfItself)
            hints.Add(new("The network is surer than it is right. Where probabilities are to be believed, soften the targets.",
                "--set loss=\"cross-entropy smoothing=0.1\""));
        if (judgement.Images < FewImages)
            hints.Add(new($"There are {ReportText.Count(judgement.Images, "validation image")}: one more or less is "
                + $"{ReportText.Number(100.0 / judgement.Images, "0.00")} points, and by chance alone the accuracy moves by about "
                + $"{ReportText.Number(100 * Math.Sqrt(judgement.Accuracy * (1 - judgement.Accuracy) / judgement.Images), "0.0")}. Compare "
                + "runs of several seeds before you believe a difference.", "--seed 2"));
    }

    private static (int Truth, int Answer, int Count) Worst(int[,] counts)
    {
        var worst = (Truth: 0, Answer: 0, Count: 0);
        for (var row = 0; row < counts.GetLength(0); row++)
            for (var column = 0; column < counts.GetLength(1); column++)
                if (row != column && counts[row, column] > worst.Count)
                    worst = (row, column, counts[row, column]);
        return worst;
    }

    private static void Units(ReportData data, List<Hint> hints)
    {
        if (data.Activations is not { } statistics) return;
        var (dead, all) = (0, 0);
        foreach (var row in statistics.Layers.Where(row => row.Layer.Op is Activation && !row.Layer.Output.IsVector))
            (dead, all) = (dead + row.DeadChannels, all + row.Layer.Output.Channels);
        if (all > 0 && dead > 0.1 * all)
            hints.Add(new($"{ReportText.Count(dead)} of {ReportText.Count(all)} channels behind activations are 0 for every image: they "
                + "cost time and say nothing. A lower rate, batch normalisation or leaky-relu keeps them alive.", RangeTest(data)));
    }

    // The test of the same training, which has steps instead of epochs.
    private static string RangeTest(ReportData data) => data.Command.Length == 0 ? "featuremap lr-find"
        : Epochs().Replace(data.Command.Replace("featuremap train", "featuremap lr-find", StringComparison.Ordinal), "");

    [GeneratedRegex(" --(?:epochs|seed) [^ ]+")]
    private static partial Regex Epochs();

    private static void Use(ReportData data, List<Hint> hints)
    {
        if (data.Judgement is not null || data.Detection is not null)
            hints.Add(new("See what it says of pictures of yours.", $"featuremap predict {data.Run} PICTURE.jpg"));
        if (data.Judgement is not null)
            hints.Add(new("See where it looks, what its layers answer to, and more of its mistakes.", $"featuremap inspect {data.Run}"));
        hints.Add(new("Take it elsewhere: an ONNX file, compared with another runtime.",
            $"featuremap export {data.Run} --onnx model.onnx --verify"));
    }
}
