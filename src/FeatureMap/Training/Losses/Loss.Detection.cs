using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

// The loss of a detector on a grid of cells.
public abstract partial class Loss
{
    /// <summary>
    /// For boxes on a grid, see <see cref="BoxGrid"/>, summed over the cells of an image: binary cross-entropy of "there is a thing" (cells without one count less, because there are many of them), and
    /// in the cells with a thing box weight x squared distances of its middle inside the cell and of the roots of its sides, and the cross-entropy of its class. A root makes a distance of two pixels
    /// worse for a small box than for a large one. Where the paper squares all distances, probabilities have their cross-entropy here. An image without things is legal: all its cells learn to say so.
    /// Source: Redmon, Divvala, Girshick and Farhadi, "You only look once", arXiv 1506.02640, equation 3.
    /// </summary>
    /// <param name="grid">What the numbers mean; output and target are of its shape.</param>
    /// <param name="boxWeight">How much place and size count; 5 in the paper.</param>
    /// <param name="emptyWeight">How much a cell without a thing counts; 0.5 in the paper.</param>
    /// <exception cref="UsageException">A weight is not above 0.</exception>
    public static Loss Detection(BoxGrid grid, double boxWeight = 5, double emptyWeight = 0.5)
    {
        ArgumentNullException.ThrowIfNull(grid);
        CheckAboveZero("weight of the boxes in the detection loss", boxWeight, "5 is common");
        CheckAboveZero("weight of empty cells in the detection loss", emptyWeight, "0.5 is common");
        return Pairwise(Named("Detection", $"boxes {boxWeight}", $"empty {emptyWeight}"), null, (output, target, _) =>
        {
            if (output.Shape != grid.Shape)
                throw new ShapeException($"The detection loss is for a grid of {grid.Shape} (5 + {grid.ClassCount} channels x rows x columns): received an output of {output.Shape}.");
            var there = Part(target, BoxGrid.There, BoxGrid.Place);
            var score = Part(output, BoxGrid.There, BoxGrid.Place);
            var place = (Part(output, BoxGrid.Place, BoxGrid.Size).Sigmoid() - Part(target, BoxGrid.Place, BoxGrid.Size)).Square();
            var size = (Part(output, BoxGrid.Size, BoxGrid.Classes) - Part(target, BoxGrid.Size, BoxGrid.Classes)).Square();
            var isThing = (there * (-score).Softplus()) + (emptyWeight * (1 - there) * score.Softplus());
            var box = boxWeight * there * (place.Sum(Axes.Channels) + size.Sum(Axes.Channels));
            if (grid.ClassCount == 1) return (isThing + box).Sum(); // nothing to be told apart
            // The target's classes are all 0 where there is nothing.
            var kind = -(Part(target, BoxGrid.Classes, null) * Part(output, BoxGrid.Classes, null).LogSoftmax()).Sum(Axes.Channels);
            return (isThing + box + kind).Sum();
        });
    }

    private static Feature Part(Feature map, int first, int? end) => map.Slice(new AxisSlice(first, end));
}
