using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What happens between gradients and weights: gathering, limits, averages, stopping early, samplers.</summary>
public sealed class UpdateTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 1, BatchSize = 48, Threads = 1, Optimizer = new Sgd(0), Schedule = new ConstantRate(0.5) };

    [Fact]
    public void Gathered_batches_are_one_large_batch()
    {
        // Without batch statistics, three batches of 16 with gathered gradients are one batch of 48, up to rounding.
        var one = Weights(Options with { BatchSize = 48 }, steps: 1);
        var three = Weights(Options with { BatchSize = 16, AccumulatedBatches = 3 }, steps: 1);
        for (var i = 0; i < one.Length; i++)
            Assert.Equal(one[i], three[i], 1e-6);
        Assert.NotEqual(Weights(Options with { BatchSize = 16 }, steps: 1), one);
    }

    [Fact]
    public void The_last_gathered_step_counts_images_and_not_batches()
    {
        // 90 images: batches of 80 and 10 in one step weigh 8 to 1, as in one batch of 90.
        var one = Weights(Options with { BatchSize = 90 }, steps: 1);
        var uneven = Weights(Options with { BatchSize = 80, AccumulatedBatches = 2 }, steps: 1);
        for (var i = 0; i < one.Length; i++)
            Assert.Equal(one[i], uneven[i], 1e-6);
    }

    [Fact]
    public void The_gradient_is_never_longer_than_its_limit()
    {
        var start = Weights(Options, steps: 0);
        var free = Length(start, Weights(Options, steps: 1)) / 0.5;
        Assert.True(free > 0.1);
        Assert.Equal(0.1, Length(start, Weights(Options with { ClipGradientNorm = 0.1 }, steps: 1)) / 0.5, 1e-4);
        Assert.Equal(Weights(Options, steps: 1), Weights(Options with { ClipGradientNorm = 2 * free }, steps: 1));
        var cut = Weights(Options with { ClipGradientValue = 0.001 }, steps: 1);
        Assert.Equal(0.0005, start.Zip(cut, (before, after) => Math.Abs(after - before)).Max(), 1e-6);
    }

    [Fact]
    public void L1_pulls_every_weight_by_the_same_amount()
    {
        var without = Weights(Options, steps: 1);
        var with = Weights(Options with { L1Decay = 0.01 }, steps: 1);
        var start = Weights(Options, steps: 0);
        for (var i = 0; i < start.Length - 10; i++) // the last ten are biases, which do not decay
            Assert.Equal(without[i] - (0.5 * 0.01 * Math.Sign(start[i])), with[i], 1e-6);
        Assert.Equal(without[^10..], with[^10..]);
    }

    [Fact]
    public void The_average_follows_the_weights()
    {
        using var session = Session(Options with { BatchSize = 30, Averaging = new WeightAveraging(0.999) });
        var weights = session.Weights["linear1.weight"];
        var expected = weights.Values.ToArray().Select(value => (double)value).ToArray();
        for (var step = 0; step < 3; step++)
        {
            session.Step();
            var kept = (1.0 + step) / (10 + step);
            for (var i = 0; i < expected.Length; i++)
                expected[i] = (kept * expected[i]) + ((1 - kept) * weights.Values[i]);
        }
        var average = session.Judged["linear1.weight"].Values;
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], average[i], 1e-6);
        Assert.NotEqual(session.Weights.Sha256(), session.Judged.Sha256());
    }

    [Fact]
    public void Early_stopping_goes_back_to_the_best_epoch()
    {
        var stopping = new EarlyStopping(Patience: 2);
        Assert.Equal(-1, stopping.Best([]));
        Assert.Equal(1, stopping.Best(Losses(3, 2, 2.5)));
        Assert.False(stopping.IsOver(Losses(3, 2, 2.5)));
        Assert.True(stopping.IsOver(Losses(3, 2, 2.5, 2)));
        Assert.Equal(0, new EarlyStopping(2, MinimumImprovement: 1).Best(Losses(3, 2.5, 2)));
        Assert.Equal(1, new EarlyStopping(2, ByMetric: true).Best([new(1, 0.5), new(2, 0.7), new(0.5, 0.7)]));

        // A rate that grows beyond all measure: the first epochs are the best.
        var options = Options with { Epochs = 30, BatchSize = 30, Schedule = new CyclicRate(0.05, 60, 30), EarlyStopping = stopping };
        var run = Trainer.Fit(Network(), DigitsTask.Data(), options);
        Assert.True(run.IsComplete);
        Assert.InRange(run.Epochs.Count, 3, 29);
        var best = run.Epochs.Min(epoch => epoch.ValidationLoss);
        Assert.Equal(best, run.Epochs[^3].ValidationLoss);
        Assert.Equal(best, run.Validation!.Loss);

        static ValidationScore[] Losses(params double[] losses) => [.. losses.Select(loss => new ValidationScore(loss, 0))];
    }

    [Fact]
    public void Batches_for_metric_losses_have_k_images_of_p_classes()
    {
        var set = DigitsTask.Data(200).Training;
        var sampler = new ClassBatchSampler(4);
        var order = new int[sampler.Count(set, 20)];
        Assert.Equal(200, order.Length);
        sampler.Fill(set, 20, 3, 1, order);
        foreach (var batch in order.Chunk(20))
            Assert.Equal([4, 4, 4, 4, 4], batch.GroupBy(set.Label).Select(group => group.Count()));
        var again = new int[200];
        sampler.Fill(set, 20, 3, 1, again);
        Assert.Equal(order, again);
        sampler.Fill(set, 20, 3, 2, again);
        Assert.NotEqual(order, again);
        Assert.Equal("A batch of 18 cannot be cut into groups of 4 images of one class: 18 / 4 is not whole. Choose a batch size that is a multiple of 4, such as 16.", Assert.Throws<UsageException>(() => sampler.Count(set, 18)).Message);
        Assert.Equal("A batch of 4 with 4 images per class has 4 / 4 = 1 classes: it must be at least 2 and at most the 10 classes of digits training.", Assert.Throws<UsageException>(() => sampler.Count(set, 4)).Message);
        Assert.Equal("A batch for metric losses needs at least 2 images of each of its classes, so that there are pairs: received 1.", Assert.Throws<UsageException>(() => new ClassBatchSampler(1)).Message);
    }

    [Fact]
    public void Invalid_options_are_explained()
    {
        Says("The training option accumulate is a whole number from 1 to 100,000: received 0. Batches whose gradients are averaged into one step.", Options with { AccumulatedBatches = 0 });
        Says("The training option clip-norm is a number from 0 to 1,000,000,000: received -1. Longest gradient of all weights together; 0 for no limit.", Options with { ClipGradientNorm = -1 });
        Says("The training option l1 is a number of at least 0 and below 1: received NaN. A constant pull of weights towards exactly 0.", Options with { L1Decay = double.NaN });
        Assert.Equal("The patience of early stopping must be at least 1 epoch: received 0.", Assert.Throws<UsageException>(() => new EarlyStopping(0)).Message);
        Assert.Equal("The decay of the weights' average must be above 0 and below 1: received 1. 0.999 averages over about 1 / (1 - 0.999) = 1,000 steps.", Assert.Throws<UsageException>(() => new WeightAveraging(1)).Message);

        static void Says(string message, TrainingOptions options) => Assert.Equal(message, Assert.Throws<UsageException>(() => Session(options)).Message);
    }

    private static Network Network() => FeatureMap.Networks.Network.Build(Shape.Image(1, 28, 28), x => x.AveragePool(4).Flatten().Linear(10));

    private static TrainingSession Session(TrainingOptions options) => new(Network(), DigitsTask.Data(), options);

    private static float[] Weights(TrainingOptions options, int steps)
    {
        using var session = Session(options);
        for (var step = 0; step < steps; step++)
            session.Step();
        return [.. session.Weights.Parameters.SelectMany(parameter => parameter.Values.ToArray())];
    }

    private static double Length(float[] from, float[] to) => Math.Sqrt(from.Zip(to, (a, b) => ((double)b - a) * (b - a)).Sum());
}
