using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Each set normalised by loops; its dX by central differences in double precision; running averages by recurrence; folded and
/// apart alike.</summary>
internal sealed class NormalizationOracle : LessonOracle
{
    public override string Id => "normalization";

    public override IReadOnlyList<string> Witnesses =>
        ["kind=pixel", "kind=instance&gamma=-2&beta=1", "input=2x2x2&images=1", "kind=group&groups=1&images=4", "images=8&kind=layer",
            "input=3x1x1&images=3", "gamma=0&beta=0.5&epsilon=1&momentum=1&steps=1"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        double Number(string control) => (float)double.Parse(Text(control), CultureInfo.InvariantCulture);
        var batch = (Grid)page["input"];
        var (images, kind, gamma, beta, epsilon) = (int.Parse(Text("images")), Text("kind"), Number("gamma"), Number("beta"),
            Number("epsilon"));
        var (channels, area) = (batch.Channels / images, batch.Rows * batch.Columns);
        var groups = kind switch { "layer" => 1, "group" => int.Parse(Text("groups")), _ => channels };
        // Who shares a set with whom, said by another rule than the page's: two numbers do where these coordinates agree.
        (int, int, int) Key(int i) => (kind == "batch" ? 0 : i / (channels * area),
            kind == "pixel" ? 0 : i / area % channels / (channels / groups), kind == "pixel" ? i % area : 0);
        double[] Forward(double[] x)
        {
            var y = new double[x.Length];
            foreach (var set in Enumerable.Range(0, x.Length).GroupBy(Key))
            {
                var mean = set.Average(i => x[i]);
                var variance = set.Average(i => (x[i] - mean) * (x[i] - mean));
                foreach (var i in set)
                    y[i] = (gamma * (x[i] - mean) / Math.Sqrt(variance + epsilon)) + beta;
            }
            return y;
        }

        double[] input = [.. batch.Values];
        Close(page, "output", Forward(input), 1e-4);
        Assert.Equal(Enumerable.Range(0, input.Length).GroupBy(Key).Count(), page.Numbers("sets").Distinct().Count());
        var gradient = page.Numbers("gradient");
        var dx = new double[input.Length];
        for (var i = 0; i < input.Length; i++)
        {
            var kept = input[i];
            input[i] = kept + 1e-6;
            var above = Forward(input).Zip(gradient, (y, dy) => y * dy).Sum();
            input[i] = kept - 1e-6;
            var below = Forward(input).Zip(gradient, (y, dy) => y * dy).Sum();
            input[i] = kept;
            dx[i] = (above - below) / 2e-6;
        }
        Close(page, "dx", dx, 1e-3);
        Assert.All(page.Numbers("sums"), sum => Assert.Equal(0, sum, 1e-4 * dx.Select(Math.Abs).Append(1).Max()));
        // The running mean follows the mean of channel 0, step after step.
        var (running, momentum) = (0.0, Number("momentum"));
        var own = Enumerable.Range(0, input.Length).Where(i => i / area % channels == 0).Average(i => input[i]);
        for (var step = 0; step < int.Parse(Text("steps")); step++)
            running += momentum * (own - running);
        Assert.Equal(running, page.Number("running-mean"), 1e-4);
        Close(page, "together", page.Numbers("apart"), 1e-5);
        // dv stands at right angles to v.
        Assert.Equal(0, page.Numbers("dv").Zip(page.Numbers("direction"), (one, other) => one * other).Sum(), 1e-3);
        Holds(page, "one-image", images == 1);
        Holds(page, "constant", Enumerable.Range(0, input.Length).GroupBy(Key).Any(set => set.Select(i => input[i]).Distinct()
            .Count() == 1));
    }

    /// <summary>Channels in whole images, so that states fit.</summary>
    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "input" => Written(8, 1 + random.NextInt(3), 1 + random.NextInt(3), ref random),
        "images" => $"{1 << random.NextInt(3)}",
        "direction" => Written(1, 1, 2 + random.NextInt(3), ref random),
        _ => base.Random(control, ref random),
    };
}
