using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The mask is the op's (its reference draws the same, see TraceJudge); outputs and gradients are it times the numbers; the mean
/// comes near them.</summary>
internal sealed class DropoutOracle : LessonOracle
{
    public override string Id => "dropout";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, mask, p) = (GridOf(page, "input"), GridOf(page, "mask"), Whole(state, "percent") / 100.0);
        Assert.All(mask.Values, value => Assert.True(value == 0 || Math.Abs(value - (1 / (1 - p))) < 1e-4 / (1 - p)));
        Close(page, "output", mask.Values.Zip(image.Values, (m, x) => m * x));
        Close(page, "dx", mask.Values.Zip(page.Numbers("gradient"), (m, g) => m * g));
        Same(page, "evaluated", image.Values);
        if (Text(state, "kind") == "channels")
            Assert.All(mask.Values.Chunk(mask.Rows * mask.Columns), plane => Assert.Single(plane.Distinct()));
        // Six standard errors of a mean over 512 masks.
        var means = page.Numbers("means");
        Assert.All(Enumerable.Range(0, means.Count), i => Assert.InRange(Math.Abs(means[i] - image.Values[i]), 0,
            1e-3 + (6 * Math.Abs(image.Values[i]) * Math.Sqrt(p / (1 - p) / 512))));
        Holds(page, "drops", mask.Values.Contains(0));
    }
}
