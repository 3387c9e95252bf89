using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Closed forms; 120.4 million to 12.4 million multiply-adds of Inception 3a.</summary>
internal sealed class OneByOneOracle : LessonOracle
{
    public override string Id => "one-by-one";

    public override void Check(LessonState state, LessonPage page)
    {
        double area = Math.Pow(Whole(state, "side"), 2), taps = Math.Pow(Whole(state, "kernel"), 2);
        int channels = Whole(state, "channels"), outputs = Whole(state, "outputs"), squeeze = Whole(state, "squeeze");
        Same(page, "direct", [area * channels * outputs * taps]);
        Same(page, "squeezed", [area * channels * squeeze]);
        Same(page, "costly", [area * squeeze * outputs * taps]);
        Same(page, "directCost", [channels * outputs * taps, area * channels * outputs * taps]);
        var (pixel, weights) = (page.Numbers("input"), page.Numbers("weights"));
        var (output, dx, dw) = Products(pixel, (pixel.Count, 1, 1), weights, (weights.Count / pixel.Count, 1, 1),
            page.Numbers("gradient"));
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        if (state.Query == "squeeze=16") Assert.Equal((120_422_400, 12_443_648),
            (page.Number("direct"), page.Number("squeezed") + page.Number("costly")));
        Holds(page, "saves", squeeze * (channels + (outputs * taps)) < channels * outputs * taps);
    }
}
