using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Ops;
using FeatureMap.Tests.Cli;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>Files with several outputs, all at once.</summary>
public sealed class OnnxOutputsTests
{
    [Fact]
    public void All_outputs_are_one_network_that_computes_what_they_share_once()
    {
        using var folder = new TemporaryFolder();
        var all = OnnxFile.LoadAll(Write(folder));
        // x of 2 x 2 x 3: a is relu(conv), 1 x 2 x 3; b the same with its axes exchanged, 6; c its mean.
        Assert.Equal([("a", "1 2 3", 0, 6), ("b", "2 3 1", 6, 6), ("c", "1", 12, 1)],
            all.Outputs.Select(one => (one.Name, string.Join(' ', one.Dimensions), one.Start, one.Count)));
        Assert.Equal(Shape.Vector(13), all.Model.Network.Output);
        Assert.Single(all.Model.Network.Layers, layer => layer.Op is Conv2d);
        // The convolution adds the first channel and twice the second.
        byte[] pixels = [0, 1, 2, 3, 4, 5, 10, 10, 10, 20, 20, 20];
        float[] sums = [.. Enumerable.Range(0, 6).Select(i => (pixels[i] + (2f * pixels[6 + i])) / 255)];
        var answers = all.Split(all.Model.Compute(pixels));
        Assert.Equal(sums, answers[0], (one, other) => Math.Abs(one - other) < 1e-6);
        Assert.Equal(sums, answers[1], (one, other) => Math.Abs(one - other) < 1e-6);
        Assert.Equal(sums.Average(), answers[2].Single(), 5);
        Assert.Equal("The 3 outputs have 13 numbers together: received 12.", Assert.Throws<ShapeException>(() =>
            all.Split(new float[12])).Message);
        using var stream = File.OpenRead(folder["f.onnx"]);
        Assert.Equal(all.Outputs.Select(one => one.Name), OnnxFile.LoadAll(stream).Outputs.Select(one => one.Name));
    }

    [Fact]
    public void The_tool_takes_all_for_all()
    {
        using var folder = new TemporaryFolder();
        var file = Write(folder);
        Assert.Contains("--output a or all.", Tool.Run("summary", file).Error, StringComparison.Ordinal);
        var all = Tool.Run("summary", file, "--output", "all");
        Assert.True(all.Code == 0, all.Error);
        Assert.Contains("a (1 x 2 x 3) is number 0 to 5, b (2 x 3 x 1) is number 6 to 11, c (1) is number 12 to 12.",
            all.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("it has 'a', 'b', 'c'", Tool.Run("summary", file, "--output", "d").Error, StringComparison.Ordinal);
    }

    private static string Write(TemporaryFolder folder)
    {
        var model = Model([Node("Conv", "x w", "v"), Node("Relu", "v", "a"), Node("Transpose", "a", "b", new OnnxAttribute("perm", [0, 2,
            3, 1])),
            Node("GlobalAveragePool", "a", "g"), Node("Flatten", "g", "c")], [Reals("w", [1, 2, 1, 1], 1, 2)], [-1, 2, 2, 3]);
        model = model with
        {
            Graph = model.Graph with
            {
                Outputs = [Port("a", [-1, 1, 2, 3]), Port("b", [-1, 2, 3, 1]), Port("c", [-1,
            1])]
            }
        };
        return folder.Write("f.onnx", OnnxWriter.Model(model).ToArray());
    }
}
