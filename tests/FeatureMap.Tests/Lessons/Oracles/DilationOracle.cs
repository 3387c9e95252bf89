using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>All sums of taps times rates, one by one; 7 of 13, 17 of 17, 15 of 29, 9 of 11, 21 of 25.</summary>
internal sealed class DilationOracle : LessonOracle
{
    public override string Id => "dilation";

    public override IReadOnlyList<string> Witnesses => ["rates=16_16_16", "kernel=1", "rates=1_3", "kernel=2&rates=1_4"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (kernel, rates) = (Whole(state, "kernel"), List(state, "rates"));
        IEnumerable<int> sums = [0];
        foreach (var rate in rates)
            sums = sums.SelectMany(sum => Enumerable.Range(0, kernel).Select(tap => sum + (tap * rate)));
        var counts = sums.CountBy(sum => sum).ToDictionary();
        var span = 1 + rates.Sum(rate => (kernel - 1) * rate);
        var paths = Enumerable.Range(0, span).Select(position => (double)counts.GetValueOrDefault(position)).ToList();
        Same(page, "span", [span]);
        Same(page, "paths", paths);
        Same(page, "reached", [counts.Count]);
        Holds(page, "complete", counts.Count == span);
        var isCommon = Enumerable.Range(2, 16).Any(factor => rates.All(rate => rate % factor == 0));
        Holds(page, "gap-without-factor", counts.Count < span && !isCommon);
        Holds(page, "common-factor", counts.Count < span && isCommon);
        Holds(page, "too-wide", span > 62);
        if (page.Blocks.OfType<Map>().Any()) Same(page, "plane", from row in paths from column in paths select row * column);
        // The position that the sentence about holes names has no path.
        if (!page.Conditions["complete"])
        {
            var sentence = page.Blocks.OfType<Sentence>().Single(one => one.Condition == "complete");
            Assert.Equal(0, paths[(int)sentence.Parts.Last(part => part.Number is not null).Number!.Value]);
        }
        (int, int)? golden = (kernel, Text(state, "rates")) switch
        {
            (3, "2_2_2") => (7, 13),
            (3, "1_2_5") => (17, 17),
            (3, "2_4_8") => (15, 29),
            (3, "1_4") => (9, 11),
            (3, "1_2_9") => (21, 25),
            _ => null,
        };
        if (golden is { } pair) Assert.Equal(pair, (counts.Count, span));
    }

    protected internal override string Random(Control control, ref RandomSequence random) =>
        control.Name == "rates" ? string.Join('_', (int[])[1 + random.NextInt(5), 1 + random.NextInt(8), 1 + random.NextInt(9)])
            : base.Random(control, ref random);
}
