using FeatureMap.Analysis;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Reports;

public sealed class ReportHintsTests
{
    [Fact]
    public void Curves_that_still_fall_ask_for_more_epochs_and_those_that_rise_for_variants()
    {
        Assert.Contains(Hints([1, 0.8, 0.6, 0.5, 0.4], [1, 0.8, 0.7, 0.6, 0.5]), hint => hint.Typed == "--epochs 10");
        var learnedByHeart = Hints([1, 0.5, 0.3, 0.1, 0.05], [1, 0.6, 0.5, 0.7, 0.9]);
        Assert.Contains(learnedByHeart, hint => hint.Text.StartsWith("Since epoch 3 the network learns its training samples by heart: the "
            + "validation loss has risen by 80\u00A0%", StringComparison.Ordinal));
        Assert.DoesNotContain(learnedByHeart, hint => hint.Typed.StartsWith("--epochs", StringComparison.Ordinal));
        Assert.Contains(Hints([1, double.NaN, 2, 2, 2], [1, 1, 1, 1, 1]), hint => hint.Typed == "featuremap lr-find");
    }

    [Fact]
    public void Training_samples_that_are_wrong_too_and_others_that_are_wrong_more_often_are_told_apart()
    {
        Assert.Contains(Hints([2, 2, 2, 2], [2, 2, 2, 2], training: 0.4, validation: 0.42),
            hint => hint.Text.StartsWith("Even of the training samples only 40.0\u00A0% are right", StringComparison.Ordinal));
        Assert.Contains(Hints([2, 1, 0.5, 0.2], [2, 1.5, 1.4, 1.4], training: 0.99, validation: 0.85),
            hint => hint.Text.StartsWith("Training samples are right by 14.0 points more often", StringComparison.Ordinal));
        Assert.DoesNotContain(Hints([2, 1, 0.5, 0.2], [2, 1, 0.6, 0.4], training: 0.97, validation: 0.96),
            hint => hint.Text.Contains("points more often", StringComparison.Ordinal));
    }

    [Fact]
    public void Classes_with_few_images_and_one_that_is_far_behind_are_named()
    {
        // 40 images of a, 10 of b, of which 8 are called a.
        IReadOnlyList<double>[] answers = [.. Enumerable.Repeat<double[]>([0.9, 0.1], 48), .. Enumerable.Repeat<double[]>([0.1, 0.9], 2)];
        var judgement = Judgement.Of(answers, [.. Enumerable.Repeat(0, 40), .. Enumerable.Repeat(1, 10)], ["cat", "dog"],
            [.. Enumerable.Range(0, 50).Select(i => $"{i}.png")]);
        var hints = ReportHints.Of(new ReportData
        {
            Title = "t",
            Judgement = judgement,
            ClassNames = ["cat", "dog"],
            Confusion = judgement.Confusion(),
            Run = "runs/pets",
        });
        Assert.Contains(hints, hint => hint.Text.Contains("8 images of dog were taken for cat", StringComparison.Ordinal));
        Assert.Contains(hints, hint => hint.Text.StartsWith("There are 50 validation images: one more or less is 2.00 points",
            StringComparison.Ordinal));
        Assert.Contains(hints, hint => hint.Typed == "featuremap export runs/pets --onnx model.onnx --verify");
        Assert.Equal(["loss=cross-entropy smoothing=0.1"], Types(hints));
    }

    /// <summary>Whatever a hint says to type is a setting that there is, with a value that it takes.</summary>
    [Fact]
    public void What_is_to_be_typed_can_be_typed()
    {
        var all = Hints([1, 0.5, 0.3, 0.1, 0.05], [1, 0.6, 0.5, 0.7, 0.9], rate: 0.1)
            .Concat(Hints([2, 1, 0.5, 0.2], [2, 1.5, 1.4, 1.4], training: 0.99, validation: 0.85)).ToList();
        var settings = Types(all);
        Assert.Contains(settings, typed => typed.StartsWith("augmentation=", StringComparison.Ordinal));
        Assert.Contains("schedule=one-cycle", settings);
        string[] others = ["loss=cross-entropy smoothing=0.1", "early-stopping=patience 5", "class-weights=balanced"];
        foreach (var typed in settings.Concat(others))
        {
            var at = typed.IndexOf('=', StringComparison.Ordinal);
            _ = new RecipeSettings().With(typed[..at], typed[(at + 1)..]);
        }
    }

    [Fact]
    public void The_range_test_that_is_suggested_is_that_of_the_same_training() =>
        Assert.Contains(ReportHints.Of(new ReportData
        {
            Title = "t",
            Command = "featuremap train photos --data pets.zip --epochs 3 --seed 7 --set fit=crop",
            Epochs = [.. Enumerable.Range(1, 3).Select(epoch => new EpochRecord { Epoch = epoch, Step = epoch, TrainLoss = double.NaN })],
        }), hint => hint.Typed == "featuremap lr-find photos --data pets.zip --set fit=crop");

    private static List<string> Types(IEnumerable<ReportHints.Hint> hints) =>
        [.. hints.Where(hint => hint.Typed.StartsWith("--set ", StringComparison.Ordinal))
            .Select(hint => hint.Typed[6..].Replace("\"", "", StringComparison.Ordinal))];

    private static IReadOnlyList<ReportHints.Hint> Hints(double[] training, double[] validation, double rate = double.NaN)
        => Hints(training, validation, double.NaN, double.NaN, rate);

    private static IReadOnlyList<ReportHints.Hint> Hints(double[] losses, double[] validationLosses, double training, double validation,
        double rate = double.NaN) => ReportHints.Of(new ReportData
        {
            Title = "t",
            Epochs = [.. losses.Select((loss, index) => new EpochRecord
            {
                Epoch = index + 1,
                Step = 10 * (index + 1),
                TrainLoss = loss,
                ValidationLoss = validationLosses[index],
                TrainAccuracy = training,
                ValidationAccuracy = validation,
                LearningRate = double.IsNaN(rate) ? 0.1 / (index + 1) : rate,
            })],
        });
}
