namespace FeatureMap.Ops;

/// <summary>
/// An op that compares the network's output (input 0) with a target (input 1) and gives one number per image. The total loss of a batch is the mean over its
/// images. A loss op is an ordinary op: it multiplies what it hands back by the gradient of its output, so losses can be scaled, added and built into others.
/// </summary>
public abstract class LossOp : TargetOp
{
    private protected LossOp() { }

    /// <summary>Whether the target is the number of the image's class (a vector of 1) instead of a distribution over the classes.</summary>
    internal virtual bool ReadsClassIndex => false;

    /// <summary>Why nothing can be learned from a batch of images of these classes; null where there is no objection. Called before every training step, so it allocates nothing then.</summary>
    internal virtual string? Objection(ReadOnlySpan<int> labels) => null;

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Global(inputs[0]);

    internal override void ExportOnnx(OnnxExport graph) => throw graph.Refuse("a loss is not part of inference");
}
