using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Interchange;
using FeatureMap.Ops;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class WeightNormTests
{
    [Fact]
    public void A_length_and_a_direction_make_the_weight()
    {
        // v = (3, 4), |v| = 5, g = 10: w = (6, 8); v = (0, -2), g = 3: w = (0, -3).
        var trial = new OpTrial(new WeightNorm(new Linear(2)), [OpTrial.Tensor(Shape.Vector(2), 1, [1, 2])], parameters: [[10, 3], [3, 4, 0, -2], [100, 200]]);
        Assert.Equal([6 + 16 + 100, -6 + 200], trial.Output);
        Assert.Equal([6, 8 - 3], trial.InputGradient());
        var weight = new float[4];
        new WeightNorm(new Linear(2)).Compose([Shape.Vector(2)], [10, 3], [3, 4, 0, -2], weight);
        Assert.Equal([6, 8, 0, -3], weight);
    }

    [Fact]
    public void A_kernel_of_zeros_has_no_direction_and_gives_zero_not_nan()
    {
        var trial = new OpTrial(new WeightNorm(new Linear(2)), [OpTrial.Tensor(Shape.Vector(2), 1, [1, 2])], parameters: [[10, 3], [0, 0, 0, -2], [100, 200]]);
        Assert.Equal([100, 194], trial.Output);
        Assert.Equal([0, -3], trial.InputGradient());
    }

    [Fact]
    public void Parameters_have_the_names_and_shapes_of_pytorch()
    {
        Assert.Equal(
            ["conv1.weight_g [12 x 1 x 1 x 1]", "conv1.weight_v [12 x 3 x 3 x 2]", "conv1.bias [12]"],
            Names(Shape.Image(3, 9, 9), x => x.Conv(12, kernel: (3, 2), weightNorm: true)));
        Assert.Equal(["linear1.weight_g [10 x 1]", "linear1.weight_v [10 x 6]"], Names(Shape.Vector(6), x => x.Linear(10, bias: false, weightNorm: true)));
        // As torch.nn.utils.weight_norm(layer, dim=1): per output channel, which is the second dimension here.
        Assert.Equal(["convTranspose1.weight_g [1 x 8 x 1 x 1]", "convTranspose1.weight_v [4 x 8 x 2 x 2]", "convTranspose1.bias [8]"], Names(Shape.Image(4, 9, 9), x => x.ConvTranspose(8, kernel: 2, weightNorm: true)));
        Assert.Equal(["convTranspose1.weight_g [2 x 4 x 1 x 1]", "convTranspose1.weight_v [4 x 4 x 2 x 2]", "convTranspose1.bias [8]"], Names(Shape.Image(4, 9, 9), x => x.ConvTranspose(8, kernel: 2, groups: 2, weightNorm: true)));

        static IEnumerable<string> Names(Shape input, Func<Feature, Feature> body) => Weights.Initialize(Network.Build(input, body), 1).Parameters.Select(parameter => parameter.ToString());
    }

    [Fact]
    public void It_starts_as_the_plain_layer_to_the_bit()
    {
        foreach (var op in new WeightedOp[] { new Conv2d(12, 3) { Groups = 2 }, new ConvTranspose2d(6, 3) { Groups = 3, Stride = (2, 1) }, new Linear(7) })
        {
            var input = op is Linear ? Shape.Vector(36) : Shape.Image(6, 6, 6);
            var weights = Weights.Initialize(Network.Build(input, x => x.Then(new WeightNorm(op))), 4);
            var composed = new float[weights.Parameters[1].Values.Length];
            new WeightNorm(op).Compose([input], weights.Parameters[0].Values, weights.Parameters[1].Values, composed);
            Assert.Equal(weights.Parameters[1].Values.ToArray(), composed);
        }
    }

    [Fact]
    public void Weight_decay_pulls_on_the_length_only()
    {
        var parameters = new WeightNorm(new Conv2d(4, 3)).Parameters([Shape.Image(2, 5, 5)]);
        Assert.Equal([true, false, false], parameters.Select(parameter => parameter.Decays));
        Assert.Equal(new Conv2d(4, 3).Parameters([Shape.Image(2, 5, 5)])[0].FanIn, parameters[1].FanIn);
    }

    [Fact]
    public void It_trains_with_the_same_bits_for_any_number_of_threads_and_is_saved_and_read()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x => x
            .Conv(6, kernel: 3, weightNorm: true).Relu().MaxPool(2).ConvTranspose(4, kernel: 2, stride: 2, weightNorm: true).Relu().Conv(8, kernel: 3, stride: 2, weightNorm: true).Relu()
            .Flatten().Linear(3, weightNorm: true));
        var data = TinyTask.Data();
        var hashes = new[] { 1, 2, 5 }.Select(threads => Trainer.Fit(network, data, new TrainingOptions { Epochs = 3, Threads = threads, BatchSize = 50, Seed = 7 })).ToList();
        Assert.Single(hashes.Select(run => run.Model.Weights.Sha256()).Distinct());
        Assert.True(hashes[0].Validation!.Accuracy > 0.8, $"accuracy {hashes[0].Validation!.Accuracy}");
        var back = NetworkFile.Parse(NetworkFile.ToJson(network));
        Assert.Equal(NetworkFile.ToJson(network), NetworkFile.ToJson(back));
        Assert.Equal(["conv1", "relu1", "maxPool1", "convTranspose1"], back.Layers.Skip(1).Take(4).Select(layer => layer.Name));
        Assert.Equal("WeightNorm(ConvTranspose2d(2x2, 4 channels, stride 2))", back["convTranspose1"].Op!.ToString());
    }

    [Fact]
    public void What_cannot_be_normalised_is_told()
    {
        Assert.Equal(
            "Weight normalisation needs a direction to start with, and weights that are all 0 have none: received Linear(3) with the initialiser 'zeros'. Use another one, such as Initializer.HeNormal.",
            Assert.Throws<UsageException>(() => new WeightNorm(new Linear(3) { WeightInitializer = Initializer.Zeros })).Message);
        Assert.Equal(
            "WeightNorm(Linear(3)) has 3 lengths and 6 weights: received 2 lengths, 6 directions and room for 6 weights.",
            Assert.Throws<UsageException>(() => new WeightNorm(new Linear(3)).Compose([Shape.Vector(2)], new float[2], new float[6], new float[6])).Message);
        var json = NetworkFile.ToJson(Network.Build(Shape.Vector(2), x => x.Linear(3, weightNorm: true)));
        Assert.Equal(
            "the network description, layer 1 'linear1': WeightNorm takes as 'layer' \"Conv2d\" or \"ConvTranspose2d\" or \"Linear\": received \"Relu\".",
            Assert.Throws<DataException>(() => NetworkFile.Parse(json.Replace("\"layer\": \"Linear\"", "\"layer\": \"Relu\"", StringComparison.Ordinal))).Message);
    }
}
