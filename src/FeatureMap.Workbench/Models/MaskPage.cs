using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>A judged network of masks as a page: the classes, and the worst images with what was found in them.</summary>
internal static class MaskPage
{
    private const int MostImages = 6, Side = 300;

    public static Page Of(Evaluation evaluation, SegmentationJudgement maps)
    {
        var (split, set) = (evaluation.Data, evaluation.Data.Validation);
        var page = new Page(evaluation.Name, "Evaluation", $"{ReportText.Count(maps.Images, "whole image")} held out, "
            + $"{ReportText.Count(maps.CountedPixels)} pixels.")
        {
            Headline = (ReportText.Percent(maps.PixelError), "of the pixels have a wrong class"),
        };
        page.Section("What was judged").Facts(
            new ReportFact("Model", evaluation.Location),
            new("Data", $"{split.Name}, {DataAccess.Origin(split)}"),
            new("Loss", ReportText.Number(evaluation.Result.Loss))).Judged(maps);
        int[] worst = [.. Enumerable.Range(0, maps.Images).Where(image => maps.PerImage[image].CountedPixels > 0)
            .OrderByDescending(image => maps.PerImage[image].PixelError).Take(MostImages)];
        var colours = string.Join(", ", maps.PerClass.Take(12).Select((one, label) => $"{one.Name} {Hex(label)}"));
        return page.Section("Worst images", $"Those with the most wrong pixels: the image, its mask, what was found, and in red the "
            + $"pixels where "
                + $"the two differ. The colours are those of the mask files: {colours}{(maps.PerClass.Count > 12 ? ", ..." : "")}.")
            .Add(new PictureGrid
            {
                Pictures = [.. worst.SelectMany(image => Pictures(evaluation.Model, set, image, maps.PerImage[image]))],
                Columns = 4,
                Side = Side
            });
    }

    private static IEnumerable<PagePicture> Pictures(Model model, ImageSet set, int image, SegmentedImage judged)
    {
        var (shape, truth) = (set.ImageShape, set.Targets!.Bytes(set.TargetOf(image)).ToArray());
        var found = model.Segment(set.Pixels(image), shape);
        var ignored = set.Targets.IgnoreValue;
        yield return new(new ReportImage(set.Pixels(image).ToArray(), shape), $"{judged.Name}: {ReportText.Percent(judged.PixelError)} "
            + $"wrong");
        yield return new(Painted(shape, pixel => truth[pixel] == ignored ? ((byte)128, (byte)128, (byte)128)
            : LabelColours.Of(truth[pixel])), "Its mask");
        yield return new(Painted(shape, pixel => LabelColours.Of(found.Labels[pixel])), "Found");
        var gray = set.Pixels(image)[..shape.Area].ToArray();
        yield return new(Painted(shape, pixel => truth[pixel] != ignored && truth[pixel] != found.Labels[pixel] ? ((byte)235, (byte)40,
            (byte)40)
            : (gray[pixel], gray[pixel], gray[pixel])), "Wrong");
    }

    private static ReportImage Painted(Shape shape, Func<int, (byte Red, byte Green, byte Blue)> colour)
    {
        var pixels = new byte[3 * shape.Area];
        for (var pixel = 0; pixel < shape.Area; pixel++)
            (pixels[pixel], pixels[shape.Area + pixel], pixels[(2 * shape.Area) + pixel]) = colour(pixel);
        return new(pixels, new Shape(3, shape.Height, shape.Width));
    }

    private static string Hex(int label) => LabelColours.Of(label) is var (red, green, blue) ? $"#{red:x2}{green:x2}{blue:x2}" : "";
}
