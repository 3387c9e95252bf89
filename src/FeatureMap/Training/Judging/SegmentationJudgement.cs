using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>How well the pixels of one class are told from the others, over a whole set.</summary>
/// <param name="Name">The class.</param>
/// <param name="Pixels">Pixels of it.</param>
/// <param name="Answers">Pixels that were taken for it.</param>
/// <param name="Right">Pixels of it that were taken for it.</param>
public sealed record SegmentationClass(string Name, long Pixels, long Answers, long Right)
{
    /// <summary>Whether it is in the target or in the answer of any image; where not, it is in no mean.</summary>
    public bool Occurs => Pixels + Answers > 0;

    /// <summary>Intersection over union of all its pixels; not a number where it does not occur.</summary>
    public double IntersectionOverUnion => Occurs ? (double)Right / (Pixels + Answers - Right) : double.NaN;

    /// <summary>The Dice coefficient, 2 right / (pixels + answers); not a number where it does not occur.</summary>
    public double Dice => Occurs ? 2.0 * Right / (Pixels + Answers) : double.NaN;

    /// <summary>
    /// F of the edges: of edge pixels in the answer the share that have one of the target nearby, and the reverse, over the whole set; not
    /// a number where the class has no edge in either.
    /// </summary>
    public double BoundaryF { get; init; } = double.NaN;
}

/// <summary>How well one image was segmented.</summary>
/// <param name="Name">Its file, or its place in the set.</param>
/// <param name="CountedPixels">Pixels that count.</param>
/// <param name="RightPixels">Those with the right class.</param>
/// <param name="MeanIntersectionOverUnion">The mean over the classes that are in this image or its answer; not a number where no pixel
/// counts.</param>
public sealed record SegmentedImage(string Name, long CountedPixels, long RightPixels, double MeanIntersectionOverUnion)
{
    /// <summary>The share of its pixels with a wrong class; not a number where none counts.</summary>
    public double PixelError => CountedPixels == 0 ? double.NaN : 1 - ((double)RightPixels / CountedPixels);
}

/// <summary>
/// Label maps against their targets over a whole set: the pixels of all images are counted together, as the benchmarks do, and no image
/// weighs more because little of a class is in it. (<see cref="Metric.IntersectionOverUnion"/> and <see cref="Metric.Dice"/>, which a
/// training logs, are means over images, and are other numbers.) Pixels that are to be ignored are nowhere; a class in neither targets
/// nor answers is left out.
/// Sources: Everingham et al., IJCV 2010 (IoU over the set); Csurka, Larlus and Perronnin, BMVC 2013 (the boundary measure, with a
/// tolerance of 0.75 % of the diagonal).
/// </summary>
/// <example><code>
/// var judged = SegmentationJudgement.Of(model, data.Validation);
/// Console.WriteLine($"mIoU {judged.MeanIntersectionOverUnion:P1} over the whole set");
/// </code></example>
public sealed class SegmentationJudgement
{
    /// <summary>How far apart edges may be, as a share of the image's diagonal.</summary>
    public const double BoundaryTolerance = 0.0075;

    internal SegmentationJudgement(IReadOnlyList<SegmentationClass> perClass, long[,] confusion, IReadOnlyList<SegmentedImage> perImage)
    {
        (PerClass, Confusion, PerImage) = (perClass, confusion, perImage);
        foreach (var one in perClass)
            (CountedPixels, RightPixels) = (CountedPixels + one.Pixels, RightPixels + one.Right);
    }

    /// <summary>Each class, in the order of the labels.</summary>
    public IReadOnlyList<SegmentationClass> PerClass { get; }

    /// <summary>Pixels by true class (rows) and answer (columns).</summary>
    public long[,] Confusion { get; }

    /// <summary>Each image, in its order.</summary>
    public IReadOnlyList<SegmentedImage> PerImage { get; }

    /// <summary>How many images were judged.</summary>
    public int Images => PerImage.Count;

    /// <summary>Pixels that count.</summary>
    public long CountedPixels { get; }

    /// <summary>Those with the right class.</summary>
    public long RightPixels { get; }

    /// <summary>The share of the pixels with the right class.</summary>
    public double PixelAccuracy => CountedPixels == 0 ? double.NaN : (double)RightPixels / CountedPixels;

    /// <summary>The share with a wrong one.</summary>
    public double PixelError => 1 - PixelAccuracy;

    /// <summary>mIoU, the headline: the mean over the classes that occur.</summary>
    public double MeanIntersectionOverUnion => Mean(one => one.IntersectionOverUnion);

    /// <summary>Mean Dice over the classes that occur.</summary>
    public double MeanDice => Mean(one => one.Dice);

    /// <summary>Mean F of the edges over the classes that have any.</summary>
    public double MeanBoundaryF => Mean(one => one.BoundaryF);

    /// <summary>
    /// Whether a model can be judged on a set: it reads its images, or patches of them, and ends in a map of the same size with one channel
    /// of the second of two classes, or one for each class.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="set">The images.</param>
    public static bool Fits(Model model, ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        return set.Targets is { Kind: TargetKind.LabelMap } targets && set.ImageShape.Channels == model.Network.Input.Channels
            && (targets.StoredShape.Height, targets.StoredShape.Width) == (set.ImageShape.Height, set.ImageShape.Width)
            && model.GivesLabelMapsOf(targets.ClassNames.Count);
    }

    /// <summary>Judges a model. Images that are larger than the network's input are covered by overlapping tiles, see
    /// <see cref="Model.Segment(ReadOnlySpan{byte}, Shape, int)"/>.</summary>
    /// <param name="model">A network that ends in a map: one channel of the second of two classes, or one for each class.</param>
    /// <param name="set">Images with label maps as targets.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor. The result does not depend on it.</param>
    /// <exception cref="UsageException">The images have no label maps.</exception>
    /// <exception cref="ShapeException">The network's input or output does not fit images and maps.</exception>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    public static SegmentationJudgement Of(Model model, ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.LabelMap } targets)
            throw new UsageException($"Segmentation is judged on label maps, and {set.Name} has "
                + $"{(set.Targets is { } other ? $"{other}" : "classes")}.");
        var (output, map, classes) = (model.Network.Output, targets.StoredShape, targets.ClassNames.Count);
        if (set.ImageShape.Channels != model.Network.Input.Channels) model.CheckSet(set);
        if (!Fits(model, set))
            throw new ShapeException($"Label maps of {map.Height}x{map.Width} in {classes} classes need a network that ends in "
                + $"{new Shape(classes == 2 ? 1 : classes, map.Height, map.Width)}, or in patches of that: it gives {output} for "
                + $"{model.Network.Input} (channels x height x width).");
        var counts = new SegmentationCounts(targets.ClassNames, targets.IgnoreValue);
        var answer = new byte[map.Area];
        if (set.ImageShape != model.Network.Input)
        {
            for (var image = 0; image < set.Count; image++)
            {
                model.ReadLabels(set.Pixels(image), set.ImageShape, answer, set.NameOf(image), threads);
                counts.Add(map.Height, map.Width, answer, targets.Bytes(set.TargetOf(image)), set.NameOf(image));
            }
            return counts.Judge();
        }
        const int together = 64;
        for (var start = 0; start < set.Count; start += together)
        {
            int[] images = [.. Enumerable.Range(start, Math.Min(together, set.Count - start))];
            foreach (var (place, numbers) in model.ComputeMany(set.Subset(images), threads).Index())
            {
                model.ReadLabels(numbers, output, map, answer, set.NameOf(start + place));
                counts.Add(map.Height, map.Width, answer, targets.Bytes(set.TargetOf(start + place)), set.NameOf(start + place));
            }
        }
        return counts.Judge();
    }

    /// <summary>A table of the classes, and the means.</summary>
    public override string ToString()
    {
        var width = Math.Max(5, PerClass.Max(one => one.Name.Length));
        var lines = PerClass.Select(one => $"{one.Name.PadRight(width)}  {Number(one.IntersectionOverUnion)}  {Number(one.Dice)}  "
            + $"{Number(one.BoundaryF)}  {one.Pixels,12:N0}");
        return string.Join('\n', [$"{"class".PadRight(width)}     IoU    Dice    edge        pixels", .. lines,
            $"mIoU {MeanIntersectionOverUnion:0.000} over the whole set, {PixelAccuracy * 100:0.0} % of {CountedPixels:N0} pixels right"]);

        static string Number(double value) => double.IsNaN(value) ? "     -" : $"{value,6:0.000}";
    }

    private double Mean(Func<SegmentationClass, double> value) =>
        PerClass.Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
