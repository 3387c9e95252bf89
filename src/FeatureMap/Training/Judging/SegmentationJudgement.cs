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

    internal SegmentationJudgement(IReadOnlyList<SegmentationClass> perClass, long[,] confusion, int images)
    {
        (PerClass, Confusion, Images) = (perClass, confusion, images);
        foreach (var one in perClass)
            (CountedPixels, RightPixels) = (CountedPixels + one.Pixels, RightPixels + one.Right);
    }

    /// <summary>Each class, in the order of the labels.</summary>
    public IReadOnlyList<SegmentationClass> PerClass { get; }

    /// <summary>Pixels by true class (rows) and answer (columns).</summary>
    public long[,] Confusion { get; }

    /// <summary>How many images were judged.</summary>
    public int Images { get; }

    /// <summary>Pixels that count.</summary>
    public long CountedPixels { get; }

    /// <summary>Those with the right class.</summary>
    public long RightPixels { get; }

    /// <summary>The share of the pixels with the right class.</summary>
    public double PixelAccuracy => CountedPixels == 0 ? double.NaN : (double)RightPixels / CountedPixels;

    /// <summary>mIoU, the headline: the mean over the classes that occur.</summary>
    public double MeanIntersectionOverUnion => Mean(one => one.IntersectionOverUnion);

    /// <summary>Mean Dice over the classes that occur.</summary>
    public double MeanDice => Mean(one => one.Dice);

    /// <summary>Mean F of the edges over the classes that have any.</summary>
    public double MeanBoundaryF => Mean(one => one.BoundaryF);

    /// <summary>
    /// Whether a model can be judged on a set: it reads its images, and ends in a map of their label maps' size with one channel of the
    /// second of two classes, or one for each class.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="set">The images.</param>
    public static bool Fits(Model model, ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.LabelMap } targets || set.ImageShape != model.Network.Input) return false;
        var (output, map, classes) = (model.Network.Output, targets.StoredShape, targets.ClassNames.Count);
        return (output.Height, output.Width) == (map.Height, map.Width) && (output.Channels == classes || (classes == 2
            && output.Channels == 1));
    }

    /// <summary>Judges a model.</summary>
    /// <param name="model">A network that ends in a map: one channel of the second of two classes, or one for each class.</param>
    /// <param name="set">Images of the network's input shape with label maps as targets.</param>
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
        model.CheckSet(set);
        if (!Fits(model, set))
            throw new ShapeException($"Label maps of {map.Height}x{map.Width} in {classes} classes need a network that ends in "
                + $"{new Shape(classes == 2 ? 1 : classes, map.Height, map.Width)}: it gives {output} (channels x height x width).");
        var counts = new SegmentationCounts(targets.ClassNames, targets.IgnoreValue);
        var answer = new byte[map.Area];
        const int together = 64;
        for (var start = 0; start < set.Count; start += together)
        {
            int[] images = [.. Enumerable.Range(start, Math.Min(together, set.Count - start))];
            foreach (var (place, numbers) in model.ComputeMany(set.Subset(images), threads).Index())
            {
                Read(numbers, output, model.Network.OutputValues == OutputValues.Scores ? 0 : 0.5f, answer, set.NameOf(start + place));
                counts.Add(map.Height, map.Width, answer, targets.Bytes(set.TargetOf(start + place)));
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

    private static void Read(float[] numbers, Shape output, float threshold, byte[] answer, string image)
    {
        if (Array.Exists(numbers, float.IsNaN))
            throw new DataException($"What the network gives for {image} is not a number, so nothing can be judged. Its weights or its "
                + "normalisation are broken.");
        for (var pixel = 0; pixel < answer.Length; pixel++)
        {
            var best = 0;
            for (var channel = 1; channel < output.Channels; channel++)
                if (numbers[(channel * output.Area) + pixel] > numbers[(best * output.Area) + pixel])
                    best = channel;
            answer[pixel] = output.Channels == 1 ? (byte)(numbers[pixel] > threshold ? 1 : 0) : (byte)best;
        }
    }

    private double Mean(Func<SegmentationClass, double> value) =>
        PerClass.Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
