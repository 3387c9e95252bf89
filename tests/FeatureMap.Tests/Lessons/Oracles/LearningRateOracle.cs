using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Every schedule by its formula, step by step; the range test's rates grow by one factor.</summary>
internal sealed class LearningRateOracle : LessonOracle
{
    public override string Id => "learning-rate";

    public override bool HasTrace => false;

    public override IReadOnlyList<string> Witnesses =>
        ["schedule=cosine", "schedule=exp-range&factor=0.98", "schedule=step", "schedule=milestones", "schedule=exponential",
            "schedule=linear", "schedule=polynomial", "schedule=constant", "schedule=warm-up", "step=999&epochs=2"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        double Number(string control) => double.Parse(Text(control), CultureInfo.InvariantCulture);
        var (low, high, half, factor, perEpoch) = (Number("low"), Number("high"), (int)Number("half"), Number("factor"),
            (int)Number("steps-per-epoch"));
        var total = (int)Number("epochs") * perEpoch;
        var rates = page.Numbers("rates");
        Assert.Equal(total, rates.Count);
        for (var t = 0; t < total; t++)
        {
            // A saw tooth written the other way round: the distance to the nearest end of a cycle.
            var tooth = 1 - (Math.Abs((t % (2 * half)) - half) / (double)half);
            var (part, epoch, peak) = (total > 1 ? t / (double)(total - 1) : 0, t / perEpoch, (0.3 * total) - 1);
            double? expected = Text("schedule") switch
            {
                "triangular" => low + ((high - low) * tooth),
                "triangular2" => low + ((high - low) * tooth / Math.Pow(2, t / (2 * half))),
                "exp-range" => low + ((high - low) * tooth * Math.Pow(factor, t)),
                "one-cycle" => t <= peak ? Wave(high / 25, high, t / Math.Max(1, peak)) : Wave(high, high / 250_000,
                    (t - peak) / Math.Max(1, total - 1 - peak)),
                "cosine" => Wave(high, low, part),
                "cosine-restarts" => Wave(high, low, t % half / (double)half),
                "step" => high * Math.Pow(factor, epoch / 2),
                "milestones" => high * Math.Pow(factor, (epoch >= 2 ? 1 : 0) + (epoch >= 3 ? 1 : 0) + (epoch >= 5 ? 1 : 0)),
                "exponential" => high * Math.Pow(factor, epoch),
                "linear" => high + ((low - high) * part),
                "polynomial" => low + ((high - low) * (1 - part) * (1 - part)),
                "constant" => high,
                "warm-up" => high * Math.Min(1, (t + 1.0) / half),
                _ => null,
            };
            if (expected is { } rate) Assert.Equal(rate, rates[t], 1e-9 * Math.Max(1, high));
            else Assert.True(t == 0 || rates[t] <= rates[t - 1]);
        }
        var range = ((Lines)page["range"]).Curves[0].X;
        for (var i = 2; i < range.Count; i++)
            Assert.Equal(range[1] / range[0], range[i] / range[i - 1], 1e-9);
        Holds(page, "rises", Enumerable.Range(1, total - 1).Any(t => rates[t] > rates[t - 1]));
        Holds(page, "settles", rates[^1] <= rates.Max() / 10);
        Holds(page, "moved", (int)Number("step") >= total);
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "low" => $"{0.001 + (0.01 * random.NextDouble())}",
        "high" => $"{0.02 + random.NextDouble()}",
        _ => base.Random(control, ref random),
    };

    private static double Wave(double from, double to, double part) =>
        to + ((from - to) * (1 + Math.Cos(Math.PI * Math.Clamp(part, 0, 1))) / 2);
}
