using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Each way by loops over its definition; the tied kernels give the resized way again; ICNR is nearest at the start; training
/// brings the error down.</summary>
internal sealed class BetterApproachOracle : LessonOracle
{
    public override string Id => "better-approach";

    public override IReadOnlyList<string> Witnesses => ["kernel=1~&factor=2&steps=10", "kernel=1~&factor=3", "steps=2&rate=0.1&seed=3",
        "kernel=5x5&steps=3", "steps=200", "rate=0.1&seed=5", "steps=1&rate=0.001"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, dy) = (GridOf(page, "input"), GridOf(page, "kernel"), page.Numbers("gradient"));
        var (r, isIcnr) = (Whole(state, "factor"), Text(state, "icnr") == "true");
        var (rows, columns, down, across) = (image.Rows * r, image.Columns * r, kernel.Rows / 2, kernel.Columns / 2);
        var (resized, shuffled, one) = (new double[rows * columns], new double[rows * columns], new double[rows * columns]);
        var (dxResized, dxShuffled) = (new double[image.Values.Count], new double[image.Values.Count]);
        for (var cell = 0; cell < resized.Length; cell++)
            for (var tap = 0; tap < kernel.Values.Count; tap++)
            {
                var (row, column) = (cell / columns, cell % columns);
                var (y, x) = ((tap / kernel.Columns) - down, (tap % kernel.Columns) - across);
                if (row + y >= 0 && row + y < rows && column + x >= 0 && column + x < columns)
                {
                    var pixel = ((row + y) / r * image.Columns) + ((column + x) / r);
                    resized[cell] += image.Values[pixel] * kernel.Values[tap];
                    dxResized[pixel] += dy[cell] * kernel.Values[tap];
                }
                var (own, at) = ((row / r) + y, (column / r) + x);
                if (own < 0 || own >= image.Rows || at < 0 || at >= image.Columns) continue;
                var weight = kernel.Values[tap] + (isIcnr ? 0 : (row % r * r) + (column % r));
                one[cell] += image.At(0, own, at) * kernel.Values[tap];
                shuffled[cell] += image.At(0, own, at) * weight;
                dxShuffled[(own * image.Columns) + at] += dy[cell] * weight;
            }
        Close(page, "resized", resized);
        Close(page, "shuffled", shuffled);
        Close(page, "dx-resized", dxResized);
        Close(page, "dx-shuffled", dxShuffled);
        Holds(page, "starts-even", one.SequenceEqual(shuffled));
        // Transposed: everything that patches paint, of which the middle is kept.
        var (height, width) = (((image.Rows - 1) * r) + kernel.Rows, ((image.Columns - 1) * r) + kernel.Columns);
        var painted = new double[height * width];
        for (var pixel = 0; pixel < image.Values.Count; pixel++)
            for (var tap = 0; tap < kernel.Values.Count; tap++)
                painted[(((pixel / image.Columns * r) + (tap / kernel.Columns)) * width) + (pixel % image.Columns * r)
                    + (tap % kernel.Columns)] += image.Values[pixel] * kernel.Values[tap];
        var received = GridOf(page, "transposed");
        var (top, left) = (Math.Max(0, (kernel.Rows - r) / 2), Math.Max(0, (kernel.Columns - r) / 2));
        for (var cell = 0; cell < received.Values.Count; cell++)
        {
            var (row, column) = ((cell / columns) + top, (cell % columns) + left);
            Assert.Equal(row < height && column < width ? painted[(row * width) + column] : 0, received.Values[cell], 1e-3);
        }
        // Away from the border the tied kernels give the resized way.
        var tied = GridOf(page, "tied");
        var (reachDown, reachAcross) = (tied.Rows / 2, tied.Columns / 2);
        for (var cell = 0; cell < resized.Length; cell++)
        {
            var (row, column) = (cell / columns / r, cell % columns / r);
            if (row < reachDown || column < reachAcross || row + reachDown >= image.Rows || column + reachAcross >= image.Columns) continue;
            var phase = (cell / columns % r * r) + (cell % columns % r);
            var sum = 0.0;
            for (var i = 0; i < tied.Rows * tied.Columns; i++)
                sum += tied.At(phase, i / tied.Columns, i % tied.Columns)
                    * image.At(0, row - reachDown + (i / tied.Columns), column - reachAcross + (i % tied.Columns));
            Assert.Equal(resized[cell], sum, 1e-3);
        }
        Same(page, "ratio", [r * r]);
        Same(page, "cost-shuffled", [(double)r * r * kernel.Values.Count, (double)r * r * kernel.Values.Count * image.Values.Count]);
        int[] taps = [.. from axis in new[] { kernel.Rows, kernel.Columns } from phase in Enumerable.Range(0, r)
            select Enumerable.Range(0, axis).Count(tap => tap % r == phase)];
        var (isEven, hasHoles) = (taps[..r].Distinct().Count() == 1 && taps[r..].Distinct().Count() == 1, taps.Contains(0));
        Holds(page, "even", isEven && !hasHoles);
        Holds(page, "holes", hasHoles);
        Holds(page, "uneven", !isEven && !hasHoles);
        Holds(page, "not-trained", r != 2);
        if (r != 2) return;
        var losses = page.Numbers("losses");
        Assert.All(losses, loss => Assert.InRange(loss, 0, 10));
        Holds(page, "learned", Enumerable.Range(0, 3).All(way => losses[(2 * way) + 1] < losses[2 * way]));
        Holds(page, "transposed-best", losses[1] <= Math.Min(losses[3], losses[5]));
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "kernel" => Written(1, 1 + (2 * random.NextInt(2)), 1 + (2 * random.NextInt(3)), ref random),
        "steps" => $"{random.NextInt(30)}",
        _ => base.Random(control, ref random),
    };
}
