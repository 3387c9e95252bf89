using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Published counts of well-known blocks; the two branches by loops, their gradients by what adding and concatenating
/// mean.</summary>
internal sealed class BlocksOracle : LessonOracle
{
    // Kernel weights and all parameters: GoogLeNet's inception (3a); the blocks of ResNet-18 and -50; DenseNet-121's first block; VGG's
    // conv2; SqueezeNet's fire2.
    private static readonly Dictionary<string, (double Weights, double? All)> Published = new()
    {
        [""] = (163_328, 163_696),
        ["block=basic&before=64&after=64&size=56"] = (73_728, null),
        ["block=bottleneck&before=256"] = (69_632, null),
        ["block=dense&before=64&layers=6"] = (331_776, null),
        ["block=vgg&before=64&after=128&size=56"] = (221_184, 221_440),
        ["block=fire&before=96&after=128"] = (11_776, 11_920),
    };

    public override string Id => "blocks";

    public override IReadOnlyList<string> Witnesses => [.. Published.Keys.Skip(1), "block=separable&after=64",
        "block=pre-activation&before=64&after=128&stride=2", "block=bottleneck&before=64&after=128&stride=2&size=27"];

    public override void Check(LessonState state, LessonPage page)
    {
        if (Published.TryGetValue(state.Query, out var published))
        {
            Assert.Equal(published.Weights, page.Number("weights"));
            if (published.All is { } all) Assert.Equal(all, page.Numbers("cost")[0]);
        }
        var (input, joined) = ((Grid)page["input"], (Grid)page["joined"]);
        var (rows, columns) = (input.Rows, input.Columns);
        double At(int row, int column) => row < 0 || column < 0 || row >= rows || column >= columns ? 0 : input.At(0, row, column);
        var left = Enumerable.Range(0, rows * columns).Select(cell => At(cell / columns, cell % columns) + At((cell / columns) - 1,
            cell % columns) + At((cell / columns) + 1, cell % columns)
            + At(cell / columns, (cell % columns) - 1) + At(cell / columns, (cell % columns) + 1)).ToArray();
        var right = input.Values.Select(value => 2 * value).ToArray();
        var adds = joined.Channels == 1;
        Close(page, "joined", adds ? left.Zip(right, (one, other) => one + other) : left.Concat(right));
        Same(page, "d-left", left.Select(_ => 1.0));
        Same(page, "d-right", left.Select(_ => adds ? 1.0 : 3));
        // Each pixel goes to as many sums of the 3x3 as it has neighbours, and doubled to the other branch.
        Close(page, "dx", Enumerable.Range(0, rows * columns).Select(cell => 1.0 + (cell >= columns ? 1 : 0) + (cell < (rows - 1) * columns
            ? 1 : 0) + (cell % columns > 0 ? 1 : 0) + (cell % columns < columns - 1 ? 1 : 0) + (adds ? 2 : 6)));
        int Number(string control) => Whole(state, control);
        var (block, before, n) = (Text(state, "block"), Number("before"), Number("after"));
        var given = block switch
        {
            "dense" => before + (Number("layers") * Number("growth")),
            "fire" => 2 * (n / 2),
            "inception" => 16 * (n / 16),
            _ => n,
        };
        var isStrided = Number("stride") == 2 && block is ("basic" or "bottleneck" or "pre-activation");
        Holds(page, "changed", given != before || isStrided);
        Holds(page, "unread", isStrided && block == "bottleneck" && Text(state, "placement") == "first");
        Holds(page, "both", adds);
        // Ways that meet have one jump and one centre.
        if (page.Blocks.FirstOrDefault(one => one.Key == "branches") is Table branches)
            Assert.Single(branches.Rows.Select(row => (row[2].Number, row[3].Number)).Distinct());
    }
}
