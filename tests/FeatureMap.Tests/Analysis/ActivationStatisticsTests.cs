using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class ActivationStatisticsTests
{
    private static readonly ImageSet Images = TinyTask.Data(100, 20).Training;

    [Fact]
    public void The_numbers_of_a_layer_are_those_of_its_feature_maps()
    {
        var model = new Model(Weights.Initialize(TinyTask.Network(), 4), Normalization.Of(Images), TinyTask.ClassNames);
        var statistics = ActivationStatistics.Of(model, Images, most: 70);
        Assert.Equal(70, statistics.Images);
        Assert.Equal(["input", "conv1", "relu1", "maxPool1", "conv2", "relu2", "linear1"], statistics.Layers.Select(row => row.Layer.Name));
        foreach (var row in statistics.Layers.Skip(1))
        {
            var values = Enumerable.Range(0, 70).SelectMany(image => model.FeatureMaps(Images.Pixels(image)).Single(map =>
                map.Layer.Name == row.Layer.Name).Values).Select(value => (double)value).ToList();
            var mean = values.Average();
            Assert.Equal(mean, row.Mean, 9);
            Assert.Equal(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), row.Deviation, 9);
            Assert.Equal(values.Count(value => value == 0) / (double)values.Count, row.ZeroShare);
        }
        // The images are normalised by the mean and deviation of all hundred.
        Assert.Equal((0, 1), (Math.Round(statistics.Layers[0].Mean, 1), Math.Round(statistics.Layers[0].Deviation, 1)));
    }

    /// <summary>He keeps the scale through ten layers, a fixed small deviation loses it, a large one blows it up.</summary>
    [Fact]
    public void The_deviation_by_depth_tells_a_good_start_from_a_bad_one()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x =>
        {
            for (var layer = 0; layer < 10; layer++)
                x = x.Conv(24, kernel: 3, padding: 1, bias: false).Relu();
            return x;
        });
        double[] Deviations(Initializer? initializer) => [.. ActivationStatistics.Of(network, 3, Images, initializer,
            most: 40).Layers.Where(row => row.Layer.Op is FeatureMap.Ops.Relu).Select(row => row.Deviation)];
        var he = Deviations(null);
        Assert.Equal(10, he.Length);
        Assert.All(he, deviation => Assert.InRange(deviation, 0.15, 2));
        Assert.Equal(he, Deviations(Initializer.HeNormal));
        // Orthogonal kernels keep lengths, the ReLU takes half of the square: a gain of the square root of 2 gives it back.
        Assert.All(Deviations(Initializer.Orthogonal(1.4142135f)), deviation => Assert.InRange(deviation, 0.15, 2));
        Assert.True(Deviations(Initializer.Normal(0.01f))[^1] < 1e-8);
        Assert.True(Deviations(Initializer.Normal(0.5f))[^1] > 1e4);
        Assert.Equal(Deviations(Initializer.GlorotUniform), Deviations(Initializer.GlorotUniform));
    }

    [Fact]
    public void Dead_channels_are_counted()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Conv(4, kernel: 3).Relu());
        var weights = Weights.Initialize(network, 1);
        weights["conv1.bias"].Values[2] = -1000;
        var statistics = ActivationStatistics.Of(new Model(weights, Normalization.Of(Images), TinyTask.ClassNames), Images);
        Assert.Equal([0, 0, 1], statistics.Layers.Select(row => row.DeadChannels));
        Assert.InRange(statistics.Layers[2].ZeroShare, 0.25, 0.9);
        Assert.Equal(["relu1", "Relu"], statistics.ToReportTable().Rows[2].Take(2));
        Assert.EndsWith("1 of 4", statistics.ToString(), StringComparison.Ordinal);
        Assert.Equal(4, statistics.ToString().Split('\n').Length);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x => x.Conv(2, kernel: 3));
        Assert.Equal(
            "The network takes images of 1x8x8 (channels x height x width), the set 'bars-training' has 1x9x9. Resize the images, or use "
                + "the network that was made for them.",
            Assert.Throws<ShapeException>(() => ActivationStatistics.Of(network, 1, Images)).Message);
        Assert.Equal(
            "Activations are measured on at least 1 image: received 0. 256 give steady numbers.",
            Assert.Throws<UsageException>(() => ActivationStatistics.Of(network, 1, Images, most: 0)).Message);
    }
}
