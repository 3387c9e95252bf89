using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Decay in closed form; masks of stochastic depth are 0 or 1 / (1 - p); gaps are differences of the curves' ends.</summary>
internal sealed class RegularizationOracle : LessonOracle
{
    public override string Id => "regularization";

    public override IReadOnlyList<string> Witnesses => ["decay=0&epochs=3", "decay=0&patience=1&rate=1&epochs=25&images=10",
        "decay=0.3&l1=0.01&depth=0.3&epochs=3", "decay=0&smoothing=0.5&epochs=2"];

    public override void Check(LessonState state, LessonPage page)
    {
        double Number(string control) => double.Parse(state.Text(state.Lesson.Control(control)), CultureInfo.InvariantCulture);
        var weight = (float)Number("weight");
        Close(page, "decayed", Enumerable.Range(0, 11).Select(step => weight * Math.Pow(1 - (Number("rate") * Number("decay")),
            step)), 1e-5);
        var curves = ((Lines)page["curves"]).Curves;
        Assert.Equal(curves[1].Y[^1] - curves[0].Y[^1], page.Number("gap-without"), 1e-12);
        Assert.Equal(curves[3].Y[^1] - curves[2].Y[^1], page.Number("gap"), 1e-12);
        Assert.Equal(Number("epochs"), curves[0].X.Count);
        var kept = 1 / (1 - Math.Max(0.05, Number("depth")));
        Assert.All(page.Numbers("left-out"), value => Assert.True(value == 0 || Math.Abs(value - kept) < 1e-5 * kept));
        Same(page, "left-out-gradient", page.Numbers("left-out"));
        // With smoothing no answer costs less than the entropy of the target.
        var smoothing = Number("smoothing");
        double[] target = [1 - smoothing + (smoothing / 10), .. Enumerable.Repeat(smoothing / 10, 9)];
        var least = -target.Where(q => q > 0).Sum(q => q * Math.Log(q));
        Assert.All(curves[2].Y, loss => Assert.True(loss >= least - 1e-5));
        // Two trainings from the same seed without anything are the same.
        if (Number("decay") == 0 && Number("l1") == 0 && smoothing == 0 && Number("depth") == 0 && Number("patience") == 0) Assert.Equal(
            curves[0].Y, curves[2].Y);
        Holds(page, "narrower", page.Number("gap") < page.Number("gap-without"));
        Holds(page, "stopped", curves[2].X.Count < Number("epochs"));
        Holds(page, "shorter", page.Numbers("sizes")[2] < page.Numbers("sizes")[0]);
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "images" => $"{10 + random.NextInt(15)}",
        "epochs" => $"{1 + random.NextInt(6)}",
        _ => base.Random(control, ref random),
    };
}
