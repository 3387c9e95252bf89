using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>Normalised vectors and directions as ONNX nodes, written and read back.</summary>
public sealed class OnnxDirectionTests
{
    [Fact]
    public void Cosines_come_back_as_a_dense_layer_on_normalised_vectors()
    {
        var model = OnnxSamples.Model(Network.Build(Shape.Image(2, 3, 3), x => x.L2Normalize().Flatten().CosineLinear(4, scale: 8)));
        var back = OnnxFile.FromBytes(OnnxFile.ToBytes(model, new OnnxExportOptions { Input = OnnxInput.Normalized }), "f");
        Assert.Equal(["L2Normalize", "Flatten", "L2Normalize", "Linear"], back.Network.Layers.Skip(1).Select(layer => layer.Op!.Name));
        var sample = Enumerable.Range(0, 18).Select(i => (float)((i * 7 % 11) - 5)).ToArray();
        var (expected, received) = (Run(model, sample), Run(back, sample));
        for (var i = 0; i < 4; i++)
            Assert.Equal(expected[i], received[i], 1e-5);
        Assert.All(expected, cosine => Assert.InRange(cosine, -8, 8));
    }

    [Fact]
    public void Other_tools_normalise_the_last_axis_of_a_vector()
    {
        var model = Load(Model([Node("LpNormalization", "x", "y")], input: [-1, 2]));
        Assert.IsType<L2Normalize>(Assert.Single(model.Network.Layers.Skip(1)).Op);
        Assert.Equal([0.6, 0.8], Run(model, 3, 4).Select(value => Math.Round(value, 6)));
    }

    [Theory]
    [InlineData("p", 3L, "its p is 3; 1 (the sum of the numbers' sizes) and 2 (their Euclidean length) are known")]
    [InlineData("axis", 4L, "there is no axis 4: its input has 4")]
    public void Other_norms_are_refused(string attribute, long value, string reason) =>
        Assert.Contains(reason, Refusal(Model([Node("LpNormalization", "x", "y", new OnnxAttribute(attribute, value))])), StringComparison.Ordinal);
}
