using FeatureMap.Randomness;

namespace FeatureMap.Training;

// Measures of label maps. Pixels that are to be ignored have no part in them, and an image without any others has no value: it is not a
// number, and means leave it out. The answer at a pixel is the class with the highest score; where there is one channel, class 1 if its
// probability is above one half.
public abstract partial class Metric
{
    /// <summary>The share of pixels that get a wrong class; the measure of the ISBI 2012 challenge's early entries. Lower is better.</summary>
    /// <param name="scores">What the network gives.</param>
    public static Metric PixelError(MaskScores scores = MaskScores.Sigmoid) => new MaskMetric(new("pixel error", "%", HigherIsBetter: false), scores, Wrong);

    /// <summary>
    /// Intersection over union (Jaccard index): of the pixels that have a class in the answer or in the target, the share that have it in both. With one channel that of class 1; with more
    /// the mean over the classes that occur in either. 1 where neither has any. The mean over images is not the IoU of a whole set, which
    /// <see cref="SegmentationJudgement"/> gives.
    /// </summary>
    /// <param name="scores">What the network gives.</param>
    public static Metric IntersectionOverUnion(MaskScores scores = MaskScores.Sigmoid) => new MaskMetric(new("IoU", "%"), scores, (sample, threshold) => Overlap(sample, threshold, ofBoth: false));

    /// <summary>The Dice coefficient (F1 of pixels): twice the common pixels divided by those of answer and target together, averaged like <see cref="IntersectionOverUnion"/>.</summary>
    /// <param name="scores">What the network gives.</param>
    public static Metric Dice(MaskScores scores = MaskScores.Sigmoid) => new MaskMetric(new("Dice", "%"), scores, (sample, threshold) => Overlap(sample, threshold, ofBoth: true));

    /// <summary>
    /// Peak signal-to-noise ratio in dB: 10 log10(1 / mean squared error) of pictures from 0 to 1, outputs cut off there as they would be in a file. Equal pictures count as 100 dB.
    /// </summary>
    /// <param name="border">Pixels left out along each edge; the literature on super-resolution leaves out as many as the factor.</param>
    /// <exception cref="UsageException">The border is negative.</exception>
    public static Metric Psnr(int border = 0) => border >= 0 ? new PictureMetric(border) : throw new UsageException($"The border that PSNR leaves out must be 0 or more pixels: received {border}.");

    private delegate double MaskFunction(MetricSample sample, float threshold);

    private static double Wrong(MetricSample sample, float threshold)
    {
        MetricNumbers output = sample.Output, target = sample.Target;
        int wrong = 0, counted = 0;
        for (var pixel = 0; pixel < output.Shape.Area; pixel++)
        {
            if (!sample.Counts(pixel)) continue;
            counted++;
            if (ClassAt(output, pixel, threshold) != ClassAt(target, pixel, 0.5f)) wrong++;
        }
        return (double)wrong / counted;
    }

    private static double Overlap(MetricSample sample, float threshold, bool ofBoth)
    {
        MetricNumbers output = sample.Output, target = sample.Target;
        var (classes, area, sum, present) = (output.Shape.Channels, output.Shape.Area, 0.0, 0);
        if (!AnyCounts(sample)) return double.NaN;
        for (var label = classes == 1 ? 1 : 0; label < Math.Max(2, classes); label++)
        {
            int common = 0, given = 0, wanted = 0;
            for (var pixel = 0; pixel < area; pixel++)
            {
                if (!sample.Counts(pixel)) continue;
                var (isGiven, isWanted) = (ClassAt(output, pixel, threshold) == label, ClassAt(target, pixel, 0.5f) == label);
                if (isGiven) given++;
                if (isWanted) wanted++;
                if (isGiven && isWanted) common++;
            }
            if (given + wanted == 0) continue;
            present++;
            sum += ofBoth ? 2.0 * common / (given + wanted) : (double)common / (given + wanted - common);
        }
        return present == 0 ? 1 : sum / present;
    }

    private static bool AnyCounts(MetricSample sample)
    {
        for (var pixel = 0; pixel < sample.Output.Shape.Area; pixel++)
            if (sample.Counts(pixel))
                return true;
        return false;
    }

    private static int ClassAt(MetricNumbers map, int pixel, float threshold)
    {
        if (map.Shape.Channels == 1) return map[pixel] > threshold ? 1 : 0;
        var best = 0;
        for (var channel = 1; channel < map.Shape.Channels; channel++)
            if (map[(channel * map.Shape.Area) + pixel] > map[(best * map.Shape.Area) + pixel])
                best = channel;
        return best;
    }

    private sealed class MaskMetric(MetricInfo info, MaskScores scores, MaskFunction value) : Metric(info)
    {
        // A score of 0 is a probability of one half.
        private readonly float threshold = scores == MaskScores.Probabilities ? 0.5f : 0;

        public override double Of(MetricSample sample)
        {
            // A number that is none would count as the first class.
            for (var place = 0; place < sample.Output.Shape.Count; place++)
                if (float.IsNaN(sample.Output[place]))
                    return double.NaN;
            return value(sample, threshold);
        }
    }

    private sealed class PictureMetric(int border) : Metric(new("PSNR", "dB"))
    {
        private const double Best = 100;

        public override double Of(MetricSample sample)
        {
            var shape = sample.Output.Shape;
            double sum = 0;
            for (var channel = 0; channel < shape.Channels; channel++)
                for (var y = border; y < shape.Height - border; y++)
                    for (var x = border; x < shape.Width - border; x++)
                    {
                        var difference = Math.Clamp(sample.Output[channel, y, x], 0f, 1f) - (double)sample.Target[channel, y, x];
                        sum += difference * difference;
                    }
            var mean = sum / ((double)shape.Channels * (shape.Height - (2 * border)) * (shape.Width - (2 * border)));
            return mean == 0 ? Best : Math.Min(Best, -10 * PortableMath.Log(mean) / PortableMath.Log(10));
        }

        private protected override void CheckShapes(Shape output, Shape target)
        {
            base.CheckShapes(output, target);
            if (2 * border >= Math.Min(output.Height, output.Width))
                throw new UsageException($"PSNR without a border of {border} pixels has nothing left of pictures of {output}: leave out less.");
        }
    }
}
