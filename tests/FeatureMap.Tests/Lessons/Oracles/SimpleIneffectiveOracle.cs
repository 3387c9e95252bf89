using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Patches painted one by one give the output that the inserted zeros give; products with a pixel are those of the patches;
/// nearest and bilinear by their own coordinates.</summary>
internal sealed class SimpleIneffectiveOracle : LessonOracle
{
    public override string Id => "simple-ineffective";

    public override IReadOnlyList<string> Witnesses => ["input=6&kernel=1~&stride=1", "input=2&kernel=2&stride=2"];

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel, output, dy) = (GridOf(page, "input"), GridOf(page, "kernel"), GridOf(page, "output"), page.Numbers("gradient"));
        var stride = Whole(state, "stride");
        var (expected, useful) = (new double[output.Values.Count], new double[output.Values.Count]);
        var (dx, dw) = (new double[image.Values.Count], new double[kernel.Values.Count]);
        for (var pixel = 0; pixel < image.Values.Count; pixel++)
            for (var tap = 0; tap < kernel.Values.Count; tap++)
            {
                var cell = (((pixel / image.Columns * stride) + (tap / kernel.Columns)) * output.Columns)
                    + (pixel % image.Columns * stride) + (tap % kernel.Columns);
                expected[cell] += image.Values[pixel] * kernel.Values[tap];
                useful[cell]++;
                dx[pixel] += dy[cell] * kernel.Values[tap];
                dw[tap] += dy[cell] * image.Values[pixel];
            }
        Close(page, "output", expected);
        Same(page, "useful", useful);
        Close(page, "dx", dx);
        Close(page, "dw", dw);
        double products = output.Values.Count * kernel.Values.Count;
        Same(page, "products", [products]);
        Close(page, "wasted", [1 - (image.Values.Count * kernel.Values.Count / products)]);
        if (state.Query == "stride=1") Assert.Equal((144, 36), ((int)products, (int)useful.Sum()));

        // The inserted picture through the matrix that puts it in; its gradient, where pixels are, is dX.
        var matrix = (SparseMatrix)page["insertion"];
        var inserted = new double[matrix.Rows];
        foreach (var entry in matrix.Entries)
        {
            inserted[entry.Row] += entry.Value * image.Values[entry.Column];
            Assert.Equal(dx[entry.Column], page.Numbers("dinserted")[entry.Row], 1e-4 * Math.Max(1, Math.Abs(dx[entry.Column])));
        }
        Close(page, "inserted", inserted);
        Close(page, "turned", kernel.Values.Reverse());

        var (nearest, bilinear) = (GridOf(page, "nearest"), GridOf(page, "bilinear"));
        for (var cell = 0; cell < nearest.Values.Count; cell++)
        {
            var (row, column) = (cell / nearest.Columns, cell % nearest.Columns);
            Assert.Equal(image.At(0, row / stride, column / stride), nearest.Values[cell]);
            Assert.Equal(Between(row, column), bilinear.Values[cell], 1e-4);
        }
        Holds(page, "mostly-wasted", image.Values.Count * kernel.Values.Count < products / 2);
        Holds(page, "even", useful.Distinct().Count() == 1);

        // Centres of pixels: (row + 1/2) / stride - 1/2, at the border the last pixel.
        double Between(int row, int column)
        {
            var (y, x) = (At(row, image.Rows), At(column, image.Columns));
            var (top, left) = ((int)y, (int)x);
            double Pixel(int down, int across) =>
                image.At(0, Math.Min(top + down, image.Rows - 1), Math.Min(left + across, image.Columns - 1));
            return ((1 - y + top) * (((1 - x + left) * Pixel(0, 0)) + ((x - left) * Pixel(0, 1))))
                + ((y - top) * (((1 - x + left) * Pixel(1, 0)) + ((x - left) * Pixel(1, 1))));
        }

        double At(int place, int size) => Math.Clamp(((place + 0.5) / stride) - 0.5, 0, size - 1);
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name == "gradient"
        ? Written(1, 5 + random.NextInt(3), 5 + random.NextInt(3), ref random)
        : base.Random(control, ref random);
}
