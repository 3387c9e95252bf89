using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class RangeAndOverfitTests
{
    private static readonly TrainingOptions Options = new() { BatchSize = 45, Threads = 2, Optimizer = new Sgd(0.9) };

    [Fact]
    public void The_range_test_finds_a_rate_that_trains_and_where_it_explodes()
    {
        var range = LearningRateFinder.Run(DigitsTask.Network(), DigitsTask.Data(), Options, 1e-4, 100, 60);
        Assert.Equal(1e-4, range.Points[0].LearningRate, 1e-9);
        Assert.Equal(Math.Pow(1e6, 1.0 / 59), range.Points[1].LearningRate / range.Points[0].LearningRate, 1e-9);
        Assert.InRange(range.Suggested!.Value, 0.003, 3);
        // Between both marks, and at most 9 steps before the lowest.
        var late = Math.Pow(range.Points[1].LearningRate / range.Points[0].LearningRate, 9);
        var middle = Math.Sqrt(range.Steepest!.Value * range.Lowest!.Value);
        Assert.Equal(Math.Min(middle, range.Lowest.Value / late), range.Suggested.Value, 1e-6);
        Assert.True(range.Suggested <= middle);
        Assert.Equal(range.Points, LearningRateFinder.Run(DigitsTask.Network(), DigitsTask.Data(), Options with { Threads = 1 }, 1e-4, 100, 60).Points);
        var svg = range.ToSvg();
        Assert.StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"", svg, StringComparison.Ordinal);
        Assert.Equal("svg", System.Xml.Linq.XDocument.Parse(svg).Root!.Name.LocalName);
        Assert.Contains("learning rate", svg, StringComparison.Ordinal);
        Assert.Contains(">Learning-rate range test: tiny, adam</text>", range.ToSvg("tiny, adam"), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stops_where_the_loss_explodes()
    {
        // No normalisation, and a rate far beyond reason.
        var network = Network.Build(Shape.Image(1, 28, 28), x => x.Conv(8, kernel: 3).Relu().Flatten().Linear(10));
        var range = LearningRateFinder.Run(network, DigitsTask.Data(), Options, 1e-3, 1e4, 60);
        Assert.True(range.Exploded);
        Assert.InRange(range.Points.Count, 10, 59);
    }

    [Fact]
    public void Impossible_ranges_are_explained()
    {
        Says("The range test goes from a lower to a higher learning rate, both above 0: received 1 to 0.1.", 1, 0.1, 100);
        Says("The range test goes from a lower to a higher learning rate, both above 0: received 0 to 1.", 0, 1, 100);
        Says("The range test takes between 10 and 100,000 steps: received 9. 100 are usual.", 0.1, 1, 9);
        Assert.Equal("The range test has fewer than two points, so there is no curve to draw. Start at a lower rate.", Assert.Throws<UsageException>(() => new LearningRateRange([], true).ToSvg()).Message);

        static void Says(string message, double from, double to, int steps) =>
            Assert.Equal(message, Assert.Throws<UsageException>(() => LearningRateFinder.Run(DigitsTask.Network(), DigitsTask.Data(), Options, from, to, steps)).Message);
    }

    [Fact]
    public void A_sound_network_learns_a_batch_by_heart_and_a_broken_one_does_not()
    {
        var sound = OverfitCheck.Run(DigitsTask.Network(), DigitsTask.Data(), Options);
        Assert.True(sound.Passed, sound.ToString());
        Assert.Equal(32, sound.Images);
        Assert.InRange(sound.Steps, 10, 300);
        Assert.Equal(sound, OverfitCheck.Run(DigitsTask.Network(), DigitsTask.Data(), Options with { Mix = new MixUp(), Augmentation = new RandomCrop(padding: 4) }));
        // Every plane is averaged before anything is learned: one number per image cannot tell ten digits apart.
        var broken = OverfitCheck.Run(Network.Build(Shape.Image(1, 28, 28), x => x.GlobalAveragePool().Linear(10)), DigitsTask.Data(), Options, steps: 100);
        Assert.False(broken.Passed);
        Assert.Equal(100, broken.Steps);
        Assert.Equal("The overfit check learns at least 2 images by heart: received 1.", Assert.Throws<UsageException>(() => OverfitCheck.Run(DigitsTask.Network(), DigitsTask.Data(), Options, images: 1)).Message);
    }
}
