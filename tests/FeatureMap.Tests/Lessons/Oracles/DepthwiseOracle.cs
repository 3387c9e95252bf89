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
        var ones = Enumerable.Repeat(1.0, mix.Rows * shape.Height * shape.Width).ToList();
        var (output, dh, _) = Products(hidden, shape, mix.Values, (mix.Rows, 1, 1), ones);
        Close(page, "output", output);
        Close(page, "dDepthwise", dh);
        var (_, dx, dw) = Products(image.Values, ShapeOf(image), kernel.Values, (kernel.Channels, kernel.Rows, kernel.Columns), dh,
            groups: image.Channels);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        if (state.Query.Length == 0) Assert.Equal((8768, 73728), (page.Number("cost"), page.Number("fullCost")));
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "input" => Written(2, 3 + random.NextInt(3), 3 + random.NextInt(3), ref random),
        "kernel" => Written(2 * (1 + random.NextInt(3)), 1 + random.NextInt(3), 1 + random.NextInt(3), ref random),
        _ => base.Random(control, ref random),
    };
}
