using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Augmentation and mixing inside a training: sizes, targets, determinism.</summary>
public sealed class MixTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 1, BatchSize = 45, Threads = 1, Optimizer = new Sgd(0), Schedule = new ConstantRate(0.1) };

    [Theory]
    [InlineData("mixup 1")]
    [InlineData("cutmix")]
    [InlineData("choose (mixup 0.2 | cutmix)")]
    public void Mixed_training_repeats_at_every_width_and_number_of_threads(string mix)
    {
        var options = Options with { Mix = LabelMix.Parse(mix), Augmentation = Augmentation.Parse("crop 2, cutout 6") };
        var expected = Train(options);
        Assert.NotEqual(expected, Train(options with { Mix = null }));
        Assert.Equal(expected, Train(options with { Threads = 2 }));
        Assert.Equal(expected, Train(options with { LaneWidth = LaneWidth.Scalar }));
        Assert.NotEqual(expected, Train(options with { Seed = 1 }));
    }

    [Fact]
    public void Targets_are_mixed_as_the_images_are()
    {
        // Two losses that are only read: the sum of the target, which is always 1, and its largest number, which mixing makes smaller.
        var sum = Loss.Custom("sum", scope => scope.Target.Linear(1, bias: false, initializer: Initializer.Ones).Add(scope.Output.Linear(1, bias: false, initializer: Initializer.Zeros)));
        Assert.Equal(1, FirstLoss(Options with { Loss = sum }), 1e-6);
        Assert.Equal(1, FirstLoss(Options with { Loss = sum, Mix = new MixUp(1) }), 1e-6);
        var largest = Loss.Custom("largest", scope => scope.Target.Reshape(1, 10, 1).MaxPool((10, 1), (1, 1)).Flatten().Add(scope.Output.Linear(1, bias: false, initializer: Initializer.Zeros)));
        Assert.Equal(1, FirstLoss(Options with { Loss = largest }), 1e-6);
        Assert.InRange(FirstLoss(Options with { Loss = largest, Mix = new MixUp(1) }), 0.6, 0.95);
    }

    [Fact]
    public void A_loss_on_the_number_of_the_class_cannot_be_mixed()
    {
        var loss = Loss.Custom("index", scope => scope.ClassIndex.Add(scope.Output.Linear(1)));
        Assert.Equal("The loss 'index' reads the number of each image's class, which cannot be mixed: leave out 'mixup'.", Assert.Throws<UsageException>(() => Train(Options with { Loss = loss, Mix = new MixUp() })).Message);
    }

    [Fact]
    public void An_augmentation_may_change_the_size()
    {
        var network = Network.Build(Shape.Image(1, 14, 14), x => x.Conv(4, kernel: 3).Relu().GlobalAveragePool().Linear(10));
        var run = Trainer.Fit(network, DigitsTask.Data(), Options with { Augmentation = new ResizeTo(14, 14) });
        Assert.Equal(40, run.Validation!.Predicted.Count);
        Assert.InRange(run.Epochs[0].AugmentationShare, 0, 1);
        Assert.Equal(
            "The network takes images of 1x14x14 (channels x height x width), the augmentation 'resize 15 15' makes 1x15x15 of the 1x28x28 of 'digits'. Build the network for Shape.Image(1, 15, 15), or scale to its size.",
            Assert.Throws<ShapeException>(() => Trainer.Fit(network, DigitsTask.Data(), Options with { Augmentation = new ResizeTo(15, 15) })).Message);
    }

    [Fact]
    public void What_keras_measures_is_measured_before_the_first_step()
    {
        var keras = new KerasAugmentation { FeaturewiseCenter = true, FeaturewiseStdNormalization = true };
        Assert.NotEqual(Train(Options), Train(Options with { Augmentation = keras, Normalization = KerasAugmentation.PassThrough(1) }));
    }

    private static string Train(TrainingOptions options)
    {
        using var session = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), options);
        while (session.StepsDone < session.TotalSteps)
            session.Step();
        return session.Weights.Sha256();
    }

    private static double FirstLoss(TrainingOptions options)
    {
        using var session = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), options);
        session.Step();
        return session.StepLoss;
    }
}
