using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Overlap by counting unit squares; the target's cell; losses and gradients of the cells by the logistic function.</summary>
internal sealed class DetectionOracle : LessonOracle
{
    public override string Id => "detection";

    public override IReadOnlyList<string> Witnesses => ["thing=0_0_100_100&stages=2", "found=0_0_1_1&again=5_5_9_9", "overlap=0.95",
        "size=32&stages=5&thing=3_4_5_6"];

    public override void Check(LessonState state, LessonPage page)
    {
        int[] Box(string control) => [.. state.Text(state.Lesson.Control(control)).Split('_').Select(int.Parse)];
        int Number(string control) => int.Parse(state.Text(state.Lesson.Control(control)));
        var (thing, found, again) = (Box("thing"), Box("found"), Box("again"));
        Assert.Equal(Overlap(thing, found), page.Number("overlap-of"), 1e-9);
        var limit = double.Parse(state.Text(state.Lesson.Control("overlap")), CultureInfo.InvariantCulture);
        Assert.Equal(Overlap(found, again) > limit ? [1, 0] : (double[])[1, 1], page.Numbers("kept"));
        if (Overlap(thing, found) >= 0.5) Assert.Equal(1, page.Number("precision"));
        // Parameters of a stack that doubles its channels, and of the head.
        var (channels, parameters) = (3.0, 0.0);
        for (var stage = 0; stage < Number("stages"); stage++)
        {
            var next = Number("width") * Math.Pow(2, stage);
            parameters += (9 * channels * next) + next;
            channels = next;
        }
        Assert.Equal(parameters, page.Number("taken"));
        Assert.Equal((channels + 1) * (5 + Number("classes")), page.Number("head"));
        var (there, scores) = ((Grid)page["there"], page.Numbers("scores"));
        var cell = (double)Number("size") / there.Rows;
        var (x, y) = (thing[0] + (Math.Max(1, thing[2]) / 2.0), thing[1] + (Math.Max(1, thing[3]) / 2.0));
        if (Number("size") % there.Rows == 0) Assert.Equal(1, there.At(0, (int)(y / cell), (int)(x / cell)));
        Assert.Equal(1, there.Values.Sum());
        double Logistic(double score) => 1 / (1 + Math.Exp(-score));
        Close(page, "dscores", there.Values.Select((asked, i) => asked == 1 ? Logistic(scores[i]) - 1 : Logistic(scores[i]) / 2), 1e-4);
        Close(page, "asked",
            [there.Values.Select((asked, i) => asked == 1 ? -Math.Log(Logistic(scores[i])) : -Math.Log(1 - Logistic(scores[i])) / 2).Sum()],
            1e-4);
        Holds(page, "suppressed", Overlap(found, again) > limit);
        Holds(page, "right", Overlap(thing, found) >= 0.5);
        var (field, jump) = (1, 1);
        for (var stage = 0; stage < Number("stages"); stage++)
            (field, jump) = (field + (3 * jump), 2 * jump);
        Holds(page, "sees", field >= Math.Max(1, Math.Max(thing[2], thing[3])));
    }

    /// <summary>Things whose middle lies in the image.</summary>
    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "size" => $"{64 + random.NextInt(100)}",
        "thing" or "found" or "again" => $"{random.NextInt(12)}_{random.NextInt(12)}_{2 + random.NextInt(30)}_{2 + random.NextInt(30)}",
        _ => base.Random(control, ref random),
    };

    private static double Overlap(int[] one, int[] other)
    {
        bool Inside(int[] box, int x, int y) => x >= box[0] && y >= box[1] && x < box[0] + Math.Max(1, box[2]) && y < box[1]
            + Math.Max(1, box[3]);
        var (common, together) = (0, 0);
        for (var y = 0; y < 300; y++)
            for (var x = 0; x < 300; x++)
            {
                var (a, b) = (Inside(one, x, y), Inside(other, x, y));
                common += a && b ? 1 : 0;
                together += a || b ? 1 : 0;
            }
        return (double)common / together;
    }
}
