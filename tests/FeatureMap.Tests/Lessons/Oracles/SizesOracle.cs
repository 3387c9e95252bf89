using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Multiply-adds and parameters counted by hand, stage by stage; the scores of a digit by loops at both sizes.</summary>
internal sealed class SizesOracle : LessonOracle
{
    public override string Id => "sizes";

    public override IReadOnlyList<string> Witnesses => ["first=64&second=32&stages=4", "first=32&second=96&stages=2&width=3",
        "head=flatten&first=64&second=128"];

    public override void Check(LessonState state, LessonPage page)
    {
        int Number(string control) => int.Parse(state.Text(state.Lesson.Control(control)));
        var head = state.Text(state.Lesson.Control("head"));
        (double Work, double Parameters) Counted(int side)
        {
            var (work, parameters, channels) = (0.0, 0.0, 3);
            for (var stage = 0; stage < Number("stages"); stage++)
            {
                var next = Number("width") * (stage switch { 0 => 1, 1 => 2, _ => 4 });
                work += 9.0 * channels * next * side * side;
                parameters += (9.0 * channels * next) + next;
                (channels, side) = (next, side / 2);
            }
            var vector = channels * head switch { "flatten" => side * side, "pyramid" => 5, _ => 1 };
            return (work + (10 * vector), parameters + (10 * vector) + 10);
        }
        var rows = ((Table)page["sizes"]).Rows;
        var (first, second) = (Counted(Number("first")), Counted(Number("second")));
        Assert.Equal(first.Work, rows[0][2].Number);
        Assert.Equal(second.Work, rows[1][2].Number);
        Assert.Equal(first.Parameters, rows[0][4].Number);
        Assert.Equal(second.Parameters, rows[1][4].Number);
        var epochs = (First: Number("first-epochs"), Second: Number("second-epochs"));
        Assert.Equal(((epochs.First * first.Work) + (epochs.Second * second.Work)) / ((epochs.First + epochs.Second) * second.Work),
            page.Number("share"), 1e-9);
        if (state.Query.Length == 0) Assert.Equal(7.0 / 16, page.Number("share"), 1e-3);
        // Each trace's weights are there: the scores again, by loops.
        Close(page, "large", Scores(page, 1, 28), 1e-4);
        Close(page, "small", Scores(page, 2, 14), 1e-4);
        var (field, jump) = (1, 1);
        for (var stage = 0; stage < Number("stages"); stage++)
            (field, jump) = (field + (3 * jump), 2 * jump);
        Holds(page, "covered", field >= Number("second"));
        Holds(page, "larger", Number("second") > Number("first"));
        Holds(page, "carried", head != "flatten" || Number("first") >> Number("stages") == Number("second") >> Number("stages"));
    }

    private static double[] Scores(LessonPage page, int trace, int side)
    {
        var (input, weights) = (page.Traces[trace].Input, page.Traces[trace].Weights);
        var maps = Products([.. input.Select(value => (double)value)], (1, side, side), Doubles("conv.weight"), (4, 3, 3),
            padding: 1).Output;
        var (bias, dense, last) = (Doubles("conv.bias"), Doubles("scores.weight"), Doubles("scores.bias"));
        var means = maps.Chunk(side * side).Select((map, channel) => map.Average(value => Math.Max(0, value + bias[channel]))).ToArray();
        return [.. Enumerable.Range(0, 3).Select(unit => last[unit] + means.Select((mean, i) => mean * dense[(unit * 4) + i]).Sum())];

        double[] Doubles(string parameter) => Array.ConvertAll(weights[parameter].Values.ToArray(), value => (double)value);
    }
}
