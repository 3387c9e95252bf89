namespace FeatureMap.Ops;

/// <summary>
/// What training makes small: reads the network's output and the label of each image, gives one number per image. The total loss of a batch is the mean over
/// its images, so the gradient that a loss hands back is that of the mean: 1 / images times the gradient of each image's loss.
/// </summary>
/// <remarks>
/// A loss is the last op of a step: nothing comes after it, so it reads no output gradient (a plan gives it none, and its reference ignores the one of the
/// pass, which is 1 / images). Lanes without an image get loss 0 and gradient 0; that 0 is what keeps them out of every weight gradient before.
/// </remarks>
public abstract class Loss : Op
{
    private protected Loss() { }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Global(inputs[0]);

    internal override void ExportOnnx(OnnxExport graph) => throw graph.Refuse("a loss is not part of inference");

    internal override GradientReads GradientReads => GradientReads.Input;
}
