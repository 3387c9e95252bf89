using FeatureMap.Data;
using FeatureMap.Reports;

namespace FeatureMap.Zoo;

/// <summary>The held-out images with what was found in them.</summary>
/// <param name="page">Where to.</param>
/// <param name="set">Images with masks of two classes; the first is what is looked for.</param>
/// <param name="scores">For each image a number per pixel: above 0 for the second class.</param>
internal sealed class SegmentationPictures(Page page, ImageSet set, IReadOnlyList<float[]> scores)
{
    private const int Side = 300, MostImages = 8;

    public void Write()
    {
        var pictures = new List<PagePicture>();
        for (var i = 0; i < Math.Min(set.Count, MostImages); i++)
        {
            var area = set.ImageShape.Area;
            var gray = set.Pixels(i)[..area].ToArray();
            var labels = set.Targets!.Bytes(set.TargetOf(i)).ToArray();
            pictures.Add(new(Gray(gray), set.FileOf(i) ?? $"Image {i + 1}"));
            pictures.Add(new(Gray([.. labels.Select(label => label switch { 0 => (byte)0, 1 => (byte)255, _ => (byte)128 })]), "True mask"));
            pictures.Add(new(Gray([.. scores[i].Select(Probability)]), "Probability of a cell"));
            pictures.Add(new(Overlay(gray, labels, scores[i]), "Green found, red missed, blue invented"));
        }
        page.Section("Pictures", "The last column lays the membranes over the image: green where they were found, red where they were missed, blue where there is none. Look whether gaps in a membrane join two cells: to a biologist these matter most, and the pixel error hardly notices them.")
            .Add(new PictureGrid { Pictures = pictures, Columns = 4, Side = Side });
    }

    private ReportImage Gray(byte[] pixels) => new(pixels, new Shape(1, set.ImageShape.Height, set.ImageShape.Width));

    private static byte Probability(float score) => (byte)Math.Round(255 / (1 + Math.Exp(-score)));

    private ReportImage Overlay(byte[] gray, byte[] labels, float[] values)
    {
        var area = gray.Length;
        var colours = new byte[3 * area];
        for (var i = 0; i < area; i++)
        {
            var (isThere, isFound) = (labels[i] == 0, !(values[i] > 0));
            (int Red, int Green, int Blue)? tint = (isThere, isFound) switch
            {
                _ when labels[i] > 1 => null, // counts for nothing
                (true, true) => (0, 190, 90),
                (true, false) => (235, 40, 40),
                (false, true) => (40, 110, 255),
                _ => null,
            };
            colours[i] = Mixed(gray[i], tint?.Red);
            colours[area + i] = Mixed(gray[i], tint?.Green);
            colours[(2 * area) + i] = Mixed(gray[i], tint?.Blue);
        }
        return new ReportImage(colours, new Shape(3, set.ImageShape.Height, set.ImageShape.Width));
    }

    private static byte Mixed(byte gray, int? tint) => tint is { } colour ? (byte)((gray + (2 * colour)) / 3) : gray;
}
