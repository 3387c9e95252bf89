using FeatureMap.Lessons;

namespace FeatureMap.Tests.Lessons;

/// <summary>Strided is subsampled; the counts of a phase are #{j : j mod s = phase}.</summary>
internal sealed class StridesOracle : LessonOracle
{
    public override string Id => "strides";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel) = (GridOf(page, "input"), GridOf(page, "kernel"));
        var (stride, padding, shift) = (Whole(state, "stride"), Whole(state, "padding"), Whole(state, "shift"));
        var (output, dx, dw) = Products(image.Values, ShapeOf(image), kernel.Values, (1, kernel.Rows, kernel.Columns),
            page.Numbers("gradient"), stride, padding);
        Close(page, "output", output);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Close(page, "every", Products(image.Values, ShapeOf(image), kernel.Values, (1, kernel.Rows, kernel.Columns), padding: padding)
            .Output);
        var moved = image.Values.Select((_, i) => i % image.Columns >= shift ? image.Values[i - shift] : 0).ToList();
        Close(page, "shifted", Products(moved, ShapeOf(image), kernel.Values, (1, kernel.Rows, kernel.Columns), stride: stride,
            padding: padding).Output);
        Same(page, "subsampled", [0]);
        Same(page, "phases", Enumerable.Range(0, stride).Select(phase => (double)Enumerable.Range(0, kernel.Columns)
            .Count(tap => tap % stride == phase)));
        Same(page, "reads", Products(image.Values, ShapeOf(image), [.. kernel.Values.Select(_ => 1.0)],
            (1, kernel.Rows, kernel.Columns), [.. output.Select(_ => 1.0)], stride, padding).Dx);
        Holds(page, "unread", page.Numbers("reads").Contains(0));
        Holds(page, "left-over", (image.Rows + (2 * padding) - kernel.Rows) % stride > 0);
        Holds(page, "aliasing", shift % stride != 0);
        Holds(page, "even-gradient", page.Numbers("phases").Distinct().Count() == 1);
    }
}
