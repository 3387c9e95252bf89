using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>The sum of the squares of the singular values is that of the weights; the passes apply the near kernel; the error is the norm
/// of what is left.</summary>
internal sealed class SeparableOracle : LessonOracle
{
    public override string Id => "separable";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, near) = (GridOf(page, "input"), GridOf(page, "kernel"), page.Numbers("near"));
        var (output, dx, _) = Products(image.Values, ShapeOf(image), kernel.Values, (1, kernel.Rows, kernel.Columns),
            page.Numbers("gradient"));
        Close(page, "output", output);
        Close(page, "dx", dx);
        var (passed, dxPassed, _) = Products(image.Values, ShapeOf(image), near, (1, kernel.Rows, kernel.Columns),
            page.Numbers("gradient"));
        Close(page, "passes", passed, 1e-4);
        Close(page, "dxPasses", dxPassed, 1e-4);
        Close(page, "error", [Math.Sqrt(kernel.Values.Zip(near, (one, other) => (one - other) * (one - other)).Sum())], 1e-4);
        Assert.Equal(kernel.Values.Sum(value => value * value), page.Numbers("singular").Sum(value => value * value), 1e-2);
        Close(page, "picture-kernel", Products([.. page.Numbers("picture").Take(48 * 48)], (1, 48, 48), kernel.Values,
            (1, kernel.Rows, kernel.Columns))
            .Output, 1e-4);
        Close(page, "picture-passes", Products([.. page.Numbers("picture").Take(48 * 48)], (1, 48, 48), near,
            (1, kernel.Rows, kernel.Columns)).Output, 1e-3);
        var (columns, rows) = (GridOf(page, "columns"), GridOf(page, "rows"));
        Close(page, "near", Enumerable.Range(0, near.Count).Select(i => Enumerable.Range(0, columns.Channels)
            .Sum(term => columns.At(term, i / kernel.Columns, 0) * rows.At(term, 0, i % kernel.Columns))), 1e-4);
        // Rank 1: some number is not 0, and every 2 x 2 of the kernel has the determinant 0.
        var minors = from i in Enumerable.Range(0, near.Count)
                     from j in Enumerable.Range(0, near.Count)
                     select (kernel.At(0, i / kernel.Columns, i % kernel.Columns) * kernel.At(0, j / kernel.Columns, j % kernel.Columns))
                         - (kernel.At(0, i / kernel.Columns, j % kernel.Columns) * kernel.At(0, j / kernel.Columns, i % kernel.Columns));
        Holds(page, "separable", kernel.Values.Any(value => value != 0) && minors.All(minor => Math.Abs(minor) < 1e-9));
        Holds(page, "saves", columns.Channels * (kernel.Rows + kernel.Columns) < kernel.Rows * kernel.Columns);
    }

    // Some of rank 1.
    protected internal override string Random(Control control, ref RandomSequence random)
    {
        if (control.Name == "input") return Written(1, 4 + random.NextInt(4), 4 + random.NextInt(4), ref random);
        if (control.Name != "kernel") return base.Random(control, ref random);
        if (random.NextInt(3) > 0) return Written(1, 1 + random.NextInt(4), 1 + random.NextInt(4), ref random);
        var (down, across) = (new[] { 1, 2, -1 }, new[] { 1 + random.NextInt(3), 0, 2 });
        return string.Join('~', down.Select(one => string.Join('_', across.Select(other => one * other))));
    }
}
