using FeatureMap.Lessons;

namespace FeatureMap.Tests.Lessons;

/// <summary>A text book's dilated convolution; each lattice convolved alone gives the numbers of the output on it.</summary>
internal sealed class WhatItDoesOracle : LessonOracle
{
    public override string Id => "what-it-does";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, output, rate) = (GridOf(page, "input"), GridOf(page, "kernel"), GridOf(page, "output"),
            Whole(state, "dilation"));
        var (expected, dx, dw) = Products(image.Values, ShapeOf(image), kernel.Values, (1, kernel.Rows, kernel.Columns),
            page.Numbers("gradient"), dilation: rate);
        Close(page, "output", expected);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        var (top, left) = (List(state, "lattice")[0] % rate, List(state, "lattice")[1] % rate);
        if (page.Blocks.Any(block => block.Key == "aloneOutput"))
            Close(page, "aloneOutput", from row in Enumerable.Range(0,
                output.Rows)
                                       where row % rate == top
                                       from column in Enumerable.Range(0,
                output.Columns)
                                       where column % rate == left
                                       select output.At(0, row, column));
        Holds(page, "neighbours-apart", rate > 1);
        var pixels = (Rows: Enumerable.Range(0, image.Rows).Count(row => row % rate == top),
            Columns: Enumerable.Range(0, image.Columns).Count(column => column % rate == left));
        Holds(page, "lattice-small", pixels.Rows < kernel.Rows || pixels.Columns < kernel.Columns);
    }
}
