using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// Most of the convolutions stand where every unit sees the whole image already. What they add to the field is padding.
/// Source: Richter, Schöning, Wiedenroth and Krumnack, "Should you go deeper? Optimizing convolutional neural network architectures", arXiv
/// 2106.12307 (border layer).
/// </summary>
internal sealed class EdgeFieldRule : LintRule
{
    public override string Id => "rf-edge";

    public override string Title => "most convolutions stand where the field already spans the image";

    public override string Why => "Their neighbours have seen the same whole image, so looking at them brings little new. Such layers "
        + "mostly repeat what was decided before, at full price.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        var input = context.Network.Input;
        // Whoever enlarges draws details, and needs convolutions for them wherever the field is.
        if (input.IsVector || context.Network.Layers.Any(layer =>
            layer.PlainOp is ConvTranspose2d or Resize2d or PixelShuffle)) yield break;
        var spatial = context.All<Conv2d>().Where(found => found.Op.Kernel != 1
            && !Convolution.IsMatrixProduct(found.Op.Geometry(found.Layer.InputShapes[0]))).Select(found => found.Layer).ToList();
        var beyond = spatial.Where(layer => SpansImage(context.Fields[layer.Inputs[0]], input)).ToList();
        // Two thirds: many good networks pass the size of their image half-way.
        if (beyond.Count == 0 || beyond.Count * 3 < spatial.Count * 2) yield break;
        var field = context.Fields[beyond[0].Inputs[0]];
        yield return Hint(
            beyond[0],
            $"from here on {beyond.Count} of {spatial.Count} convolutions with kernels above 1x1 look at a map whose units "
                + $"see {ReceptiveField.Pair(field.Vertical.Size, field.Horizontal.Size)} pixels, the {input.Height}x{input.Width} image "
                    + "as a whole",
            "Use larger images, pool or stride later, or spend the layers on width and 1x1 convolutions instead.",
            ("layers", beyond.Count), ("of", spatial.Count));
    }

    private static bool SpansImage(ReceptiveField field, Shape input) =>
        field.IsGlobal || (field.Vertical.Size >= input.Height && field.Horizontal.Size >= input.Width);
}
