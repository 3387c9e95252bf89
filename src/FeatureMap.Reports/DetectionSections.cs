using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Reports;

/// <summary>A judged detector on a page: its classes, what it takes for what, and pictures.</summary>
public static class DetectionSections
{
    private const int MostPictures = 8, LongestSide = 360;

    /// <summary>Adds the sections.</summary>
    /// <param name="page">The page.</param>
    /// <param name="judgement">What was judged.</param>
    /// <param name="pictures">Pictures with what is there and what was found.</param>
    public static Page Detected(this Page page, DetectionJudgement judgement, IReadOnlyList<PagePicture> pictures)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(judgement);
        page.Section("Class by class", Reading(judgement));
        foreach (var part in Parts(judgement, pictures))
            page.Add(part);
        return page;
    }

    /// <summary>An image with its true boxes in the first colour, and what was found in the second, with class and score in per
    /// cent.</summary>
    /// <param name="image">The image.</param>
    /// <param name="caption">What it is called.</param>
    /// <param name="truth">What is there, in pixels of the image.</param>
    /// <param name="found">What was found.</param>
    /// <param name="leastScore">Boxes with a lower score are not shown.</param>
    /// <param name="classNames">The names of the classes.</param>
    public static PagePicture Picture(ReportImage image, string caption, IEnumerable<Box> truth, IEnumerable<DetectedBox> found,
        double leastScore, IReadOnlyList<string> classNames) => new(image, caption)
        {
            Boxes = [.. truth.Select(box => Frame(box, "", 0)), .. found.Where(box => box.Score >= leastScore)
                .Select(box => Frame(box.Box, $"{classNames[box.Class]} {box.Score * 100:0}", 1))],
        };

    internal static string Reading(DetectionJudgement judgement) => "A box is right where it has at least half of its union with a thing "
        + "of its "
        + "class in common, and no surer box has taken that. AP50 is the area under precision over recall; AP is COCO's mean over ten "
            + "least "
        + $"overlaps from 0.5 to 0.95. mAP50 is {Share(judgement.Precision.Mean)}, mAP {Share(judgement.Coco.Precision)}. F1 is highest "
            + $"where "
        + $"boxes from a score of {judgement.BestScore:0.00} on are shown.";

    internal static IReadOnlyList<PagePart> Parts(DetectionJudgement judgement, IReadOnlyList<PagePicture> pictures)
    {
        var classes = new ReportTable(["Class", "Things", "AP50", "AP"],
            [.. judgement.ClassNames.Select((name, label) => (IReadOnlyList<string>)[name, ReportText.Count(judgement.ThingsOf(label)),
                Share(judgement.Precision.PerClass[label]), Share(judgement.Coco.PerClass[label])])]);
        string[] names = [.. judgement.ClassNames, "nothing"];
        var counts = judgement.Confusion(judgement.BestScore);
        var confusion = new ReportTable(["", .. names], [.. names.Select((name, row) =>
            (IReadOnlyList<string>)[name, .. names.Select((_, column) => ReportText.Count(counts[row, column]))])]);
        List<PagePart> parts =
        [
            new TablePart(classes, "A class without things is in no mean.", [], null),
            new TablePart(confusion, "What is there (rows) and what it is taken for (columns), boxes from that score on.", [], null),
        ];
        if (pictures.Count > 0)
            parts.Add(new PictureGrid
            {
                Pictures = pictures,
                Side = LongestSide,
                Caption = "What is there in the first colour, what was found in the second, with its score in per cent.",
            });
        return parts;
    }

    internal static IReadOnlyList<PagePicture> Pictures(Detector detector, ImageSet set, double leastScore, int threads)
    {
        var some = set.Take(MostPictures);
        var found = detector.DetectMany(some, threads: threads);
        return [.. Enumerable.Range(0, some.Count).Select(image => Picture(new ReportImage(some.Pixels(image).ToArray(), some.ImageShape),
            some.NameOf(image), Detector.TruthOf(some, image).Select(thing => thing.Box), found[image], leastScore, detector.ClassNames))];
    }

    private static PictureBox Frame(Box box, string label, int series) => new(box.X, box.Y, box.Width, box.Height, label, series);

    private static string Share(double value) => double.IsNaN(value) || value < 0 ? "-" : ReportText.Percent(value);
}
