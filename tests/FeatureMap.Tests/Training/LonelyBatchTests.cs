using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Batch normalisation that would see one number per channel.</summary>
public sealed class LonelyBatchTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 2, Threads = 1, Schedule = new ConstantRate(0.01) };

    private static Network Dense() => Network.Build(Shape.Image(1, 9, 9), x => x.Flatten().Linear(8).BatchNorm(name: "norm").Relu().Linear(3));

    [Fact]
    public void Batches_of_one_image_are_refused_with_the_arithmetic()
    {
        const string message = "Layer 'norm' (BatchNorm, layer 3) cannot learn with batches of one image: a batch of 1 x height 1 x width "
            + "1 = 1 number per channel: minus its mean it is 0, so the output is beta "
            + "whatever the image is. Use larger batches (accumulating gradients does not help here), or GroupNorm or LayerNorm, which "
            + "look at one image.";
        Assert.Equal(message, Assert.Throws<UsageException>(() => Trainer.Fit(Dense(), TinyTask.Data(), Options with { BatchSize = 1 })).Message);
        Assert.Equal(message, Assert.Throws<UsageException>(() => Trainer.Fit(Dense(), TinyTask.Data(), Options with { BatchSize = 1, AccumulatedBatches = 8, Lint = null })).Message);
        Assert.Equal(message, Assert.Throws<UsageException>(() => Trainer.Fit(Dense(), TinyTask.Data(1), Options with { BatchSize = 64 })).Message);
    }

    [Theory]
    [InlineData(65, 64, 1)]
    [InlineData(65, 16, 2)]
    public void A_last_batch_of_one_image_is_left_out_and_that_is_said(int images, int batch, int accumulated)
    {
        var told = new List<string>();
        var data = TinyTask.Data(images);
        var run = Trainer.Fit(Dense(), data, Options with { BatchSize = batch, AccumulatedBatches = accumulated, Notice = told.Add });
        Assert.Equal(
            $"Every epoch leaves out one image: 65 images in batches of {batch} end in a batch of one, in which the batch normalisation "
                + "'norm' has a batch of 1 x height 1 x width 1 = 1 number per channel and could not learn. "
            + "A batch size that leaves another remainder shows all.", told[0]);
        Assert.Equal(2 * (64 / (batch * accumulated)), run.Epochs[^1].Step);
        Assert.All(run.Epochs, epoch => Assert.True(epoch.TrainMetric * 64 % 1 < 1e-9)); // 64 images were counted
    }

    [Fact]
    public void Where_a_channel_has_several_numbers_nothing_is_left_out()
    {
        var told = new List<string>();
        var map = Network.Build(Shape.Image(1, 9, 9), x => x.Conv(4, kernel: 3).BatchNorm().Relu().Flatten().Linear(3));
        Assert.Equal(4, Trainer.Fit(map, TinyTask.Data(65), Options with { BatchSize = 64, Notice = told.Add }).Epochs[^1].Step);
        var other = Network.Build(Shape.Image(1, 9, 9), x => x.Flatten().Linear(8).LayerNorm().Relu().Linear(3));
        Assert.Equal(4, Trainer.Fit(other, TinyTask.Data(65), Options with { BatchSize = 64, Notice = told.Add }).Epochs[^1].Step);
        Assert.Equal(130, Trainer.Fit(other, TinyTask.Data(65), Options with { BatchSize = 1, Notice = told.Add }).Epochs[^1].Step);
        Assert.DoesNotContain(told, line => line.Contains("leaves out", StringComparison.Ordinal));
    }
}
