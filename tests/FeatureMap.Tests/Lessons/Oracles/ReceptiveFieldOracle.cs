using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Paths counted by walking taps; size and jump by the closed form; the support inside the box.</summary>
internal sealed class ReceptiveFieldOracle : LessonOracle
{
    public override string Id => "receptive-field";

    public override void Check(LessonState state, LessonPage page)
    {
        var (kernels, strides, dilations) = (List(state, "kernels"), List(state, "strides"), List(state, "dilations"));
        var map = (Map)page["paths"];
        var (size, jump, units) = (1, 1, map.Rows);
        for (var layer = 0; layer < kernels.Length; layer++)
        {
            var (stride, dilation) = (strides[Math.Min(layer, strides.Length - 1)], dilations[Math.Min(layer, dilations.Length - 1)]);
            units = ((units - (((kernels[layer] - 1) * dilation) + 1)) / stride) + 1;
            (size, jump) = (size + ((kernels[layer] - 1) * dilation * jump), jump * stride);
        }
        Same(page, "size", [size]);
        var unit = List(state, "unit").Select(at => Math.Min(at, units - 1)).ToArray();
        var axes = unit.Select(at => Paths(at)).ToArray();
        Same(page, "paths", from row in Enumerable.Range(0, map.Rows)
                            from column in Enumerable.Range(0,
            map.Columns)
                            select axes[0][row] * axes[1][column]);
        var box = map.Boxes[0];
        Assert.Equal((unit[0] * jump, unit[1] * jump, size, size), ((int)box.Row, (int)box.Column, (int)box.Height, (int)box.Width));
        Assert.Equal(axes[0].Skip(unit[0] * jump).Take(size).Contains(0), page.Conditions["holes"]);
        var effective = (Map)page["effective"];
        Assert.All(Enumerable.Range(0, effective.Values.Count), i => Assert.True(effective.Values[i] == 0 || map.Values[i] > 0));

        double[] Paths(int at)
        {
            Dictionary<int, double> reached = new() { [at] = 1 };
            for (var layer = kernels.Length - 1; layer >= 0; layer--)
            {
                var next = new Dictionary<int, double>();
                foreach (var (position, count) in reached)
                    for (var tap = 0; tap < kernels[layer]; tap++)
                    {
                        var to = (position * strides[Math.Min(layer, strides.Length - 1)])
                            + (tap * dilations[Math.Min(layer, dilations.Length - 1)]);
                        next[to] = next.GetValueOrDefault(to) + count;
                    }
                reached = next;
            }
            return [.. Enumerable.Range(0, map.Rows).Select(position => reached.GetValueOrDefault(position))];
        }
    }

    protected internal override string Random(Control control, ref RandomSequence random) => control.Name switch
    {
        "kernels" => (string[])["3", "2_3", "3_3_1", "4_2_3", "2_2_2_2", "5_3"] is var stacks ? stacks[random.NextInt(stacks.Length)] : "",
        "strides" => $"{1 + random.NextInt(2)}_{1 + random.NextInt(2)}",
        "dilations" => $"{1 + random.NextInt(3)}",
        _ => base.Random(control, ref random),
    };
}
