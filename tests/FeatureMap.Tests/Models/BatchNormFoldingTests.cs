using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Networks;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class BatchNormFoldingTests
{
    [Fact]
    public void Normalisations_behind_convolutions_and_dense_layers_go_and_nothing_else_changes()
    {
        var network = Network.Build(Shape.Image(2, 12, 12), x =>
        {
            x = x.Conv(6, kernel: 3, bias: false, name: "first").BatchNorm().Relu();
            x = x.Conv(6, kernel: 3, padding: 1, groups: 3, name: "grouped").BatchNorm(epsilon: 1e-3f).Add(x).Relu();
            x = x.Conv(8, kernel: 1, bias: false, name: "twice").BatchNorm().BatchNorm(affine: false).MaxPool(2);
            x = x.ConvTranspose(6, kernel: 4, stride: 2, padding: 1, groups: 2, bias: false, name: "enlarged").BatchNorm().Relu();
            return x.GlobalAveragePool().Linear(5, name: "dense").BatchNorm(affine: false).Relu().Linear(3);
        });
        var weights = Filled(network, 1);
        var before = weights.Sha256();
        var folded = BatchNormFolding.Fold(weights);
        Assert.Equal(before, weights.Sha256());
        Assert.Equal(
            ["input", "first", "relu1", "grouped", "add1", "relu2", "twice", "maxPool1", "enlarged", "relu3", "globalAveragePool1", "dense", "relu4", "linear1"],
            folded.Network.Layers.Select(layer => layer.Name));
        Assert.Equal(0, folded.Network.FixedCount);
        Assert.Equal(network.MultiplyAdds, folded.Network.MultiplyAdds);
        Assert.True(((Conv2d)folded.Network["first"].Op!).HasBias);
        Assert.Equal(weights["linear1.weight"].Values, folded["linear1.weight"].Values);
        AssertSameOutputs(weights, folded);
    }

    [Fact]
    public void The_arithmetic_of_one_channel()
    {
        var network = Network.Build(Shape.Image(1, 1, 1), x => x.Conv(1, kernel: 1, name: "conv").BatchNorm(epsilon: 1, name: "norm"));
        var weights = Weights.Initialize(network, 1);
        foreach (var (name, value) in ((string, float)[])[("conv.weight", 6), ("conv.bias", 5), ("norm.weight", 4), ("norm.bias", 10), ("norm.running_mean", 3), ("norm.running_var", 3)])
            weights[name].Values[0] = value;
        var folded = BatchNormFolding.Fold(weights);
        // 4 / sqrt(3 + 1) = 2: W' = 6 x 2, b' = 10 + (5 - 3) x 2.
        Assert.Equal([12], folded["conv.weight"].Values);
        Assert.Equal([14], folded["conv.bias"].Values);
        Assert.Equal(["conv.weight", "conv.bias"], folded.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void What_nothing_can_take_in_stays()
    {
        var network = Network.Build(Shape.Image(4, 8, 8), x =>
        {
            x = x.BatchNorm(name: "on-the-input").Relu();
            var branching = x.Conv(4, kernel: 3, padding: 1, name: "branching");
            x = branching.BatchNorm(name: "beside-a-skip").Add(branching);
            x = x.BatchNorm(name: "behind-an-addition").Relu().Conv(4, kernel: 3).BatchNorm(name: "goes").MaxPool(2).BatchNorm(name: "behind-a-pooling");
            return x.Conv(4, kernel: 1).Relu().BatchNorm(name: "behind-an-activation").Conv(2, kernel: 1).Dropout(0.5f).BatchNorm(name: "behind-dropout").Flatten();
        });
        var weights = Filled(network, 2);
        var folded = BatchNormFolding.Fold(weights);
        Assert.Equal(
            ["on-the-input", "beside-a-skip", "behind-an-addition", "behind-a-pooling", "behind-an-activation", "behind-dropout"],
            folded.Network.Layers.Where(layer => layer.Op is BatchNorm).Select(layer => layer.Name));
        Assert.Equal(weights["beside-a-skip.running_var"].Values, folded["beside-a-skip.running_var"].Values);
        AssertSameOutputs(weights, folded);
    }

    [Fact]
    public void Two_normalisations_of_one_convolution_stay_and_a_network_may_end_in_one()
    {
        var network = Network.Build(Shape.Image(1, 5, 5), x =>
        {
            var shared = x.Conv(3, kernel: 3);
            return shared.BatchNorm(name: "left").Concat(shared.BatchNorm(name: "right")).Conv(2, kernel: 2, bias: false, name: "last").BatchNorm(name: "end");
        });
        var weights = Filled(network, 3);
        var folded = BatchNormFolding.Fold(weights);
        Assert.Equal(["left", "right"], folded.Network.Layers.Where(layer => layer.Op is BatchNorm).Select(layer => layer.Name));
        Assert.Equal("last", folded.Network.Layers[^1].Name);
        AssertSameOutputs(weights, folded);
    }

    [Fact]
    public void A_model_predicts_the_same()
    {
        var network = TinyTask.Network();
        var model = new Model(Filled(network, 4), Normalization.None(1), TinyTask.ClassNames);
        var folded = BatchNormFolding.Fold(model);
        var set = TinyTask.Data().Validation;
        Assert.True(folded.Network.Layers.Count < network.Layers.Count);
        Assert.Equal(model.ClassNames, folded.ClassNames);
        foreach (var (before, after) in model.PredictMany(set).Zip(folded.PredictMany(set)))
            for (var i = 0; i < before.Probabilities.Count; i++)
                Assert.Equal(before.Probabilities[i], after.Probabilities[i], 1e-4f);
    }

    /// <summary>Weights with statistics that training would leave: means and betas off 0, variances and gammas off 1.</summary>
    private static Weights Filled(Network network, uint seed)
    {
        var weights = Weights.Initialize(network, seed);
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Dimensions.Count == 1))
            foreach (ref var value in parameter.Values)
                value = parameter.Name.EndsWith("var", StringComparison.Ordinal) ? random.NextSingle(0.2f, 3) : random.NextSingle(-1, 1);
        return weights;
    }

    private static Model Plain(Weights weights) => new(weights, Normalization.None(weights.Network.Input.Channels), []);

    private static void AssertSameOutputs(Weights before, Weights after)
    {
        const int Images = 19;
        var random = new RandomSequence(9, RandomPurpose.Testing);
        using var first = new Predictor(Plain(before), before, Images, 1);
        using var second = new Predictor(Plain(after), after, Images, 1);
        for (var image = 0; image < Images; image++)
            foreach (ref var pixel in first.Pixels(image))
                pixel = (byte)random.NextInt(256);
        for (var image = 0; image < Images; image++)
            first.Pixels(image).CopyTo(second.Pixels(image));
        first.Prepare();
        second.Prepare();
        first.Run(Images);
        second.Run(Images);
        for (var image = 0; image < Images; image++)
        {
            var (expected, received) = (first.Scores(image).ToArray(), second.Scores(image).ToArray());
            var scale = expected.Max(Math.Abs);
            Assert.True(scale > 0);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - received[i]) <= 1e-5 * scale, $"image {image}, output {i}: {received[i]:R} instead of {expected[i]:R}");
        }
    }
}
