using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>216,320 weights against 320; means, class map and their gradients by loops.</summary>
internal sealed class GlobalAverageOracle : LessonOracle
{
    public override string Id => "global-average";

    public override IReadOnlyList<string> Witnesses => ["head=flatten&size=8&channels=1", "head=maximum&gradient=-2",
        "maps=3x4x4&factors=1_2_3",
        .. Enumerable.Range(0, 25).Select(number => $"digit={10 + number}&class={number % 10}")];

    public override void Check(LessonState state, LessonPage page)
    {
        var (digit, shown) = (Whole(state, "digit"), Whole(state, "class"));
        var scores = page.Numbers("trained-scores").ToArray();
        Holds(page, "read-right", Array.IndexOf(scores, scores.Max()) == Datasets.Digits().Validation.Label(digit));
        // The class map once more, from the maps and weights of the trained network's trace.
        var trained = page.Traces.First(trace => trace.Network.Layers.Any(layer => layer.Name == "means"));
        var (read, last) = (trained.Output("maps").Chunk(100).ToArray(), trained.Weights["scores.weight"].Values.ToArray());
        Close(page, "trained-map", Enumerable.Range(0, 100).Select(pixel => read.Select((plane, channel) =>
            (double)plane[pixel] * last[(shown * read.Length) + channel]).Sum()), 1e-4);
        if (state.Query.Length == 0) Assert.Equal(320, page.Number("weights"));
        if (state.Query == "head=flatten") Assert.Equal(216_320, page.Number("weights"));
        string Text(string control) => state.Text(state.Lesson.Control(control));
        var (maps, factors) = ((Grid)page["maps"], page.Numbers("factors"));
        var (area, maximum, dy) = (maps.Rows * maps.Columns, Text("head") == "maximum",
            double.Parse(Text("gradient"), CultureInfo.InvariantCulture));
        var planes = maps.Values.Chunk(area).ToArray();
        var vector = planes.Select(plane => maximum ? plane.Max() : plane.Average()).ToArray();
        Close(page, "vector", vector);
        Assert.Equal(vector.Zip(factors, (one, other) => one * other).Sum(), page.Number("score"), 1e-4);
        var map = Enumerable.Range(0, area).Select(pixel => planes.Select((plane, channel) => plane[pixel] * factors[channel])
            .Sum()).ToArray();
        Close(page, "class-map", map);
        if (!maximum) Assert.Equal(map.Average(), page.Number("score"), 1e-4);
        Close(page, "dx", planes.SelectMany((plane, channel) => plane.Select((_, pixel) => maximum
            ? Array.IndexOf(plane, plane.Max()) == pixel ? dy * factors[channel] : 0
            : dy * factors[channel] / area)));
        Close(page, "dw", vector.Select(value => dy * value));
        Holds(page, "heavy", page.Number("weights") > 0.9 * (page.Number("weights") + (9 * Whole(state, "channels"))));
        Holds(page, "fixed", Text("head") == "flatten");
        Holds(page, "maximum", maximum);
    }
}
