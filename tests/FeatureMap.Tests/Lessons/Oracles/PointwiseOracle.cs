using FeatureMap.Lessons;

namespace FeatureMap.Tests.Lessons;

/// <summary>A matrix product, by loops.</summary>
internal sealed class PointwiseOracle : LessonOracle
{
    public override string Id => "pointwise";

    public override IReadOnlyList<string> Witnesses => ["input=2x3x3&weights=1_1~2_-1"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, weights) = (GridOf(page, "input"), GridOf(page, "weights"));
        var (output, dx, dw) = Products(image.Values, ShapeOf(image), weights.Values, (weights.Rows, 1, 1), page.Numbers("gradient"),
            Whole(state, "stride"));
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Same(page, "cost", [weights.Values.Count, (double)output.Length * image.Channels, 1]);
        var (step, pixels) = (Whole(state, "stride"), output.Length / weights.Rows);
        // Y = W X, by the two matrices of the page.
        var (w, x) = (page.Numbers("w"), page.Numbers("x"));
        Close(page, "output", Enumerable.Range(0, output.Length).Select(i => Enumerable.Range(0, image.Channels)
            .Sum(channel => w[(i / pixels * image.Channels) + channel] * x[(channel * pixels) + (i % pixels)])));
        if (image.Channels == 3 && Text(state, "picture") != "none")
            Close(page, "picture-output-0", Products(page.Numbers("picture"), (3, 64, 64), [.. weights.Values.Take(3)], (1, 1, 1), stride: step).Output, 1e-4);
        Holds(page, "unread", (((image.Rows - 1) / step) + 1) * (((image.Columns - 1) / step) + 1) < image.Rows * image.Columns);
    }
}
