using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Centre loss: weight / 2 times the squared distance between an image's embedding x and the centre of its class. It draws the images of a class together while
/// another loss, softmax cross-entropy as a rule, keeps the classes apart: <c>new SoftmaxCrossEntropy() + Loss.On("embedding", new CenterLoss(0.003f))</c>. Alone it is
/// made 0 by putting everything into one point.
/// <para>
/// The centres are not moved by the optimiser. After each batch a centre goes towards the images of its class that the batch has:
/// c -= rate x sum (c - x) / (1 + n), with n their number. They belong to the training, are kept in its checkpoints, and are in no model: a loss of a finished model is
/// computed from centres at 0. Where labels are mixed, an image belongs to each class in the proportion that its target says, and is drawn to the mixture of the centres.
/// </para>
/// Parameter: centers, classes x dimensions; 0 at the start. Source: Wen et al., "A discriminative feature learning approach for deep face recognition", ECCV 2016.
/// </summary>
public sealed class CenterLoss : LossOp, IOpRoom
{
    /// <summary>The loss with its weight and the rate of its centres.</summary>
    /// <param name="weight">What the loss counts for beside others (the paper's lambda): 0.003 in the paper; small embeddings want more.</param>
    /// <param name="rate">How fast centres follow, from 0 (never) to 1 (the paper's alpha).</param>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public CenterLoss(float weight = 0.003f, float rate = 0.5f)
    {
        if (!(weight is > 0 and <= 1e6f) || !(rate is >= 0 and <= 1))
            throw new UsageException("A centre loss needs a weight above 0 and at most 1e6, and a rate from 0 to 1: received weight "
                + $"{weight}, rate {rate}. The paper has 0.003 and 0.5.");
        (Weight, Rate) = (weight, rate);
    }

    /// <summary>What the loss counts for.</summary>
    public float Weight { get; }

    /// <summary>How fast centres follow.</summary>
    public float Rate { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (!inputs[0].IsVector)
            throw new ShapeException($"A centre loss compares vectors: received {inputs[0]} (channels x height x width). Take it on a vector, such as what GlobalAveragePool() or Linear(dimensions) gives.");
        if (!inputs[1].IsVector)
            throw new ShapeException($"A centre loss has one centre per class, and its target is a vector with one number per class: received {inputs[1]}. Pass LossScope.Target.");
        return Shape.Vector(1);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) =>
        [new ParameterDefinition("centers", [inputs[1].Count, inputs[0].Count], Trainable: false, Initializer.Zeros)];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new((long)inputs[0].Count * inputs[1].Count);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("target times centres", "the target, 1 at one class, picks the centre by a small matrix product: no lane looks at other memory than its neighbours, and mixed labels need nothing of their own");

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new CenterLoss(settings.Real("weight", (CenterLoss op) => op.Weight, 1e-30, 1e6),
            settings.Real("rate", (CenterLoss op) => op.Rate, 0, 1));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("two dimensions, ten classes", new CenterLoss(0.5f), 2, 10, 19, InputValues.OneHot),
        Case("more dimensions than lanes", new CenterLoss(), 37, 3, 16, InputValues.OneHot),
        Case("mixed labels", new CenterLoss(2, 0.1f), 5, 4, 33, InputValues.Probabilities),
        Case("one class, one image", new CenterLoss(1, 1), 1, 1, 1, InputValues.OneHot),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => Case(
        "random", new CenterLoss(random.NextSingle(0.1f, 2), random.NextSingle()), 1 + random.NextInt(40), 1 + random.NextInt(12), 1 + random.NextInt(40),
        random.NextInt(2) == 0 ? InputValues.OneHot : InputValues.Probabilities);

    private static OpCase Case(string name, CenterLoss op, int dimensions, int classes, int batch, InputValues target) =>
        new(name, op, [Shape.Vector(dimensions), Shape.Vector(classes)], batch, CaseValues.Reals) { InputValues = [InputValues.Any, target] };

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new CenterLossKernel<TLanes>(this, site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var image = 0; image < pass.Batch; image++)
        {
            double squares = 0;
            for (var i = 0; i < pass.Input.Shape.Count; i++)
                squares += Math.Pow(Difference(pass, image, i), 2);
            pass.Output[image, 0] = Weight * squares / 2;
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        for (var image = 0; image < pass.Batch; image++)
            for (var i = 0; i < pass.Input.Shape.Count; i++)
                pass.InputGradients[0][image, i] = pass.OutputGradient![image, 0] * Weight * Difference(pass, image, i);
    }

    // x minus the centre that the target says.
    private static double Difference(ReferencePass pass, int image, int i)
    {
        var (classes, dimensions) = (pass.Inputs[1].Shape.Count, pass.Input.Shape.Count);
        return pass.Input[image, i] - Enumerable.Range(0, classes).Sum(k => pass.Inputs[1][image, k] * pass.Parameters[0][(k * dimensions) + i]);
    }
}
