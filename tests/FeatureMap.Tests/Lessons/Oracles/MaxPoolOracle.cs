using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Windows written out; the gradient of a maximum goes to the first of the largest.</summary>
internal sealed class MaxPoolOracle : LessonOracle
{
    public override string Id => "max-pool";

    public override IReadOnlyList<string> Witnesses => ["pooling=average&padding=1", "kernel=3&stride=2&padding=1&ceil=true",
        "dilation=2&stride=1"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, dy, output) = (GridOf(page, "input"), page.Numbers("gradient"), GridOf(page, "output"));
        var kind = Text(state, "pooling");
        var isMaximum = kind.EndsWith("maximum", StringComparison.Ordinal);
        var shift = Whole(state, "shift");
        var (shifted, moved) = (new double[output.Values.Count], image.Values.Select((_, i) => i % image.Columns >= shift
            ? image.Values[i - shift] : 0).ToList());
        var (expected, dx) = (new double[output.Values.Count], new double[image.Values.Count]);
        var (ties, read) = (0, new HashSet<int>());
        for (var cell = 0; cell < expected.Length; cell++)
        {
            var (rows, rowDivisor) = Window(cell / output.Columns, image.Rows, output.Rows);
            var (columns, columnDivisor) = Window(cell % output.Columns, image.Columns, output.Columns);
            var pixels = (from row in rows from column in columns select (row * image.Columns) + column).ToList();
            read.UnionWith(pixels);
            shifted[cell] = isMaximum
                ? pixels.Max(pixel => moved[pixel])
                : pixels.Sum(pixel => moved[pixel]) / (rowDivisor * columnDivisor);
            if (isMaximum)
            {
                if (pixels.Count(pixel => image.Values[pixel] == pixels.Max(other => image.Values[other])) > 1) ties++;
                var winner = pixels.First(pixel => image.Values[pixel] == pixels.Max(other => image.Values[other]));
                (expected[cell], dx[winner]) = (image.Values[winner], dx[winner] + dy[cell]);
                continue;
            }
            expected[cell] = pixels.Sum(pixel => image.Values[pixel]) / (rowDivisor * columnDivisor);
            foreach (var pixel in pixels)
                dx[pixel] += dy[cell] / (rowDivisor * columnDivisor);
        }
        Close(page, "output", expected);
        Close(page, "dx", dx);
        Close(page, "shifted", shifted);
        Holds(page, "moved", !page.Numbers("shifted").SequenceEqual(page.Numbers("output")));
        Holds(page, "ties", ties > 0);
        Holds(page, "unread", read.Count < image.Values.Count);
        Holds(page, "all-arrives", Math.Abs(dx.Sum() - dy.Sum()) <= 1e-4 * Math.Max(1, Math.Abs(dy.Sum())));
        Holds(page, "maximum", isMaximum);
        Holds(page, "ceil", Text(state, "ceil") == "true");
        if (kind == "maximum") Assert.Equal(dy.Sum(), page.Numbers("dx").Sum(), 1e-3);

        (List<int> Positions, int Divisor) Window(int at, int size, int count)
        {
            if (kind.StartsWith("global", StringComparison.Ordinal)) return ([.. Enumerable.Range(0, size)], size);
            if (kind.StartsWith("adaptive", StringComparison.Ordinal))
            {
                var (first, end) = (at * size / count, (((at + 1) * size) + count - 1) / count);
                return ([.. Enumerable.Range(first, end - first)], end - first);
            }
            var (kernel, start, step) = (Whole(state, "kernel"), (at * Whole(state, "stride")) - Whole(state, "padding"),
                isMaximum ? Whole(state, "dilation") : 1);
            var places = Enumerable.Range(0, kernel).Select(tap => start + (tap * step)).ToList();
            // Padding counts in a mean, what stands behind the padding does not.
            return ([.. places.Where(place => place >= 0 && place < size)], places.Count(place => place < size + Whole(state, "padding")));
        }
    }

    // Whole numbers from a small range, so that some are equal.
    protected internal override string Random(Control control, ref RandomSequence random)
    {
        if (control.Name != "input") return base.Random(control, ref random);
        var numbers = new int[20];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextInt(9);
        return string.Join('~', numbers.Chunk(5).Select(row => string.Join('_', row)));
    }
}
