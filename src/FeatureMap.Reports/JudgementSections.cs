using FeatureMap.Analysis;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>A judged classifier on a page: its classes, what threshold and sureness are worth, and its confusions.</summary>
public static class JudgementSections
{
    // More lines than these cannot be told apart; the worst ones are what a reader looks for.
    private const int MostLines = 5, MostPoints = 200;

    /// <summary>Adds the sections.</summary>
    /// <param name="page">The page.</param>
    /// <param name="judgement">What was judged.</param>
    public static Page Judged(this Page page, Judgement judgement)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(judgement);
        page.Section("Class by class", Reading(judgement), Parts(judgement));
        var counts = judgement.Confusion();
        return page.Section("Confusion matrix", ConfusionSection.Reading(counts))
            .Add(new ConfusionPart(new ReportData { Title = page.Title, ClassNames = judgement.ClassNames, Confusion = counts }));
    }

    internal static string Reading(Judgement judgement)
    {
        var hardest = judgement.PerClass.Where(one => one.Support > 0).MinBy(one => one.F1)!;
        return "Precision is the share of the answers of a class that are right, recall the share of its images that are found, F1 the "
            + $"harmonic mean of both. On average over the classes F1 is {Number(judgement.MacroF1)}; the hardest is {hardest.Name} with "
            + $"{Number(hardest.F1)}.";
    }

    internal static IReadOnlyList<PagePart> Parts(Judgement judgement)
    {
        var curves = Enumerable.Range(0, judgement.ClassNames.Count).Where(label => judgement.Curve(label) is
        {
            Positives: > 0,
            Negatives: > 0
        })
            .OrderBy(label => judgement.Curve(label).AveragePrecision).ThenBy(label => label).ToArray();
        var parts = new List<PagePart> { Classes(judgement) };
        if (curves.Length > 0)
        {
            parts.Add(Precision(judgement, curves));
            parts.Add(Roc(judgement, curves));
        }
        parts.Add(Reliability(judgement.Calibration));
        return parts;
    }

    /// <summary>Adds the classes of label maps, over the whole set.</summary>
    /// <param name="page">The page.</param>
    /// <param name="maps">What was judged.</param>
    public static Page Judged(this Page page, SegmentationJudgement maps)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(maps);
        return page.Section("Class by class", Reading(maps)).Add(Classes(maps));
    }

    internal static string Reading(SegmentationJudgement maps)
    {
        var hardest = maps.PerClass.Where(one => one.Occurs).MinBy(one => one.IntersectionOverUnion);
        return "Over the whole set, the pixels of all images counted together: mIoU "
            + $"{ReportText.Percent(maps.MeanIntersectionOverUnion)}, Dice {ReportText.Percent(maps.MeanDice)}, "
            + $"{ReportText.Percent(maps.PixelAccuracy)} of {ReportText.Count(maps.CountedPixels)} pixels right."
            + (hardest is null ? "" : $" The hardest class is {hardest.Name} with an IoU of "
            + $"{ReportText.Percent(hardest.IntersectionOverUnion)}.")
            + " The measure in the curves is a mean over images, in which an image with little of a class weighs as much as one full of "
            + "it.";
    }

    internal static TablePart Classes(SegmentationJudgement maps) => new(
        new ReportTable(["Class", "Pixels", "IoU", "Dice", "F of the edges"],
        [
            .. maps.PerClass.Select(one => (IReadOnlyList<string>)
                [one.Name, ReportText.Count(one.Pixels), Number(one.IntersectionOverUnion), Number(one.Dice), Number(one.BoundaryF)]),
            ["mean of the classes", ReportText.Count(maps.CountedPixels), Number(maps.MeanIntersectionOverUnion), Number(maps.MeanDice),
                Number(maps.MeanBoundaryF)],
        ]),
        "IoU: of the pixels that have the class in the answer or the target, the share that have it in both. Edges meet within "
            + $"{ReportText.Percent(SegmentationJudgement.BoundaryTolerance)} of the diagonal. A class in neither is in no mean.",
        [maps.PerClass.Count], null);

    private static TablePart Classes(Judgement judgement)
    {
        var rows = judgement.PerClass.Select((one, label) => (IReadOnlyList<string>)
        [
            one.Name, ReportText.Count(one.Support), ReportText.Count(one.Right), Number(one.Precision), Number(one.Recall), Number(one.F1),
            Number(judgement.Curve(label).RocArea), Number(judgement.Curve(label).AveragePrecision),
        ]).ToList();
        rows.Add(["mean of the classes", .. Counts(judgement), .. Means(judgement.Macro), Number(judgement.RocArea),
            Number(judgement.PrecisionArea)]);
        rows.Add(["weighted by images", .. Counts(judgement), .. Means(judgement.Weighted), "–", "–"]);
        var never = judgement.PerClass.Where(one => one.IsNeverAnswered).Select(one => one.Name).ToArray();
        var missing = judgement.PerClass.Count(one => one.Support == 0);
        return new(
            new ReportTable(["Class", "Images", "Right", "Precision", "Recall", "F1", "ROC area", "PR area"], rows),
            "The areas are of each class against all others: ROC of hits over false alarms, PR of precision over recall."
                + (never.Length == 0 ? "" : $" Never answered, so that their precision counts as 0: {string.Join(", ", never)}.")
                + (missing == 0 ? "" : $" Classes without images are in no mean: {ReportText.Count(missing)}."),
            [rows.Count - 2, rows.Count - 1], null);
    }

    private static string[] Counts(Judgement judgement) =>
        [ReportText.Count(judgement.Images), ReportText.Count(judgement.Images - judgement.Mistakes.Count)];

    private static string[] Means(ClassMeans means) => [Number(means.Precision), Number(means.Recall), Number(means.F1)];

    private static LinePlot Precision(Judgement judgement, int[] labels)
    {
        var worst = judgement.Curve(labels[0]);
        var best = worst.BestF1;
        return new LinePlot
        {
            Title = "Precision over recall",
            Caption = Shown(labels),
            Lines = [.. labels.Take(MostLines).Select(label => new PlotLine(judgement.ClassNames[label],
                Thinned(judgement.Curve(label).PrecisionOverRecall())))],
            Across = "recall",
            Range = (0, 1),
            ShowsLastValues = false,
            Reading = "From left to right the threshold falls: more images of the class are found, and more others with them. A line "
                + "that stays at the top until the right edge is perfect; guessing gives the share of the class. For "
                + $"{judgement.ClassNames[labels[0]]} the best balance is at a probability of {Number(best.Threshold)}, where F1 is "
                + $"{Number(best.F1)}.",
        };
    }

    private static LinePlot Roc(Judgement judgement, int[] labels) => new()
    {
        Title = "Hits over false alarms (ROC)",
        Caption = Shown(labels),
        Lines = [.. labels.Take(MostLines).Select(label => new PlotLine(judgement.ClassNames[label],
            Thinned(judgement.Curve(label).Roc())))],
        Across = "false alarms: share of the other images",
        Range = (0, 1),
        ShowsLastValues = false,
        Reading = "The area under a line is the probability that an image of the class scores higher than another: one half is guessing, "
            + $"1 is perfect. Here it is {Number(judgement.RocArea)} on average. Where a class is rare, look at precision: many false "
            + "alarms are a small share of many images.",
    };

    private static LinePlot Reliability(Calibration calibration)
    {
        var gap = calibration.Confidence - calibration.Accuracy;
        var surest = calibration.Bins[^1];
        var words = Math.Abs(gap) < 0.005 ? "On average the model is as sure as it is right"
            : $"On average the model is {(gap > 0 ? "surer than right" : "less sure than right")}";
        return new LinePlot
        {
            Title = "Reliability",
            Caption = $"Right answers over the probability of the answer, in {calibration.Bins.Count} bins.",
            Lines =
            [
                new PlotLine("answers", [.. calibration.Bins.Where(bin => bin.Images > 0).Select(bin => (bin.Confidence, bin.Accuracy))]),
                new PlotLine("as sure as right", [(0, 0), (1, 1)]),
            ],
            Across = "probability of the answer",
            Range = (0, 1),
            ShowsLastValues = false,
            Reading = "A point on the diagonal: of what the model is 80 % sure of, 80 % is right. Below it the model promises too much. "
                + $"{words}: {ReportText.Percent(calibration.Confidence, "0.0")} sure, {ReportText.Percent(calibration.Accuracy, "0.0")} "
                + $"right; the expected calibration error is {ReportText.Percent(calibration.ExpectedError, "0.0")}. "
                + $"{ReportText.Count(surest.Images)} of {ReportText.Count(calibration.Bins.Sum(bin => bin.Images))} answers are in the "
                + "surest bin; points of few answers say little.",
        };
    }

    private static string Shown(int[] labels) => labels.Length <= MostLines ? "Each class against all others."
        : $"Each class against all others; of {labels.Length} classes the {MostLines} with the smallest area under precision over recall.";

    // Of very many points those that lie apart are enough; the first and the last stay.
    private static IReadOnlyList<(double X, double Y)> Thinned(IReadOnlyList<(double X, double Y)> points)
    {
        const double apart = 1.0 / MostPoints;
        var kept = new List<(double X, double Y)>();
        foreach (var (index, point) in points.Index())
            if (index == 0 || index == points.Count - 1 || Math.Abs(point.X - kept[^1].X) + Math.Abs(point.Y - kept[^1].Y) >= apart)
                kept.Add(point);
        return kept;
    }

    private static string Number(double value) => ReportText.Number(value, "0.000");
}

/// <summary>The confusion matrix as a part of a page.</summary>
internal sealed record ConfusionPart(ReportData Data) : PagePart
{
    internal override void Render(HtmlBuilder html, string id) => ConfusionSection.Render(html, Data, Data.Confusion!);
}
