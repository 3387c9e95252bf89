using FeatureMap.Blocks;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

// The layers that give the numbers of a pyramid.
public sealed partial record BoxPyramid
{
    // A fresh network gives each class one in a hundred: nearly all cells have nothing, and would drown the rest in the first steps.
    private const double Rarity = 4.6;

    /// <summary>
    /// A feature pyramid with a head on each level, behind any backbone: each map takes what the coarser ones know on top of it, and two
    /// separable convolutions and a 1x1 convolution make its cells of it. The cells of all levels leave the network in one row.
    /// Source: Lin et al., "Feature pyramid networks for object detection", CVPR 2017; separable convolutions as in SSDlite.
    /// </summary>
    /// <param name="levels">The backbone's maps, one for each of <see cref="Strides"/>, the finest first.</param>
    /// <param name="channels">Channels of the pyramid.</param>
    /// <exception cref="ShapeException">A map has another size than its level, or there are more or fewer.</exception>
    public Feature Head(IReadOnlyList<Feature> levels, int channels = 128)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count != Strides.Count)
        {
            throw new ShapeException($"A pyramid with cells of {string.Join(", ", Strides.Select(stride => $"{stride}"))} pixels stands "
                + $"on as many maps: received {levels.Count}.");
        }
        for (var level = 0; level < levels.Count; level++)
        {
            var (height, width) = (Image.Height / Strides[level], Image.Width / Strides[level]);
            if ((levels[level].Shape.Height, levels[level].Shape.Width) != (height, width))
                throw new ShapeException($"Cells of {Strides[level]} pixels on images of {Image} make a map of {height} x {width}: "
                    + $"received {levels[level].Shape} (channels x height x width).");
        }
        var rows = new Feature[levels.Count];
        Feature? above = null;
        for (var level = levels.Count - 1; level >= 0; level--)
        {
            var map = levels[level].Scope($"level{Strides[level]}", x => x.Conv(channels, kernel: 1, name: "lateral"));
            if (above is not null) map = map.Add(above.Upsample(2));
            above = map;
            rows[level] = map.Scope($"head{Strides[level]}", x => Cell(x, channels));
        }
        var joined = rows[0];
        if (rows.Length > 1) joined = joined.Concat(rows.AsSpan(1));
        return joined.Transpose(Axis.Columns, Axis.Rows, Axis.Channels);
    }

    // Cells as channels, so that those of several levels can be joined.
    private Feature Cell(Feature x, int channels)
    {
        for (var i = 0; i < 2; i++)
            x = x.SeparableConv(channels, kernel: 3, style: ConvStyle.Normalized);
        x = x.Conv(Classes, kernel: 1, name: "box").Concat(x.Conv(ClassCount, kernel: 1, name: "class").Subtract(Rarity));
        return x.Reshape(Shape.Channels, 1, -1).Transpose(Axis.Columns, Axis.Rows, Axis.Channels);
    }
}
