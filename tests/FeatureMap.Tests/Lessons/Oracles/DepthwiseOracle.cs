using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Grouped loops, then a matrix product; 8,768 weights of 73,728.</summary>
internal sealed class DepthwiseOracle : LessonOracle
{
    public override string Id => "depthwise";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, mix) = (GridOf(page, "input"), GridOf(page, "kernel"), GridOf(page, "mix"));
        var (hidden, _, _) = Products(image.Values, ShapeOf(image), kernel.Values, (kernel.Channels, kernel.Rows, kernel.Columns),
            groups: image.Channels);
        Close(page, "depthwise", hidden);
        var shape = ShapeOf(GridOf(page, "depthwise"));
        var (output, dh, _) = Products(hidden, shape, mix.Values, (mix.Rows, 1, 1), page.Numbers("gradient"));
        Close(page, "output", output);
        Close(page, "dDepthwise", dh);
        var (_, dx, dw) = Products(image.Values, ShapeOf(image), kernel.Values, (kernel.Channels, kernel.Rows, kernel.Columns), dh,
            groups: image.Channels);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        // Numbers in and out of each layer, and weights, for 64 to 128 channels of 28 x 28.
        if (state.Query.Length == 0)
        {
            var (map, area) = (64.0 * 784, 784.0);
            Assert.Equal(((576 * area) + (8192 * area)) / ((2 * map) + 576 + map + 8192 + (2 * map)), page.Numbers("movedCost")[0], 1e-9);
            Assert.Equal(73_728 * area / (map + 73_728 + (2 * map)), page.Numbers("movedCost")[1], 1e-9);
        }
        if (state.Query.Length == 0) Assert.Equal((8768, 73728), (page.Number("cost"), page.Number("fullCost")));
        var multiplier = kernel.Channels / image.Channels;
        Holds(page, "mixes", mix.Values.Chunk(kernel.Channels).Any(row => Enumerable.Range(0, image.Channels)
            .Count(channel => row.Skip(channel * multiplier).Take(multiplier).Any(value => value != 0)) > 1));
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "input" => Written(2, 3 + random.NextInt(3), 3 + random.NextInt(3), ref random),
        "kernel" => Written(2 * (1 + random.NextInt(3)), 1 + random.NextInt(3), 1 + random.NextInt(3), ref random),
        _ => base.Random(control, ref random),
    };
}
