using FeatureMap.Networks;
using static FeatureMap.Lessons.ConceptOption;

namespace FeatureMap.Lessons;

/// <summary>The length of the vector for several sizes, and the bins of one.</summary>
internal sealed class PyramidConcept() : Concept(
    "pyramid", "spatial pyramid pooling: a vector of fixed length from an image of any size", "Ops/SpatialPyramidPool/README.md",
    (Channels, [256]),
    (Levels, [1, 2, 4]),
    (Input, [13]))
{
    public override void Explain(ConceptValues values, ConceptPage page)
    {
        var (channels, input, levels) = (values[Channels], values[Input], values.List(Levels));

        page.Say($"Each plane is pooled into n x n bins for several n: C x sum of n^2 numbers, whatever the size. Bin i covers floor(i a / n) to ceil((i + 1) a / n) - 1.");
        page.Number("bins", "bins of one plane", levels.Sum(level => level * level));
        int[] sizes = [input, input + 1, 2 * input];
        page.Row("sizes", "sides of the image", [.. sizes.Select(size => (double)size)]);
        page.Row("lengths", "lengths of the vector", [.. sizes.Select(size => (double)Network.Build(Shape.Image(channels, size, size), x => x.SpatialPyramidPool(levels)).Output.Count)]);
    }
}
