using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The product of two features, channel by channel as matrices: rows x depth times depth x columns. Attention is two of them, scores and then the mean that the scores
/// weigh; so is a bilinear pooling. Where one input has a single channel, its matrix meets those of all channels. No parameters: with a matrix that is learned, it is
/// <see cref="Linear"/> or a 1x1 <see cref="Conv2d"/>. Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762.
/// </summary>
public sealed class MatrixProduct : Op, IPlainRoom<MatrixProduct>
{
    /// <inheritdoc/>
    public override int InputCount => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var (left, right) = (inputs[0], inputs[1]);
        if (left.Width != right.Height)
            throw new ShapeException($"A matrix product needs as many columns on the left as rows on the right: received {left} and {right} (channels x rows x columns), and {left.Width} is not {right.Height}. Transpose one of them.");
        if (left.Channels != right.Channels && left.Channels != 1 && right.Channels != 1)
            throw new ShapeException($"A matrix product needs equally many matrices on both sides, or one: received {left} and {right} (channels x rows x columns).");
        return new Shape(Math.Max(left.Channels, right.Channels), left.Height, right.Width);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new((long)OutputShape(inputs).Count * inputs[0].Width);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Global(inputs[0]);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("rows by columns", "both factors differ from image to image, so nothing can be repacked; four sums at a time share the loads of the left factor");

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("MatMul", [graph.Image(0), graph.Image(1)]);

    // MatMul is read in the room of the dense layer, which hands on those without a weight.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("square", new MatrixProduct(), [new Shape(3, 4, 4), new Shape(3, 4, 4)], 19),
        new("one matrix", new MatrixProduct(), [new Shape(1, 3, 5), new Shape(1, 5, 7)], 16),
        new("the left one meets all", new MatrixProduct(), [new Shape(1, 2, 3), new Shape(4, 3, 6)], 5),
        new("the right one meets all", new MatrixProduct(), [new Shape(4, 5, 3), new Shape(1, 3, 2)], 33),
        new("row by column", new MatrixProduct(), [new Shape(2, 1, 9), new Shape(2, 9, 1)], 3),
        new("column by row", new MatrixProduct(), [new Shape(2, 6, 1), new Shape(2, 1, 5)], 18),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var (channels, single) = (1 + random.NextInt(4), random.NextInt(4));
        var (rows, depth, columns) = (1 + random.NextInt(6), 1 + random.NextInt(6), 1 + random.NextInt(9));
        return new OpCase(
            "random", new MatrixProduct(), [new Shape(single == 0 ? 1 : channels, rows, depth), new Shape(single == 1 ? 1 : channels, depth, columns)], 1 + random.NextInt(40));
    }

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new MatrixProductKernel<TLanes>(site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        foreach (var (image, channel, row, column) in pass.Output.Positions)
            for (var k = 0; k < pass.Inputs[0].Shape.Width; k++)
                pass.Output[image, channel, row, column] += At(pass.Inputs[0], image, channel, row, k) * At(pass.Inputs[1], image, channel, k, column);
    }

    // With Y = A B: dA = dY B^T and dB = A^T dY, so each term's gradient goes to both of its factors, times the other one.
    internal override void ReferenceBackward(ReferencePass pass)
    {
        foreach (var (image, channel, row, column) in pass.Output.Positions)
            for (var k = 0; k < pass.Inputs[0].Shape.Width; k++)
            {
                var dy = pass.OutputGradient![image, channel, row, column];
                At(pass.InputGradients[0], image, channel, row, k) += dy * At(pass.Inputs[1], image, channel, k, column);
                At(pass.InputGradients[1], image, channel, k, column) += dy * At(pass.Inputs[0], image, channel, row, k);
            }
    }

    /// <summary>Reads the operator MatMul where both factors are computed: the last two axes are the matrices, those before them equal, or of size 1 on one side.</summary>
    internal static void ReadOnnx(OnnxImport node)
    {
        var (left, right) = (node.Feature(0), node.Feature(1));
        if (left.Dimensions.Count < 2 || right.Dimensions.Count < 2)
            throw node.Wrong("it multiplies two outputs of layers of which one is no matrix per image, and would mix the images of a batch");
        int[] before = [.. left.Dimensions.SkipLast(2)], beforeRight = [.. right.Dimensions.SkipLast(2)];
        var isLeftSingle = Array.TrueForAll(before, size => size == 1);
        if (node.HasBatch && before.Length != beforeRight.Length)
            throw node.Wrong($"one of its inputs has {left.Dimensions.Count + 1} axes and the other {right.Dimensions.Count + 1}; ONNX then lays the batch of one beside another axis");
        if (!before.SequenceEqual(beforeRight) && !isLeftSingle && !Array.TrueForAll(beforeRight, size => size == 1))
            throw node.Wrong($"it multiplies {OnnxTensor.Written(left.Dimensions)} by {OnnxTensor.Written(right.Dimensions)}, where the axes before the last two should be equal, or 1 on one side");
        int[] sizes = [.. isLeftSingle && beforeRight.Length >= before.Length ? beforeRight : before, left.Dimensions[^2], right.Dimensions[^1]];
        node.Result(node.Layer(new MatrixProduct(), [Matrices(node, left), Matrices(node, right)], sizes));
    }

    private static OnnxFeature Matrices(OnnxImport node, OnnxFeature feature) =>
        node.View(feature, new Shape(OnnxImport.Product(feature.Dimensions.SkipLast(2)), feature.Dimensions[^2], feature.Dimensions[^1]), feature.Dimensions);

    // A single matrix stands for those of all channels.
    private static ref double At(ReferenceTensor tensor, int image, int channel, int row, int column) => ref tensor[image, channel % tensor.Shape.Channels, row, column];
}
