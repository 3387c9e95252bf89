using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>The value of a metric for one image. It must depend on the sample only, is called from several threads, and should allocate nothing.</summary>
public delegate double MetricFunction(MetricSample sample);

/// <summary>
/// How good a network's answer is, in a unit that people understand: one number per image, the mean over a set. Unlike a loss it need not have a gradient. It stands beside the loss
/// in the log, the table, the report and TensorBoard, and early stopping can look at it.
/// </summary>
/// <example><code>
/// Metric = Metric.PixelError()
/// Metric = Metric.Psnr(border: 3)
/// Metric = Metric.Custom(new("brightness error", HigherIsBetter: false), sample => Math.Abs(sample.Output[0] - sample.Target[0]))
/// </code></example>
public abstract partial class Metric
{
    private protected Metric(MetricInfo info) => Info = info;

    /// <summary>Name, unit and direction.</summary>
    public MetricInfo Info { get; }

    /// <summary>The share of images whose highest score is that of their class; measured by itself where a network gives one score per class.</summary>
    public static Metric Accuracy { get; } = new ClassAccuracy();

    /// <summary>The value of one image; not a number for a measure that only a whole set has.</summary>
    public abstract double Of(MetricSample sample);

    /// <summary>Whether only a whole set has it, so that training images, which come batch by batch, have none.</summary>
    internal virtual bool IsOfSet => false;

    /// <summary>Measures a whole set at once; null where the measure is the mean over its images.</summary>
    /// <param name="set">The images, as the network gets them but for the normalisation.</param>
    internal virtual ISetMeasure? OfSet(ImageSet set) => null;

    /// <summary>A metric of your own.</summary>
    /// <param name="info">Name, unit and direction.</param>
    /// <param name="value">The value of one image.</param>
    public static Metric Custom(MetricInfo info, MetricFunction value)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(value);
        return new CustomMetric(info, value);
    }

    /// <summary>
    /// What is measured where nothing else is asked for: accuracy for scores of classes, pixel error for label maps, PSNR for pictures,
    /// mAP for boxes and for several labels, the mean absolute error for quantities, nothing for other numbers or for a loss that
    /// reads no target. Maps are taken for scores unless the network ends with a sigmoid or a softmax.
    /// </summary>
    internal static Metric? Default(TrainingGraph graph, ImageSet set)
    {
        if (set.Targets is not { } targets) return graph.GivesScores(set.ClassCount) ? Accuracy : null;
        if (graph.TargetLayer is not { } layer || layer.Output != graph.Network.Output) return null;
        return targets.Kind switch
        {
            TargetKind.LabelMap => PixelError(graph.Network.Layers[^1].Op is Sigmoid or Softmax ? MaskScores.Probabilities : layer.Output.Channels == 1 ? MaskScores.Sigmoid : MaskScores.Softmax),
            TargetKind.Image => Psnr(),
            TargetKind.Boxes when targets.Encoder is BoxPyramid pyramid => MeanPrecision(pyramid),
            TargetKind.Labels => LabelPrecision(),
            TargetKind.Quantities => AbsoluteError(set.AnswerNames.Count == 1 ? null
                : [.. QuantityScale.Of(set).Select(scale => scale.Deviation)]),
            _ => null,
        };
    }

    /// <summary>Says why the metric cannot measure this network on these data.</summary>
    internal virtual void Check(TrainingGraph graph, ImageSet set)
    {
        if (graph.TargetLayer is not { } target)
            throw new UsageException($"The metric '{Info.Name}' compares the output with the target, and the loss '{graph.Loss}' reads none. Take a loss that does, or leave the metric out.");
        CheckShapes(graph.Network.Output, target.Output);
    }

    private protected virtual void CheckShapes(Shape output, Shape target)
    {
        if (output != target)
            throw new ShapeException($"The metric '{Info.Name}' compares output and target number by number: received an output of {output} and a target of {target} (channels x height x width).");
    }

    private sealed class ClassAccuracy() : Metric(MetricInfo.Accuracy)
    {
        public override double Of(MetricSample sample) => Highest(sample.Output) is var best && float.IsNaN(sample.Output[best]) ? double.NaN : best == sample.Label ? 1 : 0;

        internal override void Check(TrainingGraph graph, ImageSet set)
        {
            if (!graph.GivesScores(set.ClassCount))
                throw new ShapeException($"Accuracy needs one score per class, a vector of {set.ClassCount}: the network gives {graph.Network.Output}. For maps there are Metric.PixelError, IntersectionOverUnion and Dice, for pictures Metric.Psnr.");
        }

        private static int Highest(MetricNumbers scores)
        {
            var best = 0;
            for (var i = 0; i < scores.Shape.Count; i++)
            {
                if (float.IsNaN(scores[i])) return i; // no answer
                if (scores[i] > scores[best]) best = i;
            }
            return best;
        }
    }

    private sealed class CustomMetric(MetricInfo info, MetricFunction value) : Metric(info)
    {
        public override double Of(MetricSample sample) => value(sample);

        private protected override void CheckShapes(Shape output, Shape target)
        {
            // The user's own function knows what it compares.
        }
    }
}
