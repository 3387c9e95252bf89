using FeatureMap.Analysis;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>Positions that a stack reads along one axis.</summary>
internal sealed class DilationConcept() : Concept(
    "dilation", "gaps between the taps: a wider view for the same weights, and holes if rates share a factor", "Ops/Conv2d/README.md",
    (Kernel, [3]),
    (Rates, [2, 2, 2]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (kernel, rates) = (values[Kernel], values.List(Rates));
        var coverage = DilationCoverage.Of(kernel, rates);

        page.Say($"At rate d a kernel of k taps spans k + (k - 1)(d - 1) pixels and still has k weights per axis.");
        page.Row("extents", "span of each layer", [.. rates.Select(rate => kernel + ((kernel - 1.0) * (rate - 1)))]);
        page.Row("paths", "paths from each position to one output (0 is a hole)", coverage.Paths);
        page.Number("reached", "positions that are read", coverage.Reached).Number("span", "of a span of", coverage.Span);
        page.Number("share", "share of the plane", 100.0 * coverage.Reached * coverage.Reached / ((double)coverage.Span * coverage.Span), " %");
        page.Say($"{(coverage.IsComplete ? "No holes." : "Gridding: neighbouring outputs share no inputs. Rates without a common factor, such as 1, 2, 5, close the holes.")}");
    }
}
