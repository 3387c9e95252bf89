using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Blocks along the diagonal; weights divided by g; 1 2 3 4 5 6 7 8 9 shuffled is 1 4 7 2 5 8 3 6 9.</summary>
internal sealed class GroupedOracle : LessonOracle
{
    public override string Id => "grouped";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, weights, groups, kernel) = (GridOf(page, "input"), GridOf(page, "weights"), Whole(state, "groups"),
            Whole(state, "kernel"));
        var channels = image.Channels;
        var (output, dx, dw) = Products(image.Values, ShapeOf(image), weights.Values, (channels, kernel, kernel),
            page.Numbers("gradient"), groups: groups);
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Same(page, "weightCount", [channels * channels * kernel * kernel / (double)groups]);
        var size = channels / groups;
        double Block(int row, int column) => row / size == column / size ? 1 : 0;
        Same(page, "reach", from row in Enumerable.Range(0, channels)
                            from column in Enumerable.Range(0, channels)
                            select Block(row,
            column));
        // Behind the shuffle place i holds channel (i mod g) (M / g) + i / g.
        int Held(int place) => Text(state, "shuffle") == "true" ? (place % groups * size) + (place / groups) : place;
        Same(page, "reachTwo", from row in Enumerable.Range(0, channels)
                               from column in Enumerable.Range(0, channels)
                               select Enumerable.Range(0, channels).Sum(place => Block(row, place) * Block(Held(place), column)));
        if (state.Query.Contains("9x3x3", StringComparison.Ordinal)) Same(page, "shuffled", [1, 4, 7, 2, 5, 8, 3, 6, 9]);
        Holds(page, "all-reach", !page.Numbers("reachTwo").Contains(0));
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "input" => Written(4 + (2 * random.NextInt(2)), 3 + random.NextInt(2), 3 + random.NextInt(2), ref random),
        "groups" => $"{1 + random.NextInt(3)}",
        _ => base.Random(control, ref random),
    };
}
