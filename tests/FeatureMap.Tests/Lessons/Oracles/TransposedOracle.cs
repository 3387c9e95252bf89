using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Patches painted one by one; back, the convolution; the way by inserted zeros is equal.</summary>
internal sealed class TransposedOracle : LessonOracle
{
    public override string Id => "transposed";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, output, dy) = (GridOf(page, "input"), GridOf(page, "kernel"), GridOf(page, "output"), page.Numbers("gradient"));
        var (stride, padding, dilation) = (Whole(state, "stride"), Whole(state, "padding"), Whole(state, "dilation"));
        var (expected, counts, dx, dw) = (new double[output.Values.Count], new double[output.Values.Count],
            new double[image.Values.Count], new double[kernel.Values.Count]);
        for (var pixel = 0; pixel < image.Values.Count; pixel++)
            for (var tap = 0; tap < kernel.Values.Count; tap++)
            {
                var (row, column) = ((pixel / image.Columns * stride) - padding + (tap / kernel.Columns * dilation),
                    (pixel % image.Columns * stride) - padding + (tap % kernel.Columns * dilation));
                if (row < 0 || column < 0 || row >= output.Rows || column >= output.Columns) continue;
                var cell = (row * output.Columns) + column;
                expected[cell] += image.Values[pixel] * kernel.Values[tap];
                counts[cell]++;
                dx[pixel] += dy[cell] * kernel.Values[tap];
                dw[tap] += dy[cell] * image.Values[pixel];
            }
        Close(page, "output", expected);
        Same(page, "paints", counts);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        var matrix = (SparseMatrix)page["matrix"];
        var product = new double[matrix.Rows];
        foreach (var entry in matrix.Entries)
            product[entry.Row] += entry.Value * image.Values[entry.Column];
        Close(page, "output", product);
        var back = new double[image.Values.Count];
        foreach (var entry in ((SparseMatrix)page["c"]).Entries)
            back[entry.Row] += entry.Value * dy[entry.Column];
        Close(page, "dx", back);
        // <C^T x, dY> = <x, C dY>.
        Assert.Equal(expected.Zip(dy, (y, g) => y * g).Sum(), back.Zip(image.Values, (g, x) => g * x).Sum(), 1e-6);
        Holds(page, "several-sizes", stride > 1);
        Holds(page, "cut-too-much", padding > dilation * (Math.Min(kernel.Rows, kernel.Columns) - 1));
    }
}
