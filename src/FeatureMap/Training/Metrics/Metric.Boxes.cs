using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Training;

// The measure of a detector: one image says nothing about it, as the boxes of all are walked through together.
public abstract partial class Metric
{
    /// <summary>
    /// The mean average precision of a detector at a least overlap of 0.5, <c>mAP50</c>: what <see cref="AveragePrecision"/> says of the
    /// boxes that <see cref="BoxPyramid.Decode"/> reads from what the network gives. It is measured on a whole set, so training images,
    /// which come batch by batch, have none.
    /// </summary>
    /// <param name="pyramid">What the numbers mean; output and target are of its shape.</param>
    public static Metric MeanPrecision(BoxPyramid pyramid)
    {
        ArgumentNullException.ThrowIfNull(pyramid);
        return new BoxMetric(pyramid);
    }

    private sealed class BoxMetric(BoxPyramid pyramid) : Metric(new("mAP50", "%"))
    {
        internal override bool IsOfSet => true;

        public override double Of(MetricSample sample) => double.NaN;

        internal override ISetMeasure OfSet(ImageSet set) => new BoxMeasure(pyramid, set);

        internal override void Check(TrainingGraph graph, ImageSet set)
        {
            if (set.Targets is not { Kind: TargetKind.Boxes })
                throw new UsageException($"The metric '{Info.Name}' compares boxes, and {set.Name} has none: make its targets by "
                    + "BoxPyramid.Targets.");
            if (graph.Network.Output != pyramid.Shape)
                throw new ShapeException($"The metric '{Info.Name}' reads a pyramid of {pyramid.Shape}: received an output of "
                    + $"{graph.Network.Output} (channels x height x width).");
        }
    }

    private sealed class BoxMeasure(BoxPyramid pyramid, ImageSet set) : ISetMeasure
    {
        private readonly IReadOnlyList<LabelledBox>[] truth =
            [.. Enumerable.Range(0, set.Count).Select(image => (IReadOnlyList<LabelledBox>)Detector.TruthOf(set, image))];
        private readonly IReadOnlyList<DetectedBox>?[] found = new IReadOnlyList<DetectedBox>?[set.Count];

        public void Add(int image, float[] output) => found[image] = pyramid.Decode(output);

        public double Value() => AveragePrecision.Of(truth, [.. found.Select((boxes, image) => boxes
            ?? throw new InvalidOperationException($"Image {image} was not judged, and the measure is of the whole set."))],
            pyramid.ClassCount).Mean;
    }
}

/// <summary>A measure on its way through a set.</summary>
internal interface ISetMeasure
{
    /// <summary>Takes what the network gives for an image; several threads may call, for different images.</summary>
    void Add(int image, float[] output);

    /// <summary>The value, when all images are there.</summary>
    double Value();
}
