using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Softmax and cross-entropy in one: the network's outputs x (logits, any real numbers) become probabilities p = exp(x) / sum exp(x), and the loss is
/// -sum q log p, where q is 1 at the image's class. With label smoothing q = (1 - smoothing) at the class plus smoothing / K everywhere. Together they are
/// stable for logits of any size, and the gradient is simply p - q. So the network ends with its logits, without a softmax of its own.
/// Sources: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990; label smoothing: Szegedy et al., arXiv 1512.00567.
/// </summary>
public sealed class SoftmaxCrossEntropy : Loss, IOpRoom
{
    /// <summary>The loss, with or without label smoothing.</summary>
    /// <param name="labelSmoothing">The part of the target that is spread evenly over all classes; 0.1 is common.</param>
    /// <exception cref="UsageException">The smoothing is not in [0, 1).</exception>
    public SoftmaxCrossEntropy(float labelSmoothing = 0)
    {
        if (!(labelSmoothing is >= 0 and < 1))
            throw new UsageException(FormattableString.Invariant($"Label smoothing must be at least 0 and below 1: received {labelSmoothing}. It is the part of the target that is spread over all classes; 0.1 is common."));
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>The part of the target that is spread evenly over all classes.</summary>
    public float LabelSmoothing { get; }

    /// <inheritdoc/>
    public override string Name => "SoftmaxCrossEntropy";

    /// <inheritdoc/>
    public override string Settings => LabelSmoothing == 0 ? "" : FormattableString.Invariant($"label smoothing {LabelSmoothing}");

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        if (!input.IsVector)
            throw new ShapeException($"Softmax cross-entropy takes a vector with one number per class: received {input} (channels x height x width). Flatten or pool first: end the network with GlobalAveragePool().Linear(classes), or Flatten().Linear(classes).");
        if (input.Channels < 2)
            throw new ShapeException("Softmax cross-entropy needs at least 2 classes: received a vector of 1 number, whose softmax is 1 whatever it is. For two classes use 2 outputs.");
        return Shape.Vector(1);
    }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("lanes", "every image has its own lane, so maximum and sums over the classes are plain loops");

    internal override IReadOnlyList<OpSetting> SettingValues => [OpSetting.Real("labelSmoothing", LabelSmoothing)];

    static Op IOpRoom.FromSettings(SettingReader settings) => new SoftmaxCrossEntropy(settings.Real("labelSmoothing", 0, 0.9999999));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("ten classes", new SoftmaxCrossEntropy(), [Shape.Vector(10)], 19, CaseValues.Reals),
        new("two classes", new SoftmaxCrossEntropy(), [Shape.Vector(2)], 16, CaseValues.Reals),
        new("label smoothing", new SoftmaxCrossEntropy(0.1f), [Shape.Vector(10)], 33, CaseValues.Reals),
        new("one image", new SoftmaxCrossEntropy(0.5f), [Shape.Vector(3)], 1, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new SoftmaxCrossEntropy(random.NextInt(4) / 8f), [Shape.Vector(2 + random.NextInt(40))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new SoftmaxCrossEntropyKernel<TLanes>(this, site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var image = 0; image < pass.Output.Batch; image++)
        {
            var logs = LogSoftmax(pass.Input, image);
            double loss = 0;
            for (var k = 0; k < logs.Length; k++)
                loss -= Target(pass, image, k) * logs[k];
            pass.Output[image, 0] = loss;
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        for (var image = 0; image < pass.Output.Batch; image++)
        {
            var logs = LogSoftmax(pass.Input, image);
            for (var k = 0; k < logs.Length; k++)
                pass.InputGradients[0][image, k] = (Math.Exp(logs[k]) - Target(pass, image, k)) / pass.Output.Batch;
        }
    }

    private double Target(ReferencePass pass, int image, int k) =>
        (k == pass.Labels[image] ? 1 - (double)LabelSmoothing : 0) + ((double)LabelSmoothing / pass.Input.Shape.Count);

    // log p = x - log sum exp(x); with the largest x taken out no exponential overflows.
    private static double[] LogSoftmax(ReferenceTensor logits, int image)
    {
        double[] x = [.. Enumerable.Range(0, logits.Shape.Count).Select(k => logits[image, k])];
        var largest = x.Max();
        var logSum = largest + Math.Log(x.Sum(value => Math.Exp(value - largest)));
        return Array.ConvertAll(x, value => value - logSum);
    }
}
