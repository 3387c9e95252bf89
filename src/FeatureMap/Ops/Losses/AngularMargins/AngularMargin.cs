using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A margin between classes, measured in angles. The scores are z = L cos(theta), with theta the angle between the embedding and the direction of each class
/// (<see cref="AngularLinear"/>). At the class that is the target the score becomes harder to reach, L F(cos theta) with F below the cosine; all others stay. So the
/// softmax cross-entropy that follows is content only when the angle is smaller than it would need to be. Where labels are mixed, each class moves in the
/// proportion that the target says.
/// </summary>
public abstract class AngularMargin : TargetOp
{
    private protected AngularMargin() { }

    /// <summary>What the layer of the cosines multiplies them by: <see cref="AngularLinear.Scale"/>.</summary>
    public float Scale { get; init; } = 1;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (!(Scale is > 0 and <= 1e6f))
            throw new UsageException($"{Name} needs a scale above 0 and at most 1e6: received {Scale}. It is that of the layer that gives "
                + "the cosines.");
        if (!inputs[0].IsVector || inputs[0] != inputs[1])
            throw new ShapeException($"{Name} changes the score of the target's class: received scores of {inputs[0]} for a target of {inputs[1]}. Both are vectors with one number per class: give the last layer {inputs[1].Channels} outputs, as many as there are classes.");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("lanes", "the margin is computed at every class and mixed in by the target: images of a register have different classes, and a choice costs more than the arithmetic");

    private protected static float ScaleOf(OpSettings settings) => settings.Real("scale", (AngularMargin op) => op.Scale, 1e-6, 1e6);

    /// <summary>F at a cosine, by its angle, and its derivative by the cosine: for the reference.</summary>
    internal abstract (double Value, double Slope) At(double cosine, StepState step, ExecutionMode mode);

    /// <summary>L of an image: the scale, times the length of the embedding where that is an input.</summary>
    private double Length(ReferencePass pass, int image) => pass.Inputs.Length > 2 ? Scale * EmbeddingLength(pass, image) : Scale;

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var image = 0; image < pass.Batch; image++)
            for (var k = 0; k < pass.Input.Shape.Count; k++)
            {
                var (z, q, length) = (pass.Input[image, k], pass.Inputs[1][image, k], Length(pass, image));
                pass.Output[image, k] = z + (q * ((length * At(z / length, pass.Step, pass.Mode).Value) - z));
            }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        for (var image = 0; image < pass.Batch; image++)
        {
            double byLength = 0;
            for (var k = 0; k < pass.Input.Shape.Count; k++)
            {
                var (z, q, length) = (pass.Input[image, k], pass.Inputs[1][image, k], Length(pass, image));
                var (value, slope) = At(z / length, pass.Step, pass.Mode);
                pass.InputGradients[0][image, k] = pass.OutputGradient![image, k] * (1 + (q * (slope - 1)));
                byLength += pass.OutputGradient[image, k] * q * (value - (z / length * slope));
            }
            if (pass.Inputs.Length <= 2) continue;
            for (var i = 0; i < pass.Inputs[2].Shape.Count; i++)
                pass.InputGradients[2][image, i] = byLength * Scale * pass.Inputs[2][image, i] / EmbeddingLength(pass, image);
        }
    }

    private static double EmbeddingLength(ReferencePass pass, int image)
    {
        double squares = 0;
        for (var i = 0; i < pass.Inputs[2].Shape.Count; i++)
            squares += pass.Inputs[2][image, i] * pass.Inputs[2][image, i];
        return Math.Sqrt(squares);
    }
}

/// <summary>F and its derivative over lanes of cosines, without an angle: arc cosines are slow, and near 0 and pi they lose half of the digits.</summary>
internal interface IMarginFunction
{
    (TLanes Value, TLanes Slope) At<TLanes>(TLanes cosine) where TLanes : unmanaged, ILanes<TLanes>;
}
