using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>out[c, h r + a, w r + b] = in[c r r + a r + b, h, w], or in[(a r + b) C + c, h, w]; dX by the same places.</summary>
internal sealed class PixelShuffleOracle : LessonOracle
{
    public override string Id => "pixel-shuffle";

    public override void Check(LessonState state, LessonPage page)
    {
        var (image, output, r) = (GridOf(page, "input"), GridOf(page, "output"), Whole(state, "factor"));
        var (isFirst, dx) = (Text(state, "order") == "crd", new double[image.Values.Count]);
        var expected = new double[output.Values.Count];
        for (var cell = 0; cell < expected.Length; cell++)
        {
            var (c, row, column) = (cell / (output.Rows * output.Columns), cell / output.Columns % output.Rows, cell % output.Columns);
            var channel = isFirst ? (c * r * r) + (row % r * r) + (column % r) : (((row % r * r) + (column % r)) * output.Channels) + c;
            var place = (((channel * image.Rows) + (row / r)) * image.Columns) + (column / r);
            expected[cell] = image.Values[place];
            dx[place] = page.Numbers("gradient")[cell];
        }
        Same(page, "output", expected);
        Same(page, "dx", dx);
        var moved = new double[expected.Length];
        foreach (var entry in ((SparseMatrix)page["matrix"]).Entries)
            moved[entry.Row] += entry.Value * image.Values[entry.Column];
        Same(page, "output", moved);
        Same(page, "inverse", [0]);
        Holds(page, "starts-even", Text(state, "icnr") == "true" || r == 1);
        Holds(page, "order-matters", output.Channels > 1 && r > 1);
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "input" => Written(4 * (1 + random.NextInt(3)), 1 + random.NextInt(4), 1 + random.NextInt(4), ref random),
        "factor" => $"{1 + random.NextInt(2)}",
        _ => base.Random(control, ref random),
    };
}
