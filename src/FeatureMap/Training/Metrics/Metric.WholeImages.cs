using FeatureMap.Data;

namespace FeatureMap.Training;

// Measures of what is said of an image as a whole: several labels, or numbers.
public abstract partial class Metric
{
    /// <summary>
    /// The mean over the labels of their average precision, <c>mAP</c>: how well the images that have a label stand before those that have
    /// it not, whatever the threshold (<see cref="MultiLabelJudgement.MeanAveragePrecision"/>). It is measured on a whole set, so training
    /// images, which come batch by batch, have none.
    /// </summary>
    public static Metric LabelPrecision() => new LabelMetric();

    /// <summary>
    /// The mean absolute error of numbers, <c>MAE</c>, in their own unit; with units, each number is divided by its own first, so that
    /// numbers of different sizes count alike (<c>scaled error</c>).
    /// </summary>
    /// <param name="units">For each number what counts as 1, such as its standard deviation; null for the numbers as they are.</param>
    /// <exception cref="UsageException">A unit is not above 0.</exception>
    public static Metric AbsoluteError(IReadOnlyList<double>? units = null) => units is null || units.All(unit => unit > 0 && double.IsFinite(unit))
        ? new QuantityMetric(units is null ? null : [.. units])
        : throw new UsageException($"The units of an error are finite numbers above 0: received {NumberRow.Join(", ", units)}.");

    private sealed class LabelMetric() : Metric(new("mAP", "%"))
    {
        internal override bool IsOfSet => true;

        public override double Of(MetricSample sample) => double.NaN;

        internal override ISetMeasure OfSet(ImageSet set) => new LabelMeasure(set);

        internal override void Check(TrainingGraph graph, ImageSet set)
        {
            if (set.Targets is not { Kind: TargetKind.Labels })
                throw new UsageException($"The metric '{Info.Name}' is of several labels for each image, and {set.Name} has none: make its "
                    + "targets by TargetSet.Labels.");
            base.Check(graph, set);
        }
    }

    private sealed class LabelMeasure(ImageSet set) : ISetMeasure
    {
        private readonly float[]?[] found = new float[set.Count][];

        public void Add(int image, float[] output) => found[image] = output;

        public double Value()
        {
            var targets = set.Targets!;
            var sum = 0.0;
            var counted = 0;
            for (var label = 0; label < targets.ClassNames.Count; label++)
            {
                // Ranks only: a score and its sigmoid give the same.
                double[] scores = [.. found.Select(output => output is null ? double.NaN : (double)output[label])];
                if (scores.Any(double.IsNaN)) return double.NaN;
                bool[] truths = [.. Enumerable.Range(0, set.Count).Select(image => targets.Values(set.TargetOf(image))[label] == 1)];
                if (!truths.Contains(true)) continue;
                counted++;
                sum += RankingCurve.Of(scores, truths).AveragePrecision;
            }
            return counted == 0 ? double.NaN : sum / counted;
        }
    }

    private sealed class QuantityMetric(double[]? units) : Metric(new(units is null ? "MAE" : "scaled error", HigherIsBetter: false))
    {
        public override double Of(MetricSample sample)
        {
            var count = sample.Output.Shape.Count;
            var sum = 0.0;
            for (var i = 0; i < count; i++)
                sum += Math.Abs((double)sample.Output[i] - sample.Target[i]) / (units is null ? 1 : units[i]);
            return sum / count;
        }

        private protected override void CheckShapes(Shape output, Shape target)
        {
            base.CheckShapes(output, target);
            if (units is not null && units.Length != output.Count)
                throw new ShapeException($"The metric '{Info.Name}' has {units.Length:N0} units, and the network gives {output.Count:N0} "
                    + "numbers: one for each is needed.");
        }
    }
}
