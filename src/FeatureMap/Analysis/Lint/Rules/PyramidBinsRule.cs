using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>A level of a spatial pyramid, or an adaptive pooling, with more bins than the map has pixels.</summary>
internal sealed class PyramidBinsRule : LintRule
{
    public override string Id => "spp-bins";

    public override string Title => "a pooling into more bins than the map has pixels";

    public override string Why =>
        "Bins share pixels then: the same numbers stand in the vector several times, and the dense layer behind has weights for copies.";

    public override string Lesson => "src/FeatureMap/Ops/SpatialPyramidPool/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, pool) in context.All<BinPool>())
        {
            var map = layer.InputShapes[0];
            foreach (var grid in pool.Grids(map))
            {
                if (grid.Rows.Count <= map.Height && grid.Columns.Count <= map.Width) continue;
                yield return Warning(
                    layer,
                    $"{grid.Rows.Count}x{grid.Columns.Count} bins over {map.Height}x{map.Width} pixels: {Count(grid.Count)} numbers per "
                        + $"channel say what {Count(map.Area)} do",
                    $"Use at most {map.Height}x{map.Width} bins, give the network larger images, or pool less before.",
                    ("bins", grid.Count), ("pixels", map.Area)) with
                { Edits = Fitting(layer, map) };
            }
        }
    }

    private static NetworkEdit[] Fitting(Layer layer, Shape map) => layer.Op switch
    {
        AdaptivePool2d pool =>
        [
            NetworkEdit.Set(layer.Name, "output", new[] { Math.Min(pool.OutputHeight, map.Height), Math.Min(pool.OutputWidth, map.Width) }),
        ],
        SpatialPyramidPool pyramid when pyramid.Levels.Any(level => level <= Math.Min(map.Height, map.Width)) =>
            [NetworkEdit.Set(layer.Name, "levels", pyramid.Levels.Where(level => level <= Math.Min(map.Height, map.Width)).ToArray())],
        _ => [],
    };
}
