using FeatureMap.Analysis;
using FeatureMap.Lessons;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Lessons;

/// <summary>Paths counted by walking taps; size and jump by the closed form; the support inside the box.</summary>
internal sealed class ReceptiveFieldOracle : LessonOracle
{
    public override string Id => "receptive-field";

    public override IReadOnlyList<string> Witnesses => ["padding=1&branch=3&branch-padding=1", "branch=7", "branch=2&padding=1",
        "kernels=3_2_3&pools=0_1&strides=1_2&padding=1_0&unit=0_1", "kernels=3_3&dilations=2&padding=2&unit=0_0",
        "kernels=2_2&pools=1_1&strides=2&branch=4"];

    public override void Check(LessonState state, LessonPage page)
    {
        int At(string control, int layer) => List(state, control) is var list ? list[Math.Min(layer, list.Length - 1)] : 0;
        var (kernels, pools) = (List(state, "kernels"), List(state, "pools"));
        var layers = kernels.Select((kernel, i) => (Kernel: kernel, Stride: At("strides", i), Padding: At("padding", i),
            Dilation: i < pools.Length && pools[i] == 1 ? 1 : At("dilations", i))).ToArray();
        var map = (Map)page["paths"];
        var (size, jump, offset, heights) = (1, 1, 0.0, new List<int> { map.Rows });
        foreach (var layer in layers)
        {
            var extent = ((layer.Kernel - 1) * layer.Dilation) + 1;
            heights.Add(((heights[^1] + (2 * layer.Padding) - extent) / layer.Stride) + 1);
            offset += (((extent - 1) / 2.0) - layer.Padding) * jump;
            (size, jump) = (size + ((extent - 1) * jump), jump * layer.Stride);
        }
        Same(page, "size", [size]);
        var unit = List(state, "unit").Select(at => Math.Min(at, heights[^1] - 1)).ToArray();
        var axes = unit.Select(Paths).ToArray();
        Same(page, "paths", from row in Enumerable.Range(0, map.Rows)
                            from column in Enumerable.Range(0, map.Columns)
                            select axes[0][row] * axes[1][column]);
        var (box, first) = (map.Boxes[0], unit.Select(at => (int)Math.Round((at * jump) + offset - ((size - 1) / 2.0))).ToArray());
        Assert.Equal((first[0], first[1], size, size), ((int)box.Row, (int)box.Column, (int)box.Height, (int)box.Width));
        double[] Inside(int axis, int from, int count) =>
            [.. Enumerable.Range(from, count).Where(at => at >= 0 && at < map.Rows).Select(at => axes[axis][at])];
        Holds(page, "holes", Inside(0, first[0], size).Contains(0) || Inside(1, first[1], size).Contains(0));
        var inner = Math.Max(1, size / 2);
        double Within(int axis) => Inside(axis, first[axis] + ((size - inner) / 2), inner).Sum() / axes[axis].Sum();
        Holds(page, "bell", Within(0) * Within(1) > (inner * inner / ((double)size * size)) + 1e-9);
        Holds(page, "pooled", kernels.Index().Any(layer => layer.Index < pools.Length && pools[layer.Index] == 1 && layer.Item > 1));
        Holds(page, "cut", first[0] < 0 || first[0] + size > map.Rows);
        var effective = (Map)page["effective"];
        Assert.All(Enumerable.Range(0, effective.Values.Count), i => Assert.True(effective.Values[i] == 0 || map.Values[i] > 0));

        // The same field by the tool that measures networks, with images that change nothing: the stack is linear.
        if (map.Rows <= 16)
        {
            var network = page.Traces[0].Network;
            var measured = MeasuredField.Effective(network, network.Layers[^1].Name, unit[0], unit[1], seed: (ulong)Whole(state, "seed"));
            for (var i = 0; i < effective.Values.Count; i++)
                Assert.Equal(measured[i / map.Columns, i % map.Columns], effective.Values[i], 1e-5);
        }
        var (branch, padding) = (Whole(state, "branch"), Whole(state, "branch-padding"));
        Holds(page, "no-branch", branch == 0);
        var second = ((branch - 1) / 2.0) - padding;
        Holds(page, "aligned", second == offset);
        if (branch > 0) Close(page, "branches", [size, jump, offset, branch, jump, second]);
        // Published: size and jump, as Araujo, Norris and Sim list them; both placements of the stride in ResNet-50.
        Assert.Equal([212, 32, 195, 32, 315, 32, 427, 32, 483, 32], ((Table)page["published"]).Rows
            .SelectMany(row => (double[])[row[2].Number!.Value, row[3].Number!.Value]));

        double[] Paths(int at)
        {
            Dictionary<int, double> reached = new() { [at] = 1 };
            for (var layer = layers.Length - 1; layer >= 0; layer--)
            {
                var next = new Dictionary<int, double>();
                foreach (var (position, count) in reached)
                    for (var tap = 0; tap < layers[layer].Kernel; tap++)
                    {
                        var to = (position * layers[layer].Stride) + (tap * layers[layer].Dilation) - layers[layer].Padding;
                        if (to >= 0 && to < heights[layer]) next[to] = next.GetValueOrDefault(to) + count;
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
        "padding" => $"{random.NextInt(2)}",
        "branch" => $"{random.NextInt(4)}",
        _ => base.Random(control, ref random),
    };
}
