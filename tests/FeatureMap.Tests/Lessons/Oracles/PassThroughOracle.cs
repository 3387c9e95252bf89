using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The published counts to the digit, the architecture of the zoo, and the rearrangement by loops.</summary>
internal sealed class PassThroughOracle : LessonOracle
{
    public override string Id => "assignment-3-2";

    public override IReadOnlyList<string> Witnesses => ["blocks=4&width=0.125", "blocks=3&tap=9&map=2x4x4"];

    public override void Check(LessonState state, LessonPage page)
    {
        string Text(string control) => state.Text(state.Lesson.Control(control));
        if (state.Query.Length == 0)
        {
            Assert.Equal([50_558_186, 50_537_514, 50_541_802, 50_521_130], page.Numbers("counts").Take(4));
            Assert.Equal(39_845_888, ((Table)page["dead"]).Rows.Sum(row => row[2].Number!.Value - row[3].Number!.Value));
            Assert.Equal(39_845_888.0 / 50_558_186, page.Number("share"), 1e-9);
        }
        var tap = int.Parse(Text("tap"));
        if (tap >= 12)
        {
            var side = 32 * int.Parse(Text("blocks"));
            var zoo = PassThrough.Build(Shape.Image(3, side, side), int.Parse(Text("classes")), tap,
                double.Parse(Text("width"), CultureInfo.InvariantCulture));
            Assert.Equal([zoo.TrainableCount + zoo.FixedCount, zoo.TrainableCount],
                page.Numbers("counts").Take(2).Select(count => (long)count));
            Assert.Equal(zoo.MultiplyAdds, page.Numbers("cost")[2]);
        }
        var (map, moved) = ((Grid)page["map"], (Grid)page["moved"]);
        for (var channel = 0; channel < moved.Channels; channel++)
            for (var row = 0; row < moved.Rows; row++)
                for (var column = 0; column < moved.Columns; column++)
                {
                    var place = channel / map.Channels;
                    Assert.Equal(map.At(channel % map.Channels, (2 * row) + (place / 2), (2 * column) + (place % 2)),
                        moved.At(channel, row, column));
                }
        Assert.Equal(Enumerable.Range(1, map.Values.Count).Select(value => (double)value), page.Numbers("dmap").Order());
        Holds(page, "given", tap == 13);
        Holds(page, "mostly-dead", page.Numbers("cost")[1] < page.Numbers("cost")[0] / 2);
    }

    protected internal override string Random(Control control, ref FeatureMap.Randomness.RandomSequence random) => control.Name switch
    {
        "map" => Written(1 + random.NextInt(3), 2 * (1 + random.NextInt(2)), 2 * (1 + random.NextInt(2)), ref random),
        "width" => random.NextInt(2) == 0 ? "0.25" : "0.125",
        _ => base.Random(control, ref random),
    };
}
