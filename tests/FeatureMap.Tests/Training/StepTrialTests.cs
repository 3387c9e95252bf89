using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class StepTrialTests
{
    private static readonly TrainingOptions Options = new() { BatchSize = 45, Threads = 1, Optimizer = new Sgd(0.9), Epochs = 4 };

    [Fact]
    public void A_trial_times_steps_and_tells_the_whole_training()
    {
        var data = DigitsTask.Data();
        var trial = StepTrial.Run(DigitsTask.Network(), data, Options, steps: 5);
        Assert.Equal(5, trial.Times.Count);
        Assert.All(trial.Times, seconds => Assert.True(seconds > 0));
        Assert.Equal((data.Training.Count + 44) / 45, trial.StepsPerEpoch);
        Assert.Equal((45, 1, 4), (trial.BatchSize, trial.Threads, trial.Epochs));
        Assert.True(trial.ValidationSeconds > 0);
        Assert.Equal((trial.StepsPerEpoch * trial.Times.Average()) + trial.ValidationSeconds, trial.EpochSeconds, 1e-12);
        Assert.Equal(4 * trial.EpochSeconds, trial.TotalSeconds, 1e-12);
        Assert.True(trial.Unrest >= 1);
    }

    /// <summary>A larger network takes longer, and a trial says so: it times the steps that a training does.</summary>
    [Fact]
    public void A_trial_of_more_work_takes_longer()
    {
        var small = StepTrial.Run(DigitsTask.Network(), DigitsTask.Data(), Options with { BatchSize = 8 }, steps: 5);
        var large = StepTrial.Run(DigitsTask.Network(), DigitsTask.Data(), Options with { BatchSize = 200 }, steps: 5);
        Assert.True(large.StepSeconds > small.StepSeconds, $"{large.StepSeconds} against {small.StepSeconds}");
        Assert.True(large.StepsPerEpoch < small.StepsPerEpoch);
    }

    [Fact]
    public void A_trial_of_no_steps_is_explained_and_one_can_be_cancelled()
    {
        Assert.Equal("A trial times 3 to 10,000 steps: received 2. 10 are usual.",
            Assert.Throws<UsageException>(() => StepTrial.Run(DigitsTask.Network(), DigitsTask.Data(), Options, steps: 2)).Message);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => StepTrial.Run(DigitsTask.Network(), DigitsTask.Data(),
            Options with { Cancellation = stop.Token }));
    }
}
