using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Linear in each channel; the same outputs in every order.</summary>
internal sealed class ChannelsOracle : LessonOracle
{
    public override string Id => "channels";

    public override IReadOnlyList<string> Witnesses => ["order=reversed", "order=rotated&on=1_0", "input=2x3x3&kernel=4x2x2"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (drawn, kernel) = (GridOf(page, "input"), GridOf(page, "kernel"));
        var (on, bias) = (List(state, "on"), double.Parse(Text(state, "bias"), System.Globalization.CultureInfo.InvariantCulture));
        var image = drawn.Values.Select((value, i) => i / (drawn.Rows * drawn.Columns) is var channel && channel < on.Length
            && on[channel] == 0 ? 0 : value).ToArray();
        var outputs = kernel.Channels / drawn.Channels;
        // Whatever the order, the sums are those of the channels as they were drawn.
        var (output, _, _) = Products(image, ShapeOf(drawn), kernel.Values, (outputs, kernel.Rows, kernel.Columns));
        Close(page, "output", output.Select(value => value + bias));
        var contributions = GridOf(page, "contributions");
        var area = contributions.Rows * contributions.Columns;
        Close(page, "output", Enumerable.Range(0, page.Numbers("output").Count).Select(cell => cell >= area
            ? page.Numbers("output")[cell]
            : Enumerable.Range(0, contributions.Channels).Sum(channel => contributions.Values[(channel * area) + cell]) + bias));
        var dy = GridOf(page, "gradient");
        Close(page, "db", Enumerable.Range(0, dy.Channels).Select(channel => dy.Values.Skip(channel * dy.Rows * dy.Columns)
            .Take(dy.Rows * dy.Columns).Sum()));
        Holds(page, "all-on", !on.Take(drawn.Channels).Contains(0));
        Assert.Equal(kernel.Values.Sum(), page.Numbers("blocks").Sum(), 1e-6);
        Assert.Equal(kernel.Values.Count, page.Numbers("blocks").Count);
        Same(page, "weightCount", [kernel.Values.Count]);
        Assert.Equal(page.Numbers("dw").Count, kernel.Values.Count);
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        // As many slices as fit the default of three channels.
        "input" => Written(3, 2 + random.NextInt(5), 2 + random.NextInt(5), ref random),
        "kernel" => Written(3 * (1 + random.NextInt(3)), 1 + random.NextInt(3), 1 + random.NextInt(3), ref random),
        _ => base.Random(control, ref random),
    };
}
