using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>Batch normalisation over a batch of one image. On a 1x1 map a channel then has a single number, whose mean is itself: the
/// output is beta, whatever comes in.</summary>
internal sealed class LonelyBatchRule : LintRule
{
    public override string Id => "bn-batch1";

    public override string Title => "batch normalisation over a batch of one image";

    public override string Why => "The statistics of one image are not those of the data, so training and evaluation compute different "
        + "functions; of a single number nothing is left at all.";

    public override string Lesson => "src/FeatureMap/Ops/BatchNorm/README.md";

    public override string? Missing(LintOptions options) => options.BatchSize is null ? "the images per step: LintOptions.BatchSize" : null;

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        if (context.Options.BatchSize != 1) yield break;
        foreach (var (layer, norm) in context.All<BatchNorm>())
        {
            var area = layer.Output.Area;
            const string fix = "Use larger batches (accumulating gradients does not help here), or GroupNorm or LayerNorm, which look at "
                + "one image.";
            yield return (area == 1
                ? Error(layer, "a batch of 1 x height 1 x width 1 = 1 number per channel: minus its mean it is 0, so the output is beta "
                + "whatever the image is", fix, ("numbers", 1))
                : Warning(layer, $"each channel has the {LintWords.Count(area)} numbers of one image per step: it works as instance "
                    + "normalisation, with running statistics that fit no image", fix, ("numbers", area))) with
            {
                Edits = [NetworkEdit.Replace(layer.Name, new LayerNorm { Epsilon = norm.Epsilon, IsAffine = norm.IsAffine })],
            };
        }
    }
}
