using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>A text book's convolution; the sum of the use counts is the number of products that meet a pixel; dX and dW by their own
/// loops.</summary>
internal sealed class ConvolutionOracle : LessonOracle
{
    public override string Id => "convolution";

    public override IReadOnlyList<string> Witnesses => ["mode=reflect&padding=1", "mode=wrap&padding=2_1_0_1",
        "mode=edge&padding=1&flip=true", "input=2x2&kernel=2x2", "kernel=1~&stride=2&input=4"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (input, kernel, output, gradient) = (Grid("input"), Grid("kernel"), Grid("output"), Grid("gradient"));
        var (stride, dilation) = (int.Parse(Text("stride")), int.Parse(Text("dilation")));
        var sides = Text("padding").Split('_').Select(int.Parse).ToArray();
        var (top, left) = sides is [var all] ? (all, all) : (sides[0], sides[1]);
        var (expected, dx, dw, reads) = (new double[output.Values.Count], new double[input.Values.Count],
            new double[kernel.Values.Count], new double[input.Values.Count]);
        for (var cell = 0; cell < expected.Length; cell++)
            for (var tap = 0; tap < dw.Length; tap++)
            {
                var (y, x) = ((cell / output.Columns * stride) - top + (tap / kernel.Columns * dilation),
                    (cell % output.Columns * stride) - left + (tap % kernel.Columns * dilation));
                if (Inside(y, input.Rows, Text("mode")) is not { } row
                    || Inside(x, input.Columns, Text("mode")) is not { } column) continue;
                var pixel = (row * input.Columns) + column;
                expected[cell] += input.Values[pixel] * kernel.Values[tap];
                dx[pixel] += gradient.Values[cell] * kernel.Values[tap];
                dw[tap] += gradient.Values[cell] * input.Values[pixel];
                reads[pixel]++;
            }
        Close(page, "output", expected);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        Same(page, "reads", reads);
        if (Text("picture") != "none") Picture(page, kernel, stride, dilation);
        // C x and C^T dY.
        var matrix = (SparseMatrix)page["matrix"];
        var (cx, cty) = (new double[matrix.Rows], new double[matrix.Columns]);
        foreach (var entry in matrix.Entries)
        {
            cx[entry.Row] += entry.Value * input.Values[entry.Column];
            cty[entry.Column] += entry.Value * gradient.Values[entry.Row];
        }
        Close(page, "output", cx);
        Close(page, "dx", cty);
        Assert.Equal(reads.Sum(), matrix.Entries.Count);
        Holds(page, "unread", reads.Contains(0));
        var bottom = sides is [_] ? top : sides[2];
        Holds(page, "left-over", (input.Rows + top + bottom - (((kernel.Rows - 1) * dilation) + 1)) % stride > 0);
        Holds(page, "flip-matters", !kernel.Values.SequenceEqual(kernel.Values.Reverse()));

        string Text(string control) => state.Text(state.Lesson.Control(control));
        Grid Grid(string key) => (Grid)page[key];
    }

    private static int? Inside(int at, int size, string mode) => at >= 0 && at < size ? at : mode switch
    {
        "zeros" => null,
        "edge" => Math.Clamp(at, 0, size - 1),
        "wrap" => ((at % size) + size) % size,
        _ => size == 1 ? 0 : Mirrored(((at % (2 * (size - 1))) + (2 * (size - 1))) % (2 * (size - 1)), size),
    };

    // One period there and back; the ends are not repeated.
    private static int Mirrored(int at, int size) => at < size ? at : (2 * (size - 1)) - at;

    private static void Picture(LessonPage page, Grid kernel, int stride, int dilation)
    {
        var (picture, answer) = ((Map)page["picture"], (Map)page["picture-output-0"]);
        for (var cell = 0; cell < answer.Values.Count; cell++)
        {
            var sum = 0.0;
            for (var tap = 0; tap < kernel.Values.Count; tap++)
                sum += kernel.Values[tap] * picture.Values[
                    (((cell / answer.Columns * stride) + (tap / kernel.Columns * dilation)) * picture.Columns)
                    + (cell % answer.Columns * stride) + (tap % kernel.Columns * dilation)];
            Assert.Equal(sum, answer.Values[cell], 1e-4 * Math.Max(1, kernel.Values.Sum(Math.Abs)));
        }
    }
}
