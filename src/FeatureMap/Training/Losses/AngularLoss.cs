using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// Softmax cross-entropy with a margin between the classes, measured in angles: for embeddings that shall tell classes apart which the training never saw (faces). The
/// network ends in cosines, <c>x.CosineLinear(classes)</c> or <c>x.AngularLinear(classes)</c>, so that its accuracy and its exported file are those of an ordinary classifier; the
/// margin exists in the loss only. The embedding is what that layer reads.
/// </summary>
public static class AngularLoss
{
    /// <summary>CosFace: the cosine of the right class less a margin; see <see cref="CosFaceMargin"/>. For a network that ends in <c>CosineLinear</c>.</summary>
    /// <param name="margin">What is subtracted from the cosine.</param>
    /// <param name="labelSmoothing">The part of the target that is spread over all classes.</param>
    /// <exception cref="UsageException">A number is out of range; when the training begins: the network does not end in cosines.</exception>
    public static Loss CosFace(float margin = 0.35f, float labelSmoothing = 0) =>
        Of(new CosFaceMargin(margin), labelSmoothing, onSphere: true, scale => new CosFaceMargin(margin) { Scale = scale });

    /// <summary>ArcFace: the angle of the right class plus a margin; see <see cref="ArcFaceMargin"/>. For a network that ends in <c>CosineLinear</c>.</summary>
    /// <param name="margin">What is added to the angle, in radians.</param>
    /// <param name="easyMargin">Whether the margin is asked for only where the angle is below 90 degrees.</param>
    /// <param name="labelSmoothing">The part of the target that is spread over all classes.</param>
    /// <exception cref="UsageException">A number is out of range; when the training begins: the network does not end in cosines.</exception>
    public static Loss ArcFace(float margin = 0.5f, bool easyMargin = false, float labelSmoothing = 0) =>
        Of(new ArcFaceMargin(margin), labelSmoothing, onSphere: true, scale => new ArcFaceMargin(margin) { Scale = scale, EasyMargin = easyMargin });

    /// <summary>SphereFace, or A-Softmax: the angle of the right class times a margin; see <see cref="SphereFaceMargin"/>. For a network that ends in <c>AngularLinear</c>.</summary>
    /// <param name="margin">What the angle is multiplied by: 1 to 4.</param>
    /// <param name="annealing">How the margin is led in; as in the paper's program where null.</param>
    /// <param name="labelSmoothing">The part of the target that is spread over all classes.</param>
    /// <exception cref="UsageException">A number is out of range; when the training begins: the network does not end in <c>AngularLinear</c>.</exception>
    public static Loss SphereFace(int margin = 4, MarginAnnealing? annealing = null, float labelSmoothing = 0) =>
        Of(new SphereFaceMargin(margin), labelSmoothing, onSphere: false, scale => new SphereFaceMargin(margin) { Scale = scale, Annealing = annealing ?? MarginAnnealing.Paper });

    // The first margin is made to check its numbers at once, and for its name.
    private static Loss Of(AngularMargin given, float labelSmoothing, bool onSphere, Func<float, AngularMargin> make)
    {
        var entropy = new SoftmaxCrossEntropy(labelSmoothing);
        var name = given.Name.Replace("Margin", "", StringComparison.Ordinal);
        return Loss.Custom(name, scope =>
        {
            if (scope.LayerOf(scope.Output).Op is not AngularLinear head || (onSphere && scope.LayerOf(scope.InputOf(scope.Output)).Op is not L2Normalize))
                throw new UsageException(
                    $"{name} changes the angle between an embedding and the direction of its class, so the network must end in "
                    + $"{(onSphere ? $"CosineLinear({scope.Classes}), which gives scaled cosines" : $"AngularLinear({scope.Classes}), which gives |x| cos(theta)")}: received a network that ends in "
                    + $"'{scope.LayerOf(scope.Output).Name}' ({scope.LayerOf(scope.Output).Op}).");
            var margin = make(head.Scale);
            var changed = margin.InputCount == 2
                ? scope.Output.Then(margin, null, scope.Target)
                : scope.Output.Then(margin, null, scope.Target, scope.InputOf(scope.Output));
            return changed.Then(entropy, null, scope.Target);
        });
    }
}
