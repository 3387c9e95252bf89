using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class MetricTests
{
    private static readonly Shape Two = Shape.Image(1, 2, 2);

    [Fact]
    public void Pixel_error_and_overlaps_by_hand()
    {
        // Scores above 0 are class 1: 1 1 0 0 against 1 0 0 1; one pixel in common of three that either has.
        float[] output = [3, 0.1f, -1, 0], target = [1, 0, 0, 1];
        Assert.Equal(0.5, Value(Metric.PixelError(), output, target, Two));
        Assert.Equal(1.0 / 3, Value(Metric.IntersectionOverUnion(), output, target, Two), 15);
        Assert.Equal(0.5, Value(Metric.Dice(), output, target, Two));
        // As probabilities only 3 is above one half.
        Assert.Equal(0.25, Value(Metric.PixelError(MaskScores.Probabilities), output, target, Two));
        Assert.Equal(0.5, Value(Metric.IntersectionOverUnion(MaskScores.Probabilities), output, target, Two));
    }

    [Fact]
    public void Several_classes_are_the_highest_scores_and_averaged_over_those_that_occur()
    {
        // Three classes, pixels 0 1 1 1 against 0 0 1 1; class 2 occurs nowhere.
        var shape = Shape.Image(3, 2, 2);
        float[] output = [5, 1, 1, 1, 2, 3, 3, 3, 0, 0, 0, 0], target = [1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0];
        Assert.Equal(0.25, Value(Metric.PixelError(MaskScores.Softmax), output, target, shape));
        Assert.Equal(((1.0 / 2) + (2.0 / 3)) / 2, Value(Metric.IntersectionOverUnion(MaskScores.Softmax), output, target, shape), 15);
        Assert.Equal(((2.0 / 3) + (4.0 / 5)) / 2, Value(Metric.Dice(MaskScores.Softmax), output, target, shape), 15);
    }

    [Fact]
    public void An_empty_mask_that_is_found_empty_is_right()
    {
        float[] none = [-1, -1, -1, -1], target = [0, 0, 0, 0];
        Assert.Equal((0.0, 1.0, 1.0), (Value(Metric.PixelError(), none, target, Two), Value(Metric.IntersectionOverUnion(), none, target, Two), Value(Metric.Dice(), none, target, Two)));
        Assert.Equal(0, Value(Metric.IntersectionOverUnion(), [1, -1, -1, -1], target, Two));
    }

    [Fact]
    public void Pixels_that_are_to_be_ignored_count_in_no_measure()
    {
        // As by hand above, with two pixels more that would be wrong: 1 1 0 0 against 1 0 0 1, and two of which nothing is known.
        var shape = Shape.Image(1, 2, 3);
        float[] output = [3, 0.1f, -1, 0, 5, -5], target = [1, 0, 0, 1, -1, -1];
        Assert.Equal((0.5, 0.5), (Counted(Metric.PixelError(), output, target, shape), Counted(Metric.Dice(), output, target, shape)));
        Assert.Equal(1.0 / 3, Counted(Metric.IntersectionOverUnion(), output, target, shape), 15);
        // Three classes: pixels 0 1 and a third that is ignored.
        Assert.Equal((0, 1), (Counted(Metric.PixelError(MaskScores.Softmax), [5, 1, 1, 2, 3, 1, 0, 0, 9], [1, 0, -1, 0, 1, -1, 0, 0, -1], Shape.Image(3, 1, 3)),
            Counted(Metric.IntersectionOverUnion(MaskScores.Softmax), [5, 1, 1, 2, 3, 1, 0, 0, 9], [1, 0, -1, 0, 1, -1, 0, 0, -1], Shape.Image(3, 1, 3))));
        float[] nothing = [-1, -1, -1, -1];
        foreach (var metric in new[] { Metric.PixelError(), Metric.IntersectionOverUnion(), Metric.Dice() })
            Assert.True(double.IsNaN(Counted(metric, [1, 1, 1, 1], nothing, Two)));

        static double Counted(Metric metric, float[] output, float[] target, Shape shape) => metric.Of(new MetricSample(new MetricNumbers(output, shape), new MetricNumbers(target, shape), hasIgnored: true));
    }

    [Fact]
    public void Psnr_by_hand()
    {
        // A difference of 0.1 everywhere: 10 log10(1 / 0.01) = 20 dB. What is above 1 counts as 1.
        Assert.Equal(20, Value(Metric.Psnr(), [0.1f, 0.6f, 0.4f, 1.5f], [0.2f, 0.5f, 0.5f, 0.9f], Two), 5);
        Assert.Equal(100, Value(Metric.Psnr(), [0, 0, 1, 2], [0, 0, 1, 1], Two));
        // Without its border the picture below is right.
        var shape = Shape.Image(1, 3, 3);
        Assert.Equal(100, Value(Metric.Psnr(1), [0, 0, 0, 0, 0.5f, 0, 0, 0, 0], [1, 1, 1, 1, 0.5f, 1, 1, 1, 1], shape));
        Assert.Equal("The border that PSNR leaves out must be 0 or more pixels: received -1.", Assert.Throws<UsageException>(() => Metric.Psnr(-1)).Message);
    }

    [Fact]
    public void Values_are_written_with_their_unit()
    {
        Assert.Equal("97.31 %", MetricInfo.Accuracy.Format(0.9731));
        Assert.Equal("32.55 dB", Metric.Psnr().Info.Format(32.55));
        Assert.Equal("0.1235", new MetricInfo("distance", HigherIsBetter: false).Format(0.12345678));
        Assert.Equal("-", MetricInfo.Accuracy.Format(double.NaN));
        Assert.Equal(("Pixel error", "IoU"), (Metric.PixelError().Info.Title, Metric.IntersectionOverUnion().Info.Title));
        Assert.Equal("The name of a metric consists of letters, digits and spaces and begins with a letter: received 'a,b'.", Assert.Throws<UsageException>(() => new MetricInfo("a,b")).Message);
    }

    [Fact]
    public void Early_stopping_knows_which_way_is_better()
    {
        ValidationScore[] errors = [new(1, 0.3, false), new(1, 0.1, false), new(1, 0.2, false)];
        Assert.Equal(1, new EarlyStopping(1, ByMetric: true).Best(errors));
        Assert.True(new EarlyStopping(1, ByMetric: true).IsOver(errors));
    }

    [Fact]
    public void Metrics_that_do_not_fit_say_so()
    {
        var data = MapsTask.Data();
        var options = new TrainingOptions { Loss = Loss.BinaryCrossEntropy() };
        Assert.Equal("Accuracy needs one score per class, a vector of 1: the network gives 1x16x16. For maps there are Metric.PixelError, IntersectionOverUnion and Dice, for pictures Metric.Psnr.",
            Assert.Throws<ShapeException>(() => new TrainingSession(MapsTask.Network(), data, options with { Metric = Metric.Accuracy })).Message);
        Assert.Equal("The metric 'pixel error' compares the output with the target, and the loss 'Mse against input' reads none. Take a loss that does, or leave the metric out.",
            Assert.Throws<UsageException>(() => new TrainingSession(MapsTask.Network(), data, options with { Loss = Loss.Mse().Against("input"), Metric = Metric.PixelError() })).Message);
        Assert.Equal("PSNR without a border of 8 pixels has nothing left of pictures of 1x16x16: leave out less.",
            Assert.Throws<UsageException>(() => new TrainingSession(MapsTask.Network(), data, options with { Metric = Metric.Psnr(8) })).Message);
        var vector = Network.Build(Shape.Image(1, 16, 16), x => x.Conv(1, kernel: 3, padding: 1).AveragePool(16).Flatten());
        Assert.Equal("The metric 'pixel error' compares output and target number by number: received an output of 1 and a target of 1x16x16 (channels x height x width).",
            Assert.Throws<ShapeException>(() => new TrainingSession(vector, data, new TrainingOptions { Loss = Loss.Custom("mean", (output, target) => (output - target.Mean()).Square().Sum()), Metric = Metric.PixelError() })).Message);
    }

    private static double Value(Metric metric, float[] output, float[] target, Shape shape) => metric.Of(new MetricSample(new MetricNumbers(output, shape), new MetricNumbers(target, shape)));
}
