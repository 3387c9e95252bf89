using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Several labels or numbers of whole images: what is learnt, what the model then says, and what is refused.</summary>
public sealed class WholeImageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Labels_are_learnt_as_questions_of_their_own_and_the_model_says_so()
    {
        var data = Data(k => [Left(k) > 100 ? 1 : 0, Right(k) > 100 ? 1 : 0], values => TargetSet.Labels(["left", "right"], values));
        var network = NetworkFor(data);
        Assert.Equal(OutputValues.IndependentProbabilities, network.OutputValues);
        var run = Trainer.Fit(network, data, Options() with { Folder = RunFolder.At(folder["labels"]) });
        Assert.Equal("mAP", run.Epochs[^1].Metric.Name);
        Assert.True(run.Labels!.MacroF1 > 0.95, $"{run.Labels}");
        Assert.Equal(run.Labels.MeanAveragePrecision, run.Epochs[^1].ValidationMetric, 1e-12);
        Assert.Null(run.Quantities);
        Assert.Equal(["left", "right"], run.Model.ClassNames);
        // Each is a probability of its own, in the file and in ONNX too.
        var loaded = ModelFile.Load(folder["labels"]);
        var answer = loaded.Predict(data.Validation.Pixels(0));
        Assert.Equal(run.Labels.Probability(0, 0), answer.Probabilities[0], 1e-6);
        Assert.Equal(Enumerable.Range(0, 2).Where(label => run.Labels.IsSaid(0, label)).Order(), answer.Said().Select(one => one.Class).Order());
        var mistakes = run.Labels.Mistakes;
        Assert.All(mistakes, one => Assert.NotEqual(run.Labels.IsSaid(one.Image, one.Label), run.Labels.IsThere(one.Image, one.Label)));
        OnnxFile.Save(run.Model, folder["labels.onnx"]);
        Assert.Equal(OutputValues.IndependentProbabilities, OnnxFile.Load(folder["labels.onnx"]).Network.OutputValues);
    }

    [Fact]
    public void Numbers_of_any_size_are_learnt_in_their_own_unit_and_no_softmax_is_laid_over_them()
    {
        var data = Data(k => [1e6f + (1000f * Left(k)), 0.001f * Right(k)], values => TargetSet.Quantities(["price", "share"], values));
        var run = Trainer.Fit(NetworkFor(data), data, Options(40) with { Folder = RunFolder.At(folder["numbers"]) });
        Assert.Equal("scaled error", run.Epochs[^1].Metric.Name);
        Assert.All(run.Quantities!.PerNumber, one => Assert.True(one.Explained > 0.9, $"{run.Quantities}"));
        Assert.Equal(64 * 2, run.Quantities.Answers.Count);
        var loaded = ModelFile.Load(folder["numbers"]);
        Assert.True(loaded.GivesQuantities);
        var first = run.Quantities.Answers[0];
        Assert.Equal(first.Answer, loaded.Compute(data.Validation.Pixels(0))[0], Math.Abs(first.Answer) * 1e-6);
        Assert.Contains("price, share", Assert.Throws<UsageException>(() => loaded.Predict(data.Validation.Pixels(0))).Message,
            StringComparison.Ordinal);
        using var session = new ModelSession(loaded);
        Assert.Throws<UsageException>(() => session.PredictMany(data.Validation.Pixels(0)));
        OnnxFile.Save(loaded, folder["numbers.onnx"]);
        var onnx = OnnxFile.Load(folder["numbers.onnx"]);
        Assert.True(onnx.GivesQuantities);
        Assert.Equal(first.Answer, onnx.Compute(data.Validation.Pixels(0))[0], Math.Abs(first.Answer) * 1e-6);
        Assert.False(loaded.WithHead(["a", "b"], 0).GivesQuantities);
        Assert.True(loaded.WithTemperature(null).GivesQuantities);
    }

    [Fact]
    public void What_is_stopped_goes_on_to_the_same_bits()
    {
        var data = Data(k => [Left(k)], values => TargetSet.Quantities(["left"], values));
        var options = Options(4);
        var whole = Trainer.Fit(NetworkFor(data), data, options).Model.Weights.Sha256();
        var at = RunFolder.At(folder["stopped"]);
        using var stop = new CancellationTokenSource();
        var first = Trainer.Fit(NetworkFor(data), data, options with
        {
            Folder = at,
            Cancellation = stop.Token,
            EpochEnded = epoch => { if (epoch.Epoch == 2) stop.Cancel(); },
        });
        Assert.False(first.IsComplete);
        var rest = Trainer.Fit(NetworkFor(data), data, options with { Folder = at, Resume = true, Threads = 2 });
        Assert.True(rest.IsComplete);
        Assert.Equal(whole, rest.Model.Weights.Sha256());
    }

    [Fact]
    public void A_pretrained_body_gets_a_head_for_labels_or_numbers()
    {
        var classes = Data(k => [Left(k) > 100 ? 1 : 0], values => TargetSet.Labels(["left"], values));
        var body = Trainer.Fit(NetworkFor(classes), classes, Options(4)).Model;
        var data = Data(k => [Left(k) + Right(k)], values => TargetSet.Quantities(["sum"], values));
        var start = body.WithHead(data.Training, seed: 1);
        Assert.True(start.GivesQuantities);
        var options = new FineTuningOptions { FeatureFolder = folder["features"], HeadOnly = true, Training = Options(60) };
        var run = FineTuning.Fit(start, data, options);
        Assert.Equal(run.Model.Weights.Sha256(), FineTuning.Fit(start, data, options).Model.Weights.Sha256());
        Assert.True(run.Model.GivesQuantities);
        Assert.True(run.Last.Quantities!.PerNumber[0].Explained > 0.5, $"{run.Last.Quantities}");
        Assert.Contains("Last.Quantities", Assert.Throws<DataException>(() => run.Judgement).Message, StringComparison.Ordinal);
        var all = FineTuning.Fit(start, data, options with { HeadOnly = false, HeadEpochs = 10, Training = Options(2) });
        Assert.True(all.Model.GivesQuantities);
        // Another kind of head is no start for it.
        Assert.Throws<UsageException>(() => FineTuningPlan.Of(body.WithHead(classes.Training, 0), data));
    }

    [Fact]
    public void What_would_be_read_wrongly_is_refused()
    {
        var data = Data(k => [Left(k) > 100 ? 1 : 0, 1], values => TargetSet.Labels(["left", "any"], values));
        var scores = Network.Build(data.ImageShape, x => x.Flatten().Linear(2));
        Assert.Contains("End it with AnswersOf(data.Training)", Assert.Throws<UsageException>(() => Trainer.Fit(scores, data, Options(1))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => Network.Build(data.ImageShape, x => x.Flatten().Linear(3).AnswersOf(data.Training)));
        Assert.Throws<DataException>(() => TargetSet.Labels(["a"], [0.5f]));
        Assert.Throws<DataException>(() => TargetSet.Labels(["a", "a"], [0, 1]));
        Assert.Throws<DataException>(() => TargetSet.Quantities(["a"], [float.NaN]));
        Assert.Throws<DataException>(() => TargetSet.Quantities([], [1]));
        Assert.Throws<UsageException>(() => Loss.Scaled(Loss.Mse(), [0]));
        Assert.Throws<UsageException>(() => Metric.AbsoluteError([1, -1]));
        Assert.Throws<DataException>(() => QuantityJudgement.Of([[double.NaN]], [[1.0]], ["a"]));
    }

    [Fact]
    public void A_sigmoid_at_the_end_loses_nothing_to_the_loss()
    {
        // The score before it is what counts: far from 0 a probability of 32 bits says nothing any more.
        var data = Data(k => [k % 2], values => TargetSet.Labels(["odd"], values));
        var network = Network.Build(data.ImageShape, x => x.Flatten().Linear(1).ScaleShift(0, 40).Sigmoid());
        var model = new Model(Weights.Initialize(network, 0), Normalization.None(1), ["odd"]);
        var loss = model.Evaluate(data.Validation, Loss.BinaryCrossEntropy(ofProbabilities: true)).Loss;
        var share = Enumerable.Range(0, data.Validation.Count).Average(i => 1 - data.Validation.Targets!.Values(data.Validation.TargetOf(i))[0]);
        Assert.Equal(40 * share, loss, 1e-3);
    }

    [Fact]
    public void Scaled_losses_and_figures_are_those_of_the_hand()
    {
        Assert.Equal("scaled 2:0.5 (huber)", Loss.Scaled(Loss.Huber(), [2, 0.5f]).Description);
        Assert.Equal("scaled 2:0.5 (huber)", Loss.Parse("scaled 2:0.5 (huber)").Description);
        var judged = QuantityJudgement.Of([[1.0, 10], [2, 10], [6, 10]], [[1.0, 8], [3, 10], [5, 12]], ["a", "b"], ["x", "y", "z"]);
        var (a, b) = (judged.PerNumber[0], judged.PerNumber[1]);
        Assert.Equal((2 / 3.0, Math.Sqrt(2 / 3.0), 1 - (2 / 8.0), 3, 0), (a.MeanAbsoluteError, a.RootMeanSquaredError, a.Explained, a.Mean, a.Bias));
        Assert.Equal((4 / 3.0, 0), (b.MeanAbsoluteError, b.Explained));
        Assert.Equal(["x", "z"], judged.Worst.Take(2).Select(one => one.File));
        Assert.Equal("b", judged.Worst.First().Name);
    }

    private static TrainingOptions Options(int epochs = 12) => new()
    {
        Epochs = epochs,
        BatchSize = 16,
        Threads = 1,
        Optimizer = new Adam(),
        Schedule = new OneCycle(0.02),
        // Labels and numbers of the whole image stay as they are, whatever moves.
        Augmentation = Augmentation.Parse("crop 1"),
    };

    private static Network NetworkFor(SplitData data) => Network.Build(data.ImageShape, x => x
        .Conv(4, kernel: 3, padding: 1).BatchNorm().Relu().MaxPool(2).Flatten().Linear(data.ClassCount).AnswersOf(data.Training));

    // The left and the right half of an image have a brightness each.
    private static byte Left(int k) => (byte)(k * 37 % 200);

    private static byte Right(int k) => (byte)(k * 91 % 200);

    private static SplitData Data(Func<int, float[]> said, Func<float[], TargetSet> targets)
    {
        return new("halves", Set(0, 256), Set(256, 64), "made");

        ImageSet Set(int first, int count)
        {
            var pixels = new byte[count * 64];
            for (var image = 0; image < count; image++)
                for (var place = 0; place < 64; place++)
                    pixels[(image * 64) + place] = place % 8 < 4 ? Left(first + image) : Right(first + image);
            return new("halves", Shape.Image(1, 8, 8), pixels, targets([.. Enumerable.Range(first, count).SelectMany(said)]));
        }
    }
}
