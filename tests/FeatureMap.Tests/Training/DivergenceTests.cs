using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class DivergenceTests
{
    private const string Advice = "Try a rate three to ten times lower, a warm-up, or batch normalisation after each convolution.";

    private static readonly TrainingOptions Options = new() { Epochs = 4, BatchSize = 32, Threads = 1, Seed = 3, Optimizer = new Sgd(0), Schedule = new ConstantRate(1e20) };

    [Fact]
    public void A_huge_learning_rate_is_reported_with_step_and_layer()
    {
        using var session = new TrainingSession(Plain(), TinyTask.Data(), Options);
        string before;
        TrainingException? error = null;
        do
        {
            before = session.Weights.Sha256();
            error = Record.Exception(session.Step) as TrainingException;
        }
        while (error is null && session.StepsDone < 10);
        Assert.Equal(
            $"Training stopped at step 2 (epoch 1): the loss is NaN. The first layer whose output is not finite is 'conv2' (Conv2d(3x3, 8 channels)). The learning rate was 1E+20. {Advice}",
            error!.Message);
        Assert.Equal(before, session.Weights.Sha256());
        Assert.All(session.Weights.Parameters, parameter => Assert.True(AreFinite(parameter.Values), parameter.Name));
        Assert.Equal(1, session.StepsDone);
    }

    [Theory]
    [InlineData("conv1", "weight")]
    [InlineData("conv2", "weight")]
    [InlineData("conv2", "bias")]
    [InlineData("linear1", "weight")]
    public void A_weight_that_is_not_a_number_is_named(string layer, string parameter)
    {
        using var session = new TrainingSession(Plain(), TinyTask.Data(), Options with { Schedule = new ConstantRate(0.05) });
        session.Weights[$"{layer}.{parameter}"].Values[1] = float.NaN;
        Assert.Equal(
            $"Training stopped at step 1 (epoch 1): the loss is NaN. The weights of layer '{layer}' ({layer}.{parameter}) are not finite any more. The learning rate was 0.05. {Advice}",
            Assert.Throws<TrainingException>(session.Step).Message);
    }

    [Fact]
    public void A_weight_that_is_not_a_number_is_named_behind_a_normalisation()
    {
        using var session = new TrainingSession(TinyTask.Network(), TinyTask.Data(), Options with { Schedule = new ConstantRate(0.05) });
        session.Weights["batchNorm1.weight"].Values[0] = float.NaN;
        Assert.Contains("(batchNorm1.weight)", Assert.Throws<TrainingException>(session.Step).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_spoils_the_weights_reaches_no_checkpoint()
    {
        // One step per epoch: the loss of the first is finite, its update is not, and the epoch would end with a checkpoint and a validation.
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "spoilt");
        var data = TinyTask.Data();
        var options = Options with { BatchSize = 300, Schedule = new ConstantRate(1e39), Folder = folder };
        var error = Assert.Throws<TrainingException>(() => Trainer.Fit(Plain(), data, options));
        Assert.Equal($"Training stopped after step 1 (epoch 1): the numbers of layer 'conv1' (conv1.weight) are not finite any more. The learning rate was 1E+39. {Advice}", error.Message);
        Assert.Empty(folder.Checkpoints.Steps());
        Assert.Empty(RunLog.Read(folder.Location).Epochs);
        Assert.Throws<TrainingException>(() => Trainer.Fit(Plain(), data, options with { Folder = null }));
    }

    [Fact]
    public void The_run_folder_stays_readable_and_its_checkpoint_is_from_before()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "diverging");
        var data = TinyTask.Data();
        // Small steps for one epoch of 10 steps, and then a million million million times larger ones.
        var options = Options with { Schedule = new Cliff(0.01, 10, 1e20), Folder = folder, LogEverySteps = 1 };
        var error = Assert.Throws<TrainingException>(() => Trainer.Fit(Plain(), data, options));
        Assert.StartsWith("Training stopped at step 12 (epoch 2): the loss is NaN.", error.Message, StringComparison.Ordinal);

        var log = RunLog.Read(folder.Location);
        Assert.Equal([1], log.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(Enumerable.Range(1, 11), log.Steps.Select(step => (int)step.Step));
        var found = folder.Checkpoints.LoadNewest();
        Assert.Equal((10, ""), (found.Checkpoint!.Step, found.Notice));
        Assert.All(found.Checkpoint.Tensors, tensor => Assert.True(AreFinite(tensor.ToSingles()), tensor.Name));

        // With a rate as it should be the run goes on from there.
        var run = Trainer.Fit(Plain(), data, options with { Schedule = new ConstantRate(0.01), Resume = true });
        Assert.Equal((true, 4), (run.IsComplete, run.Epochs.Count));
        Assert.True(double.IsFinite(run.Validation!.Loss));
    }

    private static Network Plain() => Network.Build(Shape.Image(1, 9, 9), x => x.Conv(6, kernel: 3).Relu().MaxPool(2).Conv(8, kernel: 3).Relu().Flatten().Linear(3));

    private static bool AreFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value))
                return false;
        return true;
    }

    private sealed record Cliff(double Before, long Steps, double After) : Schedule
    {
        public override double LearningRate(ScheduleTime time) => time.Step < Steps ? Before : After;
    }
}
