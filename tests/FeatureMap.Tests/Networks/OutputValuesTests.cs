using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>Whoever predicts, judges or explains knows whether a network gives scores or probabilities.</summary>
public sealed class OutputValuesTests
{
    private static readonly SplitData Data = TinyTask.Data();

    private static Network Ending(Func<Feature, Feature> end) => Network.Build(Shape.Image(1, 9, 9), x => end(x.Conv(4, kernel: 3, name: "conv").Relu().Flatten().Linear(3, name: "scores")));

    private static Model Of(Network network)
    {
        var trained = Weights.Initialize(Ending(x => x), 4);
        var weights = Weights.Initialize(network, 0);
        weights.TakeFrom(trained, partially: network.Layers.Any(layer => layer.Name == "other"));
        return new Model(weights, Normalization.Of(Data.Training), TinyTask.ClassNames);
    }

    [Fact]
    public void The_end_says_what_the_numbers_are()
    {
        Assert.Equal(OutputValues.Scores, Ending(x => x).OutputValues);
        Assert.Equal(OutputValues.Scores, Ending(x => x.LogSoftmax()).OutputValues);
        Assert.Equal(OutputValues.Scores, Ending(x => x.Tanh()).OutputValues);
        Assert.Equal(OutputValues.Scores, Ending(x => x.Softmax().Linear(3)).OutputValues);
        Assert.Equal(OutputValues.Scores, Ending(x => x.Softmax().Multiply(2)).OutputValues);
        Assert.Equal(OutputValues.Probabilities, Ending(x => x.Softmax()).OutputValues);
        Assert.Equal(OutputValues.Probabilities, Ending(x => x.Softmax().Flatten().Dropout(0.5f)).OutputValues);
        Assert.Equal(OutputValues.Probabilities, Ending(x => x.Softmax().Add(x.Linear(3, name: "other").Softmax()).Multiply(0.5)).OutputValues);
        Assert.Equal(OutputValues.Scores, Ending(x => x.Softmax().Add(x.Linear(3, name: "other").Sigmoid()).Multiply(0.5)).OutputValues);
        Assert.Equal(OutputValues.IndependentProbabilities, Ending(x => x.Sigmoid()).OutputValues);
        Assert.Equal(OutputValues.IndependentProbabilities, Ending(x => x.Linear(1, name: "other").Sigmoid()).OutputValues);
        Assert.Equal(OutputValues.Probabilities, TestTimeAugmentation.Apply(Of(Ending(x => x.Softmax())), TestTimeViews.MirrorAndShift).Network.OutputValues);
    }

    [Fact]
    public void A_softmax_at_the_end_changes_neither_prediction_nor_judgement()
    {
        Model scores = Of(Ending(x => x)), probabilities = Of(Ending(x => x.Softmax(name: "soft").Flatten()));
        var set = Data.Validation;
        var pixels = set.Pixels(0);
        Assert.Equal(probabilities.Compute(pixels).Select(value => (double)value), probabilities.Predict(pixels).Probabilities);
        for (var i = 0; i < 3; i++)
            Assert.Equal(scores.Predict(pixels).Probabilities[i], probabilities.Predict(pixels).Probabilities[i], 1e-6);
        EvaluationResult one = scores.Evaluate(set), other = probabilities.Evaluate(set);
        Assert.Equal((one.Loss, one.Accuracy), (other.Loss, other.Accuracy));
        Assert.Equal(one.Loss, probabilities.Evaluate(set, Loss.CrossEntropy()).Loss);
        // The mean of two views has no scores of its own: the logarithms of its probabilities take their place.
        var views = TestTimeAugmentation.Apply(probabilities, TestTimeViews.Mirror);
        var expected = Enumerable.Range(0, set.Count).Average(i => -Math.Log(views.Compute(set.Pixels(i))[set.Label(i)]));
        Assert.Equal(expected, views.Evaluate(set).Loss, 1e-5);
        Assert.Equal(GradCam.Of(scores, pixels, 1).Values, GradCam.Of(probabilities, pixels, 1).Values);
    }

    [Fact]
    public void A_sigmoid_at_the_end_gives_each_label_a_probability_of_its_own()
    {
        Model scores = Of(Ending(x => x)), sigmoid = Of(Ending(x => x.Sigmoid()));
        var set = Data.Validation;
        var pixels = set.Pixels(0);
        var answer = sigmoid.Predict(pixels);
        for (var i = 0; i < 3; i++)
            Assert.Equal(1 / (1 + Math.Exp(-scores.Compute(pixels)[i])), answer.Probabilities[i], 1e-6);
        Assert.Equal(scores.Predict(pixels).Class, answer.Class);
        EvaluationResult one = scores.Evaluate(set, Loss.BinaryCrossEntropy()), other = sigmoid.Evaluate(set);
        Assert.Equal((one.Loss, one.Accuracy), (other.Loss, other.Accuracy));
        Assert.Equal(GradCam.Of(scores, pixels, 1).Values, GradCam.Of(sigmoid, pixels, 1).Values);
    }

    [Fact]
    public void One_output_of_a_sigmoid_answers_for_the_second_of_two_classes()
    {
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Flatten().Linear(1, name: "score").Sigmoid());
        var set = new ImageSet("two", Shape.Image(1, 9, 9), [.. Enumerable.Range(0, 20).SelectMany(i => Data.Validation.Pixels(i).ToArray())], [.. Enumerable.Range(0, 20).Select(i => i % 2)], ["no", "yes"]);
        var model = new Model(Weights.Initialize(network, 2), Normalization.Of(set), ["yes"]);
        double[] p = [.. Enumerable.Range(0, 20).Select(i => (double)model.Compute(set.Pixels(i))[0])];
        Assert.Equal([p[3]], model.Predict(set.Pixels(3)).Probabilities);
        var result = model.Evaluate(set);
        Assert.Equal(p.Select((yes, i) => -Math.Log(i % 2 == 1 ? yes : 1 - yes)).Average(), result.Loss, 1e-5);
        Assert.Equal(p.Select((yes, i) => yes > 0.5 == (i % 2 == 1) ? 1 : 0).Average(), result.Accuracy, 1e-9);
    }

    [Fact]
    public void The_network_of_the_scores_is_the_same_without_its_end()
    {
        var scores = Ending(x => x.Softmax().Flatten()).ToScores();
        Assert.Equal(["input", "conv", "relu1", "flatten1", "scores", "flatten2"], scores.Layers.Select(layer => layer.Name));
        var plain = Ending(x => x);
        Assert.Same(plain, plain.ToScores());
        var logs = Ending(x => x.LogSoftmax());
        Assert.Same(logs, logs.ToScores());
    }
}
