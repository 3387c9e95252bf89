using FeatureMap.Lessons;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Phases #{j : j d mod s = phase}; the map of ones is the outer product of its axes; kernel 3 with stride 2 is 4 to 1.</summary>
internal sealed class CheckerboardOracle : LessonOracle
{
    public override string Id => "checkerboard";

    public override void Check(LessonState state, LessonPage page)
    {
        var (kernel, stride, dilation) = (Whole(state, "kernel"), Whole(state, "stride"), Whole(state, "dilation"));
        double[] phases = [.. Enumerable.Range(0, stride).Select(phase => (double)Enumerable.Range(0, kernel)
            .Count(tap => tap * dilation % stride == phase))];
        Same(page, "phases", phases);
        Same(page, "plane", from row in phases from column in phases select row * column);
        var image = GridOf(page, "input");
        var (values, rows, columns) = ((IReadOnlyList<double>)image.Values, image.Rows, image.Columns);
        for (var layer = 0; layer < Whole(state, "layers"); layer++)
            (values, rows, columns) = Painted(values, rows, columns);
        Close(page, "map", values);
        var (least, most, extent) = (phases.Min(), phases.Max(), ((kernel - 1) * dilation) + 1);
        Holds(page, "holes", least == 0);
        Holds(page, "even", least == most);
        Holds(page, "checkerboard", least != 0 && least != most);
        Holds(page, "apart", extent < stride);
        Holds(page, "map-small", image.Rows < extent || image.Columns < extent);
        var weight = stride * stride / ((double)kernel * kernel);
        Close(page, "picture-up", Painted([.. page.Numbers("picture").Take(576)], 24, 24).Item1.Select(value => weight * value), 1e-4);
        if (state.Query.Length == 0) Assert.Equal((4.0, 1.0), (page.Numbers("ratios")[0], page.Numbers("ratios")[1]));

        (double[], int, int) Painted(IReadOnlyList<double> from, int height, int width)
        {
            var (tall, wide) = (((height - 1) * stride) + ((kernel - 1) * dilation) + 1,
                ((width - 1) * stride) + ((kernel - 1) * dilation) + 1);
            var result = new double[tall * wide];
            for (var i = 0; i < from.Count; i++)
                for (var tap = 0; tap < kernel * kernel; tap++)
                    result[(((i / width * stride) + (tap / kernel * dilation)) * wide) + (i % width * stride)
                        + (tap % kernel * dilation)] += from[i];
            return (result, tall, wide);
        }
    }
}
