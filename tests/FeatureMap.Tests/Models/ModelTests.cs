using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class ModelTests
{
    private static readonly Lazy<TrainingRun> Run = new(() => Trainer.Fit(TinyTask.Network(), TinyTask.Data(), new TrainingOptions { Epochs = 6, BatchSize = 32, Threads = 1, Seed = 4 }));

    [Fact]
    public void Predictions_are_those_of_the_validation()
    {
        var answers = Run.Value.Model.PredictMany(Run.Value.Data.Validation);
        Assert.Equal(Run.Value.Validation!.Predicted, answers.Select(answer => answer.Class));
        Assert.True(Run.Value.Validation.Accuracy > 0.9);
        // The mean of -log p of the right class is the loss that training reported.
        var loss = -answers.Select((answer, i) => Math.Log(answer.Probabilities[Run.Value.Data.Validation.Label(i)])).Average();
        Assert.Equal(Run.Value.Validation.Loss, loss, 1e-6);
    }

    [Fact]
    public void One_by_one_many_and_any_number_of_threads_give_the_same_bits()
    {
        var (model, set) = (Run.Value.Model, Run.Value.Data.Validation);
        var many = model.PredictMany(set, 1);
        var threaded = model.PredictMany(set, 3);
        for (var i = 0; i < set.Count; i++)
        {
            var one = model.Predict(set.Pixels(i));
            Assert.Equal(one.Probabilities, many[i].Probabilities);
            Assert.Equal(one.Probabilities, threaded[i].Probabilities);
        }
    }

    [Fact]
    public void Any_thread_may_ask()
    {
        var (model, set) = (Run.Value.Model, Run.Value.Data.Validation);
        var expected = model.PredictMany(set, 1);
        Parallel.For(0, set.Count, i => Assert.Equal(expected[i].Probabilities, model.Predict(set.Pixels(i)).Probabilities));
    }

    [Fact]
    public void A_prediction_tells_names_and_the_best_classes()
    {
        var answer = new Prediction([0.2, 0.5, 0.3], ["cat", "dog"]);
        Assert.Equal((1, "dog", 0.5, "dog (50.0 %)"), (answer.Class, answer.ClassName, answer.Probability, answer.ToString()));
        Assert.Equal([(1, "dog", 0.5), (2, "2", 0.3)], answer.Top(2));
        Assert.Equal(0, new Prediction([0.5, 0.5], []).Class);
    }

    [Fact]
    public void Softmax_holds_for_scores_of_any_size()
    {
        Assert.Equal([0.5, 0.5], Prediction.Softmax([1e30f, 1e30f]));
        Assert.Equal([1.0, 0.0], Prediction.Softmax([1000, -1000]));
        var three = Prediction.Softmax([1, 2, 3]);
        Assert.Equal(1, three.Sum(), 1e-15);
        Assert.Equal(Math.E, three[2] / three[1], 1e-14);
    }

    [Fact]
    public void Changed_weights_are_taken_over()
    {
        var model = new Model(Weights.Initialize(TinyTask.Network(), 1), Normalization.None(1), TinyTask.ClassNames);
        var before = model.Predict(new byte[81]).Probabilities;
        model.Weights["linear1.bias"].Values[2] = 50;
        Assert.Equal(2, model.Predict(new byte[81]).Class);
        Assert.NotEqual(before, model.Predict(new byte[81]).Probabilities);
    }

    [Fact]
    public void Feature_maps_are_the_layers_that_have_numbers_of_their_own()
    {
        var (model, set) = (Run.Value.Model, Run.Value.Data.Validation);
        var maps = model.FeatureMaps(set.Pixels(0));
        // batchNorm1 applies relu1; dropout1 is off and flatten1 renames.
        Assert.Equal(["conv1", "relu1", "maxPool1", "conv2", "relu2", "linear1"], maps.Select(map => map.Layer.Name));
        Assert.All(maps, map => Assert.Equal(map.Layer.Output.Count, map.Values.Count));
        Assert.Equal(Prediction.Softmax([.. maps[^1].Values]), model.Predict(set.Pixels(0)).Probabilities);
        Assert.Equal(maps[3].Values.Select(value => Math.Max(0, value)), maps[4].Values);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        var model = Run.Value.Model;
        Assert.Equal("The network takes images of 1x9x9 (channels x height x width), which is 81 bytes: received 80. Pass one byte per channel and pixel, channel by channel.", Assert.Throws<ShapeException>(() => model.Predict(new byte[80])).Message);
        var other = new ImageSet("other", Shape.Image(1, 8, 8), new byte[64], [0], ["a"]);
        Assert.Equal("The network takes images of 1x9x9 (channels x height x width), the set 'other' has 1x8x8. Resize the images, or use the network that was made for them.", Assert.Throws<ShapeException>(() => model.PredictMany(other)).Message);
        var maps = new Model(Weights.Initialize(Network.Build(Shape.Image(1, 9, 9), x => x.Conv(2, kernel: 3)), 0), Normalization.None(1), ["a", "b"]);
        Assert.StartsWith("The network's output is 2x7x7 (channels x height x width); class probabilities need a vector of scores. End the network with GlobalAveragePool().Linear(2)", Assert.Throws<ShapeException>(() => maps.Predict(new byte[81])).Message, StringComparison.Ordinal);
    }
}
