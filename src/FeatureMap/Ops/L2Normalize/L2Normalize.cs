using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Brings a vector to length 1: y = x / |x|, so that only its direction is left. Embeddings that are compared by angle end in it, and so do layers that give cosines
/// (<see cref="AngularLinear"/>). On a plane every pixel is a vector of its channels. A vector of zeros has no direction: it stays 0, and its gradient is 0.
/// Shape stays, no parameters. Source: Wang et al., "NormFace", arXiv 1704.06369; PyTorch <c>functional.normalize</c>.
/// </summary>
public sealed class L2Normalize : Op, IPlainRoom<L2Normalize>
{
    /// <summary>Below this length a vector counts as 0: its square would no longer be a normal number.</summary>
    internal const float LeastLength = 1e-15f;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("lanes", "every image has its own lane, so the sum over the channels is a plain loop; 1 / length is kept for the way back");

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LpNormalization", ReadOnnx, "axis", "p")];

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("LpNormalization", [graph.Input()], new OnnxAttribute("axis", 1), new OnnxAttribute("p", 2));

    /// <summary>Along any axis, by the length (p = 2) or by the sum of the sizes (p = 1); of zeros nothing is left but zeros.</summary>
    private static void ReadOnnx(OnnxImport node)
    {
        var (input, norm) = (node.Feature(), node.Whole("p", 2));
        if (norm is not (1 or 2))
            throw node.Wrong($"its p is {norm}; 1 (the sum of the numbers' sizes) and 2 (their Euclidean length) are known");
        var axis = node.Axis(input, node.Whole("axis", -1));
        if (norm == 2)
        {
            node.Result(node.AlongChannels(new L2Normalize(), input, axis));
            return;
        }
        var channels = node.ToChannels(input, axis);
        var sums = node.Layer(new Clip(minimum: LeastLength), [node.Layer(new ReduceL1(Axes.Channels), [channels])]);
        node.Result(node.FromChannels(node.Layer(new Divide(), [channels, sums]), input.Dimensions, axis));
    }

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("embedding", new L2Normalize(), [Shape.Vector(64)], 19, CaseValues.Reals),
        new("two dimensions", new L2Normalize(), [Shape.Vector(2)], 16, CaseValues.Reals),
        new("pixels of a plane", new L2Normalize(), [new Shape(5, 3, 4)], 33, CaseValues.Reals),
        new("one number: its sign", new L2Normalize(), [Shape.Vector(1)], 5, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var isVector = random.NextInt(2) == 0;
        return new("random", new L2Normalize(), [new Shape(2 + random.NextInt(40), isVector ? 1 : 1 + random.NextInt(5), isVector ? 1 : 1 + random.NextInt(5))], 1 + random.NextInt(40), CaseValues.Reals);
    }

    internal override GradientReads GradientReads => GradientReads.Output;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new L2NormalizeKernel<TLanes>(site);

    internal override void ReferenceForward(ReferencePass pass) => ForEachVector(pass, (image, pixel, length) =>
    {
        for (var i = pixel; i < pass.Input.Shape.Count; i += pass.Input.Shape.Area)
            pass.Output[image, i] = length < LeastLength ? 0 : pass.Input[image, i] / length;
    });

    internal override void ReferenceBackward(ReferencePass pass) => ForEachVector(pass, (image, pixel, length) =>
    {
        // dx = (dy - y (y . dy)) / |x|: what changes the length only is taken out of the gradient.
        double along = 0;
        for (var i = pixel; i < pass.Input.Shape.Count; i += pass.Input.Shape.Area)
            along += pass.Input[image, i] / length * pass.OutputGradient![image, i];
        for (var i = pixel; i < pass.Input.Shape.Count; i += pass.Input.Shape.Area)
            pass.InputGradients[0][image, i] = length < LeastLength ? 0 : (pass.OutputGradient![image, i] - (pass.Input[image, i] / length * along)) / length;
    });

    private static void ForEachVector(ReferencePass pass, Action<int, int, double> action)
    {
        for (var image = 0; image < pass.Batch; image++)
            for (var pixel = 0; pixel < pass.Input.Shape.Area; pixel++)
            {
                double squares = 0;
                for (var i = pixel; i < pass.Input.Shape.Count; i += pass.Input.Shape.Area)
                    squares += pass.Input[image, i] * pass.Input[image, i];
                action(image, pixel, Math.Sqrt(squares));
            }
    }
}
