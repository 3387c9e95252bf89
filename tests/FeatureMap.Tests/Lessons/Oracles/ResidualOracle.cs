using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>x + F(x) by loops; dX is the skip and what comes through F; without weights the skips alone carry the gradient.</summary>
internal sealed class ResidualOracle : LessonOracle
{
    public override string Id => "residual";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, kernel) = (GridOf(page, "input"), GridOf(page, "kernel"));
        var skip = double.Parse(Text(state, "skip"), System.Globalization.CultureInfo.InvariantCulture);
        var (inner, _, _) = Padded(image, kernel, null);
        var branch = inner.Select(value => Math.Max(0, value)).ToArray();
        Close(page, "branch", branch);
        Close(page, "output", branch.Select((value, i) => value + (skip * image.Values[i])));
        var dy = page.Numbers("gradient");
        var (_, dx, dw) = Padded(image, kernel, [.. inner.Select((value, i) => value > 0 ? dy[i] : 0)]);
        Close(page, "dx", dx.Select((value, i) => value + (skip * dy[i])));
        Close(page, "dw", dw);
        var norms = ((Lines)page["norms"]).Curves;
        Assert.All(norms, curve => Assert.Equal(1, curve.Y[^1]));
        Holds(page, "projected", Text(state, "path") == "projection");
        if (Text(state, "deviation") == "0" && Text(state, "path") == "identity") Assert.Equal(Math.Pow(skip, Whole(state, "layers")),
            norms[1].Y[0],
            1e-3 * Math.Max(1, Math.Pow(skip, Whole(state, "layers"))));
        Holds(page, "identity", skip == 1);
        Holds(page, "vanishes", norms[0].Y[0] < 0.01);
        Holds(page, "carries", norms[1].Y[0] is > 0.1 and < 10);
    }

    public override IReadOnlyList<string> Witnesses => ["deviation=0", "deviation=0&skip=0.9"];

    private static (double[], double[], double[]) Padded(Grid image, Grid kernel, IReadOnlyList<double>? gradient)
    {
        // Padding of the same size, written out: the image with a border of zeros.
        var (down, across) = ((kernel.Rows - 1) / 2, (kernel.Columns - 1) / 2);
        var (rows, columns) = (image.Rows + (2 * down), image.Columns + (2 * across));
        var wide = new double[rows * columns];
        for (var i = 0; i < image.Values.Count; i++)
            wide[(((i / image.Columns) + down) * columns) + (i % image.Columns) + across] = image.Values[i];
        var (output, dx, dw) = Products(wide, (1, rows, columns), kernel.Values, (1, kernel.Rows, kernel.Columns), gradient);
        return (output, [.. Enumerable.Range(0, image.Values.Count).Select(i => dx[(((i / image.Columns) + down) * columns)
            + (i % image.Columns) + across])], dw);
    }

    protected internal override string Random(Control control, ref RandomSequence random) =>
        control.Name == "kernel" ? Written(1, 1 + (2 * random.NextInt(2)), 1 + (2 * random.NextInt(3)), ref random)
            : base.Random(control, ref random);
}
