using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Softmax and cross-entropy in one: the network's outputs x (logits, any real numbers) become probabilities p = exp(x) / sum exp(x), and the loss is
/// -sum q log p, where the target q is 1 at the image's class (or any distribution over the classes: mixed labels, a teacher). With label smoothing q is
/// replaced by (1 - smoothing) q plus smoothing / K everywhere. Together they are stable for logits of any size, and the gradient is p sum q - q. So the network
/// ends with its logits, without a softmax of its own. Maps of logits (K x height x width, segmentation) are judged at every pixel; the loss is the mean over them.
/// Sources: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990; label smoothing: Szegedy et al., arXiv 1512.00567.
/// </summary>
public sealed class SoftmaxCrossEntropy : LossOp, IOpRoom
{
    /// <summary>The loss, with or without label smoothing.</summary>
    /// <param name="labelSmoothing">The part of the target that is spread evenly over all classes; 0.1 is common.</param>
    /// <exception cref="UsageException">The smoothing is not in [0, 1).</exception>
    public SoftmaxCrossEntropy(float labelSmoothing = 0)
    {
        if (!(labelSmoothing is >= 0 and < 1))
            throw new UsageException($"Label smoothing must be at least 0 and below 1: received {labelSmoothing}. It is the part of the "
                + "target that is spread over all classes; 0.1 is common.");
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>The part of the target that is spread evenly over all classes.</summary>
    public float LabelSmoothing { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var (scores, target) = (inputs[0], inputs[1]);
        if (scores.Channels < 2)
            throw new ShapeException("Softmax cross-entropy needs at least 2 classes: received 1 number per image, whose softmax is 1 whatever it is. For two classes use 2 outputs.");
        if (!scores.IsVector && target.IsVector)
            throw new ShapeException($"Softmax cross-entropy takes a vector with one number per class: received {scores} (channels x height x width). Flatten or pool first: end the network with GlobalAveragePool().Linear(classes), or Flatten().Linear(classes).");
        if (scores != target)
            throw new ShapeException($"Softmax cross-entropy compares one score per class with the target: received scores of {scores} for a target of {target}. Give the last layer {target.Channels} outputs, as many as there are classes.");
        return Shape.Vector(1);
    }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("lanes", "every image has its own lane, so maximum and sums over the classes are plain loops");

    static Op IOpRoom.FromSettings(OpSettings settings) => new SoftmaxCrossEntropy(settings.Real(
        "labelSmoothing", (SoftmaxCrossEntropy op) => op.LabelSmoothing, 0, 0.9999999, smoothing =>
            smoothing == 0 ? "" : $"label smoothing {smoothing}"));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("SoftmaxCrossEntropyLoss", RefuseOnnx, "ignore_index", "reduction"),
        new("NegativeLogLikelihoodLoss", RefuseOnnx, "ignore_index", "reduction"),
    ];

    private static void RefuseOnnx(OnnxImport node) =>
        throw node.Wrong("a loss is not part of inference: its target would be an input of the network; export the part before it, and train with the loss of this library");

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("ten classes", 0, Shape.Vector(10), 19, InputValues.OneHot),
        Case("two classes", 0, Shape.Vector(2), 16, InputValues.OneHot),
        Case("label smoothing", 0.1f, Shape.Vector(10), 33, InputValues.OneHot),
        Case("mixed labels", 0.1f, Shape.Vector(10), 18, InputValues.Probabilities),
        Case("weights that do not add up to 1", 0, Shape.Vector(5), 17, InputValues.Between(0, 2)),
        Case("maps", 0, new Shape(3, 4, 5), 18, InputValues.OneHot),
        Case("one image", 0.5f, Shape.Vector(3), 1, InputValues.OneHot),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var smoothing = random.NextInt(4) / 8f;
        var isMap = random.NextInt(3) == 0;
        var shape = new Shape(2 + random.NextInt(isMap ? 4 : 40), isMap ? 1 + random.NextInt(5) : 1, isMap ? 1 + random.NextInt(5) : 1);
        return Case("random", smoothing, shape, 1 + random.NextInt(40), random.NextInt(2) == 0 ? InputValues.OneHot : InputValues.Probabilities);
    }

    private static OpCase Case(string name, float smoothing, Shape shape, int batch, InputValues target) =>
        new(name, new SoftmaxCrossEntropy(smoothing), [shape, shape], batch, CaseValues.Reals) { InputValues = [InputValues.Any, target] };

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new SoftmaxCrossEntropyKernel<TLanes>(this, site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        var area = pass.Input.Shape.Area;
        for (var image = 0; image < pass.Batch; image++)
        {
            double loss = 0;
            for (var pixel = 0; pixel < area; pixel++)
            {
                var logs = LogSoftmax(pass.Input, image, pixel);
                for (var k = 0; k < logs.Length; k++)
                    loss -= Target(pass, image, pixel, k) * logs[k];
            }
            pass.Output[image, 0] = loss / area;
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var area = pass.Input.Shape.Area;
        for (var image = 0; image < pass.Batch; image++)
            for (var pixel = 0; pixel < area; pixel++)
            {
                var logs = LogSoftmax(pass.Input, image, pixel);
                var sum = Enumerable.Range(0, logs.Length).Sum(k => Target(pass, image, pixel, k));
                for (var k = 0; k < logs.Length; k++)
                    pass.InputGradients[0][image, (k * area) + pixel] = ((Math.Exp(logs[k]) * sum) - Target(pass, image, pixel, k)) * pass.OutputGradient![image, 0] / area;
            }
    }

    private double Target(ReferencePass pass, int image, int pixel, int k) =>
        (pass.Inputs[1][image, (k * pass.Input.Shape.Area) + pixel] * (1 - (double)LabelSmoothing)) + ((double)LabelSmoothing / pass.Input.Shape.Channels);

    // log p = x - log sum exp(x); with the largest x taken out no exponential overflows.
    private static double[] LogSoftmax(ReferenceTensor logits, int image, int pixel)
    {
        double[] x = [.. Enumerable.Range(0, logits.Shape.Channels).Select(k => logits[image, (k * logits.Shape.Area) + pixel])];
        var largest = x.Max();
        var logSum = largest + Math.Log(x.Sum(value => Math.Exp(value - largest)));
        return Array.ConvertAll(x, value => value - logSum);
    }
}
