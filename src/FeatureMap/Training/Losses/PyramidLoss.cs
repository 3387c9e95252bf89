using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>The loss of a detector on several grids, see <see cref="BoxPyramid"/>.</summary>
public static class PyramidLoss
{
    private const double Balance = 0.25;

    // Less than any box, so that a box of no size divides by no zero.
    private const double Tiny = 1e-7;

    /// <summary>
    /// Over the cells of an image, divided by how many of them answer for a thing: the focal loss of the classes (Lin et al., ICCV 2017,
    /// with a balance of 0.25 and a focus of 2), in which the many cells with nothing that are sure of it count next to nothing; and over
    /// the cells that answer 1 - GIoU of their box (Rezatofighi et al., CVPR 2019), which has a gradient where boxes do not meet, and the
    /// binary cross-entropy of centre-ness. Cells that nobody is to answer for (-1) have no part in it.
    /// </summary>
    /// <param name="pyramid">What the numbers mean; output and target are of its shape.</param>
    public static Loss Of(BoxPyramid pyramid)
    {
        ArgumentNullException.ThrowIfNull(pyramid);
        return Loss.Custom("pyramid", (output, target) =>
        {
            if (output.Shape != pyramid.Shape)
                throw new ShapeException($"The loss is for a pyramid of {pyramid.Shape} (5 + {pyramid.ClassCount} channels x 1 x cells): "
                    + $"received an output of {output.Shape}.");
            var kinds = Part(target, BoxPyramid.Classes, null);
            var there = kinds.Sum(Axes.Channels);
            var center = Part(target, BoxPyramid.Center, BoxPyramid.Classes);
            var counts = (center + 1).Clip(0, 1);
            var focal = (Focal(Part(output, BoxPyramid.Classes, null), kinds).Sum(Axes.Channels) * counts).Sum();
            var box = (there * (1 - Overlap(
                Part(output, BoxPyramid.Edges, BoxPyramid.Center).Softplus(), Part(target, BoxPyramid.Edges, BoxPyramid.Center)))).Sum();
            var score = Part(output, BoxPyramid.Center, BoxPyramid.Classes);
            var near = (there * ((center * (-score).Softplus()) + ((1 - center) * score.Softplus()))).Sum();
            return (focal + box + near) / there.Sum().Maximum(1);
        });
    }

    private static Feature Focal(Feature score, Feature kind)
    {
        var p = score.Sigmoid();
        return (Balance * kind * (1 - p).Square() * (-score).Softplus()) + ((1 - Balance) * (1 - kind) * p.Square() * score.Softplus());
    }

    // GIoU of two boxes that are told from one place by the distances of their edges. Where there is no thing the distances of the target
    // are 0, and the result is left out.
    private static Feature Overlap(Feature given, Feature wanted)
    {
        Feature Sides(Feature edges, int first) => Part(edges, first, first + 1) + Part(edges, first + 2, first + 3);
        Feature least = given.Minimum(wanted), most = given.Maximum(wanted);
        var common = Sides(least, 0) * Sides(least, 1);
        var either = (Sides(given, 0) * Sides(given, 1)) + (Sides(wanted, 0) * Sides(wanted, 1)) - common;
        var around = Sides(most, 0) * Sides(most, 1);
        return (common / (either + Tiny)) - (1 - (either / (around + Tiny)));
    }

    private static Feature Part(Feature map, int first, int? end) => map.Slice(new AxisSlice(first, end));
}
