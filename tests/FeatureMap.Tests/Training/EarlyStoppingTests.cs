using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>A number that is none never wins.</summary>
public sealed class EarlyStoppingTests
{
    private const double None = double.NaN, Infinite = double.PositiveInfinity;

    [Theory]
    [InlineData(new[] { None, 0.53, 0.53, 0.58, 0.63 }, 4)]
    [InlineData(new[] { 0.5, None, 0.6, None }, 2)]
    [InlineData(new[] { None, None }, -1)]
    [InlineData(new[] { double.NegativeInfinity, 0.1 }, 1)]
    [InlineData(new[] { double.NegativeInfinity }, -1)]
    [InlineData(new[] { 0.1, Infinite, 0.3 }, 1)] // nothing is wrong any more, as in a PSNR of equal pictures
    public void The_best_epoch_by_metric(double[] values, int best)
    {
        var stopping = new EarlyStopping(2, ByMetric: true);
        Assert.Equal(best, stopping.Best([.. values.Select(value => new ValidationScore(1, value))]));
        Assert.Equal(best, stopping.Best([.. values.Select(value => new ValidationScore(1, -value, HigherIsBetter: false))]));
    }

    [Theory]
    [InlineData(new[] { None, 0.9, 0.8 }, 2)]
    [InlineData(new[] { Infinite, 3.0, None }, 1)]
    [InlineData(new[] { -Infinite, 3.0 }, 1)]
    [InlineData(new[] { Infinite, Infinite }, -1)]
    [InlineData(new[] { 2.0, -Infinite, 1.0 }, 2)]
    public void The_best_epoch_by_loss(double[] losses, int best) =>
        Assert.Equal(best, new EarlyStopping(2).Best([.. losses.Select(loss => new ValidationScore(loss, None))]));

    [Fact]
    public void An_epoch_without_a_number_is_one_without_improvement()
    {
        var stopping = new EarlyStopping(3);
        Assert.False(stopping.IsOver(Scores(None, None)));
        Assert.True(stopping.IsOver(Scores(None, None, None)));
        Assert.False(stopping.IsOver(Scores(None, None, 1)));
        Assert.False(stopping.IsOver(Scores(1, None, None)));
        Assert.True(stopping.IsOver(Scores(1, None, None, None)));

        static ValidationScore[] Scores(params double[] losses) => [.. losses.Select(loss => new ValidationScore(loss, None))];
    }

    [Fact]
    public void A_plateau_does_not_take_a_loss_that_is_none_for_its_best()
    {
        Assert.Equal([0.5, 0.5, 0.25, 0.125], Rates([None, 3, 2, 2, 2]));
        Assert.Equal([0.5, 0.5, 0.5], Rates([-Infinite, 3, 2, 1]));
        Assert.Equal(1, new PlateauRate(1, 0.5, Patience: 1, Threshold: 1).LearningRate(At([3, 0])));

        static IEnumerable<double> Rates(double[] losses) => Enumerable.Range(2, losses.Length - 1).Select(epochs => new PlateauRate(1, 0.5, Patience: 0).LearningRate(At(losses[..epochs])));

        static ScheduleTime At(double[] losses) => new(0, 100, 10, [.. losses.Select(loss => new ValidationScore(loss, 0))]);
    }

    [Fact]
    public void A_range_test_does_not_suggest_what_has_no_number()
    {
        List<LearningRatePoint> points = [.. Enumerable.Range(0, 30).Select(i => new LearningRatePoint(i + 1, 30 - i, 30 - i))];
        points[12] = new LearningRatePoint(13, None, None);
        points[20] = new LearningRatePoint(21, Infinite, Infinite);
        points[26] = new LearningRatePoint(27, -Infinite, -Infinite);
        var range = new LearningRateRange(points, Exploded: false);
        Assert.Equal(30, range.Lowest);
        Assert.Equal(9, range.Steepest);
        Assert.DoesNotContain("NaN", range.ToSvg(), StringComparison.Ordinal);
        Assert.Null(new LearningRateRange([.. Enumerable.Repeat(new LearningRatePoint(1, None, None), 20)], true).Suggested);
    }

    [Fact]
    public void A_metric_of_a_user_that_is_none_in_the_first_epoch_is_told_once_and_forgotten()
    {
        var first = true;
        var told = new List<string>();
        // The share of images that the network takes for the right one of the first two classes.
        var metric = Metric.Custom(new("share of finds"), sample => first ? None : (sample.Output[0] > sample.Output[1] ? 0 : 1) == sample.Label ? 1 : 0);
        var run = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), new TrainingOptions
        {
            Epochs = 8,
            BatchSize = 40,
            Threads = 1,
            Metric = metric,
            EarlyStopping = new EarlyStopping(8, ByMetric: true),
            Notice = told.Add,
            EpochEnded = _ => first = false,
        });
        Assert.Equal(8, run.Epochs.Count);
        Assert.True(double.IsNaN(run.Epochs[0].ValidationMetric));
        var best = run.Epochs.Skip(1).MaxBy(epoch => epoch.ValidationMetric)!;
        Assert.Equal(best.ValidationLoss, run.Validation!.Loss);
        Assert.Equal(
            "The validation share of finds after epoch 1 is not a number: 60 of 60 images gave none. An epoch without a number never "
                + "counts as the best. Further ones are marked in the log and not told again.",
            Assert.Single(told, line => line.Contains("not a number", StringComparison.Ordinal)));
    }

    [Fact]
    public void Where_no_epoch_gives_a_number_the_last_one_is_the_model_and_that_is_said()
    {
        var told = new List<string>();
        var run = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), new TrainingOptions
        {
            Epochs = 6,
            BatchSize = 40,
            Threads = 1,
            Metric = Metric.Custom(new("share of finds"), _ => None),
            EarlyStopping = new EarlyStopping(4, ByMetric: true),
            Notice = told.Add,
        });
        Assert.Equal(4, run.Epochs.Count);
        Assert.Equal(run.Epochs[3].ValidationLoss, run.Validation!.Loss);
        Assert.Contains("No epoch gave a number to choose the best by: the model is that of the last one, 4.", told);
    }

    [Fact]
    public void A_network_whose_scores_are_none_is_right_nowhere()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Flatten().Linear(3));
        var weights = Weights.Initialize(network, 1);
        weights["linear1.bias"].Values[1] = float.NaN; // a softmax makes all of them none
        var data = TinyTask.Data().Validation;
        var result = new Model(weights, Normalization.Of(data), TinyTask.ClassNames).Evaluate(data);
        Assert.True(double.IsNaN(result.Accuracy) && double.IsNaN(result.Loss));
        Assert.True(double.IsNaN(Metric.Accuracy.Of(new MetricSample(new MetricNumbers([1, None32, 0], Shape.Vector(3)), default))));
        var map = new Shape(1, 2, 2);
        Assert.True(double.IsNaN(Metric.PixelError().Of(new MetricSample(new MetricNumbers([1, None32, 1, 1], map), new MetricNumbers([1, 0, 1, 1], map)))));
    }

    private const float None32 = float.NaN;
}
