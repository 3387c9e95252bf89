using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Two text-book layers after each other; the merged kernel is the full convolution of both; the golden output of Dumoulin and
/// Visin.</summary>
internal sealed class FiveThreeOracle : LessonOracle
{
    public override string Id => "five-three";

    public override void Check(LessonState state, LessonPage page)
    {
        var image = GridOf(page, "input");
        var padding = Text(state, "padding") switch { "valid" => 0, "half" => 1, _ => 2 };
        var (kernel, second, dy, isCut) = (page.Numbers("kernel"), page.Numbers("second"), page.Numbers("gradient"),
            Text(state, "relu") == "true");
        var hidden = Products(image.Values, ShapeOf(image), kernel, (1, 3, 3), padding: padding).Output;
        var between = Array.ConvertAll(hidden, value => isCut ? Math.Max(0, value) : value);
        var shape = ShapeOf(GridOf(page, "output"));
        var (deep, dh, dw2) = Products(between, shape, second, (1, 3, 3), dy, padding: padding);
        // Behind the activation only what was above 0 has a gradient.
        var back = dh.Select((value, i) => isCut && hidden[i] <= 0 ? 0 : value).ToArray();
        var (_, dx, dw1) = Products(image.Values, ShapeOf(image), kernel, (1, 3, 3), back, padding: padding);
        Close(page, "output", hidden);
        Close(page, "deep", deep);
        Close(page, "dh", back);
        Close(page, "dx", dx);
        Close(page, "dw1", dw1);
        Close(page, "dw2", dw2);
        var merged = new double[25];
        for (var i = 0; i < 81; i++)
            merged[(((i / 9 / 3) + (i % 9 / 3)) * 5) + (i / 9 % 3) + (i % 3)] += kernel[i / 9] * second[i % 9];
        Close(page, "merged", merged);
        Close(page, "wide", Products(image.Values, ShapeOf(image), merged, (1, 5, 5), padding: 2 * padding).Output);
        Close(page, "output", Applied("c1", image.Values, hidden.Length));
        Close(page, "deep", Applied("c2", between, deep.Length));
        Same(page, "cost", [18, (9.0 * (shape.Height * shape.Width)) + (9.0 * deep.Length), 5]);
        if (state.Query.Length == 0) Same(page, "output", [12, 12, 17, 10, 17, 19, 9, 6, 14]);
        if (!isCut && padding == 0) Assert.True(page.Conditions["one-kernel"]);
        var wide = Products(image.Values, ShapeOf(image), merged, (1, 5, 5), padding: 2 * padding).Output;
        Holds(page, "one-kernel", deep.Zip(wide, (one, other) => Math.Abs(one - other)).Max() <= 1e-5 * wide.Max(Math.Abs));

        double[] Applied(string key, IReadOnlyList<double> x, int rows)
        {
            var y = new double[rows];
            foreach (var entry in ((SparseMatrix)page[key]).Entries)
                y[entry.Row] += entry.Value * x[entry.Column];
            return y;
        }
    }
}
