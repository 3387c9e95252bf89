using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class MultiLabelJudgementTests
{
    private static readonly double[][] Given = [[0.9, 0.2, 0.1], [0.8, 0.3, 0.6], [0.4, 0.1, 0.2], [0.1, 0.4, 0.3]];
    private static readonly bool[][] Truths = [[true, true, false], [true, false, false], [true, false, false], [false, true, false]];

    [Fact]
    public void Each_label_is_a_question_of_its_own()
    {
        var judged = MultiLabelJudgement.Of(Given, Truths, ["day", "sea", "snow"]);
        Assert.Equal([(3, 2, 2), (2, 0, 0), (0, 1, 0)], judged.PerLabel.Select(one => (one.Support, one.Answers, one.Right)));
        Assert.Equal([0.8, 0, double.NaN], judged.PerLabel.Select(one => one.F1));
        Assert.Equal(0.4, judged.MacroF1, 12); // nobody has snow, so it is in no mean
        Assert.Equal(2.0 * 2 / (5 + 3), judged.MicroF1, 12);
        Assert.Equal(0, judged.ExactMatches);
        // Sea: 0.4 yes, 0.3 no, 0.2 yes, 0.1 no: the mean of 1 and 2/3. Day is in order.
        Assert.Equal((1 + ((1 + (2.0 / 3)) / 2)) / 2, judged.MeanAveragePrecision, 12);
        Assert.Equal((1 + (3.0 / 4)) / 2, judged.MeanRocArea, 12);
        Assert.Contains("macro F1 0.400, micro F1 0.500", $"{judged}", StringComparison.Ordinal);
    }

    [Fact]
    public void Thresholds_are_chosen_label_by_label()
    {
        var thresholds = MultiLabelJudgement.Of(Given, Truths, ["day", "sea", "snow"]).BestThresholds();
        Assert.Equal([0.4, 0.2, 0.5], thresholds); // sea: 0.8 from 0.2 on against 2/3 from 0.4 on
        var judged = MultiLabelJudgement.Of(Given, Truths, ["day", "sea", "snow"], thresholds);
        Assert.Equal([1, 0.8, double.NaN], judged.PerLabel.Select(one => one.F1));
        Assert.Equal(3, judged.ExactMatches);
        Assert.Contains("2 for 3 labels", Assert.Throws<DataException>(() => MultiLabelJudgement.Of(Given, Truths, ["a", "b", "c"], [0.1,
            0.2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_answers_by_scores_or_by_probabilities()
    {
        // Two pixels: is the first white, is the second?
        var scores = Network.Build(Shape.Image(1, 1, 2), x => x.Subtract(0.5).Flatten());
        byte[] pixels = [255, 0, 255, 255, 0, 255];
        ImageSet Set(params float[] truths) => new("s", Shape.Image(1, 1, 2), pixels, TargetSet.Numbers(Shape.Vector(2), truths));
        foreach (var network in new[] { scores, scores.Append(x => x.Sigmoid()) })
        {
            var judged = MultiLabelJudgement.Of(new Model(Weights.Initialize(network, 0), Normalization.None(1), ["left", "right"]), Set(1,
                0, 1, 1, 0, 0));
            Assert.Equal([("left", 1.0), ("right", 2.0 / 3)], judged.PerLabel.Select(one => (one.Name, one.F1)));
        }
        var model = new Model(Weights.Initialize(scores, 0), Normalization.None(1), []);
        Assert.Contains("targets of 0 and 1", Assert.Throws<UsageException>(() => MultiLabelJudgement.Of(model, Set(1, 0, 0.5f, 1, 0,
            0))).Message, StringComparison.Ordinal);
        var softmax = new Model(Weights.Initialize(scores.Append(x => x.Softmax()), 0), Normalization.None(1), []);
        Assert.Contains("softmax", Assert.Throws<UsageException>(() => MultiLabelJudgement.Of(softmax, Set(1, 0, 1, 1, 0, 0))).Message,
            StringComparison.Ordinal);
    }
}
