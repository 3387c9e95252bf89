using FeatureMap.Analysis;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>What is said of images as a whole, on a page: several labels, or numbers.</summary>
public static class AnswerSections
{
    private const int MostLines = 5, MostPlots = 6, MostPoints = 2000;

    /// <summary>Adds several labels: a table and the curves of the hardest.</summary>
    /// <param name="page">The page.</param>
    /// <param name="labels">What was judged.</param>
    public static Page Judged(this Page page, MultiLabelJudgement labels)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(labels);
        return page.Section("Label by label", Reading(labels), Parts(labels));
    }

    /// <summary>Adds numbers: a table, and for each number its answers over the truth.</summary>
    /// <param name="page">The page.</param>
    /// <param name="numbers">What was judged.</param>
    public static Page Judged(this Page page, QuantityJudgement numbers)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(numbers);
        return page.Section("Number by number", Reading(numbers), Parts(numbers));
    }

    internal static string Reading(MultiLabelJudgement labels)
    {
        var hardest = labels.PerLabel.Where(one => one.Support > 0).MinBy(one => one.F1);
        return "Each label is a question of its own: precision is the share of the images said to have it that have, recall the share of "
            + "its images that are found, F1 the harmonic mean of both, AP the mean precision over all thresholds. On average over the "
            + $"labels F1 is {Number(labels.MacroF1)} and AP {Number(labels.MeanAveragePrecision)}"
            + (hardest is null ? "." : $"; the hardest is {hardest.Name} with an F1 of {Number(hardest.F1)}.");
    }

    internal static IReadOnlyList<PagePart> Parts(MultiLabelJudgement labels)
    {
        var curved = labels.PerLabel.Where(one => one.Curve is { Positives: > 0, Negatives: > 0 }).OrderBy(one =>
            one.Curve.AveragePrecision)
            .Take(MostLines).ToArray();
        List<PagePart> parts =
        [
            new TablePart(new ReportTable(["Label", "Images", "Said", "Right", "Precision", "Recall", "F1", "AP", "From", "Best from"],
                [.. labels.PerLabel.Select(one => (string[])[one.Name, ReportText.Count(one.Support), ReportText.Count(one.Answers),
                    ReportText.Count(one.Right), Number(one.Precision), Number(one.Recall), Number(one.F1),
                        Number(one.Curve.AveragePrecision),
                    Number(one.Threshold), one.Support == 0 ? "–" : Number(one.Curve.BestF1.Threshold)])]),
                $"A label is said from the probability under 'From' on; from 'Best from' on its F1 on these images would be highest. "
                + $"{ReportText.Count(labels.ExactMatches)} of {ReportText.Count(labels.Images)} images have every label right.", [], null),
        ];
        if (curved.Length > 0)
            parts.Add(new LinePlot
            {
                Title = "Precision over recall",
                Caption = curved.Length == labels.PerLabel.Count ? "Each label by itself." : $"The {curved.Length} hardest labels.",
                Lines = [.. curved.Select(one => new PlotLine(one.Name, one.Curve.PrecisionOverRecall()))],
                Across = "recall",
                Range = (0, 1),
                ShowsLastValues = false,
                Reading = "From left to right the threshold falls: more images with the label are found, and more without it too. A line "
                    + "that stays at the top is perfect; guessing gives the share of the label.",
            });
        return parts;
    }

    internal static string Reading(QuantityJudgement numbers) => "MAE is the mean distance between answer and truth, RMSE weighs large "
        + "distances more; both are in the unit of the number. R² is the share of what differs between images that is explained: 1 is "
            + "all of "
        + "it, 0 no better than always answering the mean, whose RMSE is the deviation."
        + (numbers.PerNumber.Where(one => double.IsFinite(one.Explained)).MinBy(one => one.Explained) is { } hardest
            ? $" The hardest is {hardest.Name} with an R² of {Number(hardest.Explained)}." : "");

    internal static IReadOnlyList<PagePart> Parts(QuantityJudgement numbers)
    {
        List<PagePart> parts =
        [
            new TablePart(new ReportTable(["Number", "MAE", "RMSE", "R²", "Mean", "Deviation", "Bias"],
                [.. numbers.PerNumber.Select(one => (string[])[one.Name, Plain(one.MeanAbsoluteError), Plain(one.RootMeanSquaredError),
                    Number(one.Explained), Plain(one.Mean), Plain(one.Deviation), Plain(one.Bias)])]),
                "Bias is the mean of answer - truth: below 0 the answers are too small on average.", [], null),
        ];
        var count = numbers.PerNumber.Count;
        foreach (var (number, one) in numbers.PerNumber.Take(MostPlots).Index())
        {
            var step = Math.Max(1, (numbers.Images + MostPoints - 1) / MostPoints);
            NumberAnswer[] own = [.. Enumerable.Range(0, numbers.Images).Where(image => image % step == 0).Select(image =>
                numbers.Answers[(image * count) + number])];
            parts.Add(new ScatterPlot
            {
                Title = one.Name,
                Caption = "The answer (upwards) over the truth (to the right), a point for each image"
                    + (step == 1 ? "." : $"; every {step}th image is drawn."),
                Groups = [new PlotPoints(one.Name, [.. own.Select(answer => (answer.Truth, answer.Answer))])],
                HasEqualAxes = false,
                Reading = "The nearer to a straight line from lower left to upper right, the better. A flat cloud means that the answers "
                    + "stay near the mean.",
            });
        }
        return parts;
    }

    private static string Plain(double value) => double.IsNaN(value) ? "–" : $"{value:G4}";

    private static string Number(double value) => ReportText.Number(value, "0.000");
}
