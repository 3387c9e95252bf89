using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class BranchFusionTests
{
    [Fact]
    public void RepVgg_becomes_a_plain_network_with_the_published_counts()
    {
        var one = Architectures.Get("repvgg-a0");
        var fused = BranchFusion.Fuse(Weights.Blank(one.Build())).Network;
        Assert.Equal((8_309_384, 1_361_451_008), (fused.TrainableCount, fused.MultiplyAdds));
        Assert.Equal(0, fused.FixedCount);
        Assert.DoesNotContain(fused.Layers, layer => layer.Op is Add or BatchNorm);
        Assert.Equal(22, fused.Layers.Count(layer => layer.Op is Conv2d));
    }

    [Fact]
    public void Sums_of_branches_become_one_convolution_and_others_stay()
    {
        var network = Network.Build(Shape.Image(3, 9, 9), x =>
        {
            x = x.RepVggBlock(4, name: "first").RepVggBlock(4, name: "identity").RepVggBlock(6, stride: 2, name: "halved");
            // Asymmetric kernels, groups and an identity without scale: all fit into the 3x3.
            x = x.Conv(6, kernel: 3, padding: 1, groups: 2, name: "wide").Add(
                x.Conv(6, (1, 3), padding: Padding.Half((1, 3)), groups: 2, bias: false, name: "flat"), x.Conv(6, (3, 1), padding: Padding.Half((3, 1)), groups: 2, name: "upright"),
                x.BatchNorm(affine: false, name: "same")).Relu();
            x = x.Conv(6, kernel: 3, padding: 1, name: "left").Add(x).Relu(); // a skip is no branch
            var read = x.Conv(6, kernel: 1, name: "read-twice");
            return x.Conv(6, kernel: 1, name: "beside").Add(read).Multiply(read).GlobalAveragePool().Linear(2);
        });
        var weights = Filled(network, 1);
        var before = weights.Sha256();
        var fused = BranchFusion.Fuse(weights);
        Assert.Equal(before, weights.Sha256());
        Assert.Equal(
            ["first/wide/conv1", "identity/wide/conv1", "halved/wide/conv1", "wide", "left", "read-twice", "beside"],
            fused.Network.Layers.Where(layer => layer.Op is Conv2d).Select(layer => layer.Name));
        Assert.DoesNotContain(fused.Network.Layers, layer => layer.Op is BatchNorm);
        Assert.Equal(2, fused.Network.Layers.Count(layer => layer.Op is Add));

        var model = new Model(weights, Normalization.None(3), []);
        var random = new RandomSequence(4, RandomPurpose.Testing);
        var image = new byte[network.Input.Count];
        foreach (ref var pixel in image.AsSpan()) pixel = (byte)random.NextInt(256);
        var (expected, received) = (model.Compute(image), BranchFusion.Fuse(model).Compute(image));
        for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i], received[i], 1e-4f * (1 + Math.Abs(expected[i])));
    }

    [Fact]
    public void The_arithmetic_of_one_channel()
    {
        var network = Network.Build(Shape.Image(1, 3, 3), x => x.RepVggBlock(1));
        var weights = Weights.Initialize(network, 1);
        weights["wide/conv1.weight"].Values.Fill(1);
        weights["point/conv1.weight"].Values[0] = 10;
        foreach (var norm in (string[])["wide/batchNorm1", "point/batchNorm1", "identity/batchNorm1"])
        {
            weights[$"{norm}.running_var"].Values[0] = 0.25f - 1e-5f; // a factor of 2
            weights[$"{norm}.running_mean"].Values[0] = 1;
            weights[$"{norm}.bias"].Values[0] = 5;
        }
        var fused = BranchFusion.Fuse(weights);
        Assert.Equal([2, 2, 2, 2, 2 + 20 + 2, 2, 2, 2, 2], fused["wide/conv1.weight"].Values.ToArray(), (one, other) => Math.Abs(one - other) < 1e-4);
        Assert.Equal(3 * (5 - 2), fused["wide/conv1.bias"].Values[0], 1e-4f);
    }

    private static Weights Filled(Network network, uint seed)
    {
        var weights = Weights.Initialize(network, seed);
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Dimensions.Count == 1))
            foreach (ref var value in parameter.Values)
                value = parameter.Name.EndsWith("var", StringComparison.Ordinal) ? random.NextSingle(0.2f, 3) : random.NextSingle(-1, 1);
        return weights;
    }
}
