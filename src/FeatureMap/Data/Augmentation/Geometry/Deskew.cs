using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Sets slanting strokes upright and moves what is bright to the middle: the image is sheared along its rows until brightness no longer leans, which is when its mixed moment
/// m_xy = sum of brightness x (x - mean x) (y - mean y) is 0. That takes the slope m_xy / m_yy. Not random: validation and prediction do it too. For bright characters on a dark ground;
/// an image that is dark altogether, or on one line, is only moved. Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998, section III.A (deslanting).
/// </summary>
public sealed record Deskew : Augmentation
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Deskew>("deskew", "sets slanting characters upright, in the middle", new());

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape) => this;

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<Deskew>(shape);
        return shape;
    }

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        if (Upright(work.Pixels, work.Shape) is { } map) work.Warp(map, default);
    }

    /// <summary>The map from the result back to the source; null for an image without brightness.</summary>
    internal static AffineMap? Upright(ReadOnlySpan<float> pixels, Shape shape)
    {
        double sum = 0, sumX = 0, sumY = 0, sumXY = 0, sumYY = 0;
        for (var i = 0; i < shape.Count; i++)
        {
            double bright = pixels[i];
            int y = i % shape.Area / shape.Width, x = i % shape.Width;
            sum += bright;
            sumX += bright * x;
            sumY += bright * y;
            sumXY += bright * x * y;
            sumYY += bright * y * y;
        }
        if (!(sum > 0)) return null;
        double meanX = sumX / sum, meanY = sumY / sum;
        double mixed = (sumXY / sum) - (meanX * meanY), upright = (sumYY / sum) - (meanY * meanY);
        // Less than a hundredth of a pixel squared is a line along the row.
        var slope = upright > 0.01 ? mixed / upright : 0;
        double middleX = (shape.Width - 1) / 2.0, middleY = (shape.Height - 1) / 2.0;
        return new AffineMap(1, slope, meanX - middleX - (slope * middleY), 0, 1, meanY - middleY);
    }
}
