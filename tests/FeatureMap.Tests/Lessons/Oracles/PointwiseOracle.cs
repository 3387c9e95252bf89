using FeatureMap.Lessons;

namespace FeatureMap.Tests.Lessons;

/// <summary>A matrix product, by loops.</summary>
internal sealed class PointwiseOracle : LessonOracle
{
    public override string Id => "pointwise";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, weights) = (GridOf(page, "input"), GridOf(page, "weights"));
        var (output, dx, dw) = Products(image.Values, ShapeOf(image), weights.Values, (weights.Rows, 1, 1), page.Numbers("gradient"),
            Whole(state, "stride"));
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Same(page, "cost", [weights.Values.Count, (double)output.Length * image.Channels, 1]);
    }
}
