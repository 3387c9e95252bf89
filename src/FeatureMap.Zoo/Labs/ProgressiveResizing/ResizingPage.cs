using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>What progressive resizing gave: a table, accuracy by work and by time, and the same images small and large.</summary>
internal sealed class ResizingPage(LabRun run, SplitData data, Shape small, IReadOnlyList<ResizingWay> ways, IReadOnlyList<LabTraining> firsts, IReadOnlyList<double> before)
{
    private const int Shown = 8;

    public void Write()
    {
        var (progressive, large) = (ways[0], ways[1]);
        run.Page.Headline = (ReportText.Percent(progressive.Accuracy), $"small, then large, against {ReportText.Percent(large.Accuracy)} with large images only, for {ReportText.Number(100 * progressive.Work / large.Work, "0")} % of the work");
        run.Page.Section("What was done", $"A convolution does not know how large its image is, and neither does a network that ends in the mean over all places: its parameters are the same at {small.Height}x{small.Width} and at {data.ImageShape.Height}x{data.ImageShape.Width}. Small images cost a fraction; so most epochs can go by on them, and the last ones on large images repair what the size changed.")
            .Facts(
                new("Data", $"{data.Name}: {ReportText.Count(data.Training.Count)} images to train on, {ReportText.Count(data.Validation.Count)} to judge by"),
                new("Network", $"four 3x3 layers, {ReportText.Count(firsts[0].Model.Network.TrainableCount)} parameters at either size"),
                new("Work of an image", $"{ReportText.Count(firsts[0].Model.Network.MultiplyAdds)} MACs small, {ReportText.Count(large.Parts[0][0].Model.Network.MultiplyAdds)} large"),
                new("Seeds", $"{firsts.Count}"))
            .Add(new PictureGrid { Title = $"Large, {data.ImageShape.Height}x{data.ImageShape.Width}", Pictures = [.. Pictures(data.ImageShape)], Columns = Shown, Side = 96 })
            .Add(new PictureGrid { Title = $"Small, {small.Height}x{small.Width}: each pixel is the mean of the area that it covers", Pictures = [.. Pictures(small)], Columns = Shown, Side = 96 });
        run.Page.Section("Results", Reading(progressive, large))
            .Table(
                new ReportTable(
                    ["", "Accuracy, %", "Lowest", "Highest", "Work, % of large only", "Seconds"],
                    [.. ways.Select(way => (IReadOnlyList<string>)
                    [
                        way.Name, ReportText.Number(way.Accuracy * 100, "0.00"), ReportText.Number(way.Accuracies.Min() * 100, "0.00"), ReportText.Number(way.Accuracies.Max() * 100, "0.00"), ReportText.Number(100 * way.Work / large.Work, "0"), ReportText.Number(way.Seconds, "0.0"),
                    ])]),
                "Validation accuracy on large images after the last epoch, over the seeds. Work is multiply-adds of training; seconds are those of this machine, validation after every epoch and the scaling of the images included.",
                marked: [ways.Index().MaxBy(pair => pair.Item.Accuracy).Index])
            .Table(
                new ReportTable(
                    ["On the way", "Accuracy, %"],
                    [
                        ["after the small part, on small images", ReportText.Number(firsts.Average(first => first.Accuracy) * 100, "0.00")],
                        ["the same weights on large images at once", ReportText.Number(before.Average() * 100, "0.00")],
                        ["after the large part, on large images", ReportText.Number(progressive.Accuracy * 100, "0.00")],
                    ]),
                "What the change of size does: strokes are twice as wide for the same kernels, and the batch statistics were those of small images. A few epochs repair it.");
        run.Page.Section("Curves", "First seed; each mark is an epoch, judged on images of the size that it was trained on.")
            .Add(Curve("Accuracy by work", "Billions of multiply-adds of training so far; more to the upper left is better.", "billion MACs",
                (training, epoch) => epoch.Epoch * (double)data.Training.Count * training.Model.Network.MultiplyAdds / 1e9))
            .Add(Curve("Accuracy by time", "Seconds so far on this machine, with whatever else it was doing.", "seconds", (_, epoch) => epoch.TotalSeconds));
    }

    private LinePlot Curve(string title, string caption, string across, Func<LabTraining, EpochRecord, double> cost)
    {
        List<PlotLine> lines = [.. ways.Select(way => way.Line(cost))];
        var values = lines.SelectMany(line => line.Points).Select(point => point.Y).Order().ToList();
        return new LinePlot
        {
            Title = title,
            Caption = caption,
            Across = across,
            Lines = lines,
            Range = (values[values.Count / 4], values[^1]),
            Format = share => ReportText.Percent(share),
            TickFormat = share => ReportText.Percent(share, "0.##"),
        };
    }

    private string Reading(ResizingWay progressive, ResizingWay large)
    {
        var distance = (progressive.Accuracy - large.Accuracy) * 100;
        var text = $"Small images first ended {ReportText.Number(Math.Abs(distance), "0.00")} points {(distance < 0 ? "below" : "above")} large images only, with {ReportText.Number(100 * progressive.Work / large.Work, "0")} % of the work and {ReportText.Number(100 * progressive.Seconds / large.Seconds, "0")} % of the time. ";
        if (ways.Count < 3) return text;
        var gain = (progressive.Accuracy - ways[2].Accuracy) * 100;
        return text + $"Against as much work on large images it is {ReportText.Number(Math.Abs(gain), "0.00")} points {(gain < 0 ? "worse" : "better")}. "
            + (firsts.Count < 2 ? "With one seed nothing tells that from chance: train more (--seeds 3)." : Overlap(progressive, ways[2]) ? "The ranges over the seeds overlap, so that is not decided here." : "The ranges over the seeds do not overlap.");
    }

    private static bool Overlap(ResizingWay one, ResizingWay other) => one.Accuracies.Max() >= other.Accuracies.Min() && other.Accuracies.Max() >= one.Accuracies.Min();

    private IEnumerable<PagePicture> Pictures(Shape shape) => Enumerable.Range(0, Math.Min(Shown, data.Validation.Count)).Select(image =>
        new PagePicture(new ReportImage(ImageResize.Resize(data.Validation.Pixels(image), data.ImageShape, shape.Height, shape.Width), shape), data.Validation.ClassNames[data.Validation.Label(image)]));

}
