using FeatureMap.Lessons;

namespace FeatureMap.Tests.Lessons;

/// <summary>W X by loops is what the convolution gives; dW = dY X^T.</summary>
internal sealed class BehindTheScenesOracle : LessonOracle
{
    public override string Id => "behind-the-scenes";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, patches, weights, dy) = (GridOf(page, "input"), GridOf(page, "patches"), GridOf(page, "weights"),
            page.Numbers("gradient"));
        var (side, columns) = (Whole(state, "kernel"), patches.Columns);
        Close(page, "output", Product(weights.Values, weights.Rows, weights.Columns, patches.Values, columns));
        var turned = Enumerable.Range(0, patches.Values.Count).Select(i => patches.At(0, i % patches.Rows, i / patches.Rows)).ToList();
        Close(page, "dw", Product(dy, weights.Rows, columns, turned, patches.Rows));
        var (output, dx, dw) = Products(image.Values, ShapeOf(image), weights.Values, (weights.Rows, side, side), dy);
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Same(page, "patchNumbers", [(double)image.Channels * side * side * columns]);
        Holds(page, "copy-free", side == 1);
    }

    private static double[] Product(IReadOnlyList<double> one, int rows, int inner, IReadOnlyList<double> other, int columns)
    {
        var result = new double[rows * columns];
        for (var i = 0; i < result.Length; i++)
            for (var k = 0; k < inner; k++)
                result[i] += one[(i / columns * inner) + k] * other[(k * columns) + (i % columns)];
        return result;
    }
}
