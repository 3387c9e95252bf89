using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What a training says at its end that came to nothing.</summary>
public sealed class TrainingVerdictTests
{
    [Fact]
    public void A_training_that_ends_far_above_its_beginning_says_so()
    {
        var told = new List<string>();
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Flatten().Linear(20).Relu().Linear(3));
        var run = Trainer.Fit(network, TinyTask.Data(), new TrainingOptions { Epochs = 2, BatchSize = 20, Threads = 1, Optimizer = new Adam(), Schedule = new ConstantRate(3), Notice = told.Add });
        var line = Assert.Single(told);
        Assert.StartsWith(FormattableString.Invariant($"The training ended far above its beginning: the loss is {run.Epochs[1].TrainLoss:0.####}, and it began with "), line, StringComparison.Ordinal);
        Assert.EndsWith("The steps are too large, or something in the network blows up. Try a learning rate three to ten times lower, a warm-up, or clipped gradients.", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_network_that_is_spoiled_by_too_large_steps_says_so()
    {
        var told = new List<string>();
        var options = new TrainingOptions { Epochs = 4, BatchSize = 20, Threads = 1, Schedule = new OneCycle(0.1), Notice = told.Add };
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Conv(8, kernel: 3).Relu().Flatten().Linear(3));
        var trained = Trainer.Fit(network, TinyTask.Data(), options);
        Trainer.Fit(network, TinyTask.Data(), options with { InitialWeights = trained.Model.Weights, Schedule = new ConstantRate(0.001) });
        Assert.Empty(told);
        var spoiled = Trainer.Fit(network, TinyTask.Data(), options with { InitialWeights = trained.Model.Weights, Epochs = 1, Optimizer = new Adam(), Schedule = new ConstantRate(1) });
        Assert.True(told.Count == 1, FormattableString.Invariant($"{trained.Epochs[^1].TrainLoss} and then {spoiled.Epochs[0].TrainLoss}"));
        Assert.StartsWith("The training ended far above its beginning: the loss is ", told[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_classifier_that_only_guesses_says_so()
    {
        var told = new List<string>();
        // One number for the whole image: the classes have the same mean.
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.GlobalAveragePool().Multiply(0).Linear(3));
        var run = Trainer.Fit(network, TinyTask.Data(), new TrainingOptions { Epochs = 2, BatchSize = 40, Threads = 1, Schedule = new ConstantRate(0.01), Notice = told.Add });
        Assert.Equal(
            FormattableString.Invariant($"The training never got better than a guess: its loss never fell clearly below 1.098, that of a guess by how often each class occurs, and at best {run.Epochs.Max(epoch => epoch.ValidationAccuracy) * 100:0.0} % of the validation images were right, with 3 classes. Try another learning rate, see whether the network can learn one batch by heart (OverfitCheck), and look at the labels."),
            Assert.Single(told));
    }

    [Fact]
    public void A_training_that_learns_says_nothing()
    {
        var told = new List<string>();
        foreach (var loss in (Loss?[])[null, Loss.CrossEntropy(0.1f), Loss.Focal(), Loss.Hinge()])
            Trainer.Fit(TinyTask.Network(), TinyTask.Data(), new TrainingOptions { Epochs = 2, BatchSize = 20, Threads = 1, Loss = loss, Schedule = new OneCycle(0.1), Notice = told.Add });
        Trainer.Fit(MapsTask.Network(), MapsTask.Data(), new TrainingOptions { Epochs = 2, BatchSize = 20, Threads = 1, Loss = Loss.BinaryCrossEntropy(), Schedule = new OneCycle(0.1), Notice = told.Add });
        Assert.Empty(told);
    }
}
