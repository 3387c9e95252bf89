using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>A trained body, fitted to other classes: what stays, what is kept on disk, and what it learns.</summary>
public sealed class FineTuningTests
{
    private static readonly Lazy<Model> Trained = new(() => Trainer.Fit(Body(), Digits(label => label < 5, 400, 100), new TrainingOptions
    {
        Epochs = 4,
        BatchSize = 32,
        Seed = 1,
        Schedule = new OneCycle(0.1),
    }).Model);

    private static readonly SplitData Others = Digits(label => label >= 5, 150, 150);

    private static Model Start => Trained.Value.WithHead(Others.ClassNames, seed: 3);

    private static FineTuningOptions HeadOnly(string? folder) => new()
    {
        HeadOnly = true,
        FeatureFolder = folder ?? "",
        Training = FineTuningOptions.UsualForHead with { Seed = 2, Threads = 2, Schedule = new OneCycle(0.01) },
    };

    [Fact]
    public void The_head_alone_learns_other_classes_and_the_body_stays_to_the_bit()
    {
        var run = FineTuning.Fit(Start, Others, HeadOnly(null));
        Assert.True(run.IsComplete);
        foreach (var before in Trained.Value.CutAt("body").Weights.Parameters)
            Assert.True(before.Values.SequenceEqual(run.Model.Weights[before.Name].Values), before.Name);
        Assert.NotEqual(Start.Weights.Sha256(), run.Model.Weights.Sha256());
        Assert.True(run.Judgement.Accuracy > 0.8, $"{run.Judgement}");
        Assert.Equal(run.Last.Validation!.Accuracy, run.Judgement.Accuracy, 12);
        Assert.Equal(run.Model.Evaluate(Others.Validation).Accuracy, run.Judgement.Accuracy, 12);
        Assert.Equal(Others.ClassNames, run.Model.ClassNames);
    }

    [Fact]
    public void It_gives_the_bits_of_a_training_of_the_whole_network_with_a_frozen_body()
    {
        var options = HeadOnly(null);
        var plan = FineTuningPlan.Of(Start, Others, options);
        var whole = Trainer.Fit(Start.Network, Others, options.Training with
        {
            FrozenLayers = plan.FrozenLayers,
            InitialWeights = Start.Weights,
            Normalization = Start.Normalization,
        });
        Assert.Equal(whole.Model.Weights.Sha256(), FineTuning.Fit(Start, Others, options).Model.Weights.Sha256());
    }

    [Fact]
    public void Kept_features_give_the_same_bits_and_damaged_ones_are_computed_again_and_told()
    {
        using var folder = new TemporaryFolder();
        var notices = new List<string>();
        var options = HeadOnly(folder["features"]);
        options = options with { Training = options.Training with { Notice = notices.Add, Epochs = 3 } };
        var without = FineTuning.Fit(Start, Others, options with { FeatureFolder = "" }).Model.Weights.Sha256();
        Assert.Equal(without, FineTuning.Fit(Start, Others, options).Model.Weights.Sha256());
        var files = Directory.GetFiles(folder["features"], "*.features");
        Assert.Equal(2, files.Length);
        var times = files.Select(File.GetLastWriteTimeUtc).ToList();
        Assert.Equal(without, FineTuning.Fit(Start, Others, options).Model.Weights.Sha256());
        Assert.Equal(times, files.Select(File.GetLastWriteTimeUtc));
        Assert.Empty(notices);

        foreach (var (damage, told) in new (Func<byte[], byte[]>, string)[]
        {
            (bytes => [.. bytes[..^40], (byte)(bytes[^40] ^ 1), .. bytes[^39..]], "its checksum is wrong"),
            (bytes => bytes[..^1], "bytes instead of"),
            (bytes => [.. "X"u8, .. bytes[1..]], "its head is that of other features"),
            (_ => [], "it has 0 bytes instead of"),
        })
        {
            notices.Clear();
            File.WriteAllBytes(files[0], damage(File.ReadAllBytes(files[0])));
            Assert.Equal(without, FineTuning.Fit(Start, Others, options).Model.Weights.Sha256());
            Assert.Contains(told, Assert.Single(notices), StringComparison.Ordinal);
            Assert.Contains("so they are computed again", notices[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Features_are_those_of_their_body_their_preparation_and_their_images()
    {
        var (body, set) = (Trained.Value.CutAt("body"), Others.Training);
        var other = new Model(body.Weights, Normalization.Raw(1), []);
        string[] keys = [.. new[] { (body, set), (other, set), (body, set.Take(10)), (Start.CutAt("body"), set), (Trained.Value, set) }
            .Select(pair => BodyFeatures.Key(BodyFeatures.KeyOf(pair.Item1), pair.Item2))];
        Assert.Equal(keys[0], keys[3]);
        Assert.Equal(4, keys.Distinct().Count());
    }

    [Fact]
    public void All_layers_learn_in_three_groups_after_the_head()
    {
        var plan = FineTuningPlan.Of(Start, Others);
        Assert.Equal(["batchNorm1", "batchNorm2"], plan.StayingLayers);
        Assert.Equal("conv1=0.1,conv2=0.3", $"{plan.Rates}");
        Assert.Equal("conv1=0.1,batchNorm1=0.1,conv2=0.3,batchNorm2=0.3",
            $"{FineTuningPlan.Of(Start, Others, new() { MovesStatistics = true }).Rates}");
        Assert.Equal(1, plan.Rates.Of(Start.Network.Layers[^1].Name));
        Assert.Equal(4, plan.HeadEpochs);

        var run = FineTuning.Fit(Start, Others, new()
        {
            FeatureFolder = "",
            HeadSchedule = new OneCycle(0.01, 0.99),
            Training = FineTuningOptions.Usual with
            {
                Seed = 2,
                Epochs = 3,
                Augmentation = Augmentation.None,
                Optimizer = new AdamW(), // steps of one size, so that the rates alone say how far a layer moves
                Schedule = new OneCycle(0.01)
            },
        });
        Assert.Equal(3, run.Last.Epochs.Count);
        Assert.True(run.Judgement.Accuracy > 0.8, $"{run.Judgement}");
        var moved = (string name) => Distance(Start.Weights[name].Values, run.Model.Weights[name].Values);
        Assert.InRange(moved("conv1.weight"), 1e-6, moved("conv2.weight"));
        Assert.True(moved("conv2.weight") < moved($"{Start.Network.Layers[^1].Name}.weight"));
    }

    [Fact]
    public void A_run_folder_holds_the_whole_model_and_the_head_goes_on_where_it_was_stopped()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var options = HeadOnly(null);
        var straight = FineTuning.Fit(Start, Others, options).Model.Weights.Sha256();
        var place = RunFolder.At(folder["run"]);
        options = options with
        {
            Training = options.Training with
            {
                Folder = place,
                Cancellation = stop.Token,
                EpochEnded = epoch =>
            { if (epoch.Epoch == 2) stop.Cancel(); }
            }
        };
        Assert.False(FineTuning.Fit(Start, Others, options).IsComplete);
        options = options with { Training = options.Training with { Resume = true, EpochEnded = null, Cancellation = default } };
        Assert.Equal(straight, FineTuning.Fit(Start, Others, options).Model.Weights.Sha256());
        var read = ModelFile.Load(place.Location);
        Assert.Equal(straight, read.Weights.Sha256());
        Assert.Equal(Start.Network.Input, read.Network.Input);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.StartsWith("The model's classes are 0, 1, 2, 3, 4, and those of 'digits' are 5, 6, 7, 8, 9: a label would mean other things.",
            Assert.Throws<UsageException>(() => FineTuningPlan.Of(Trained.Value, Others)).Message, StringComparison.Ordinal);
        Assert.StartsWith("The network's output is 3, and 'digits' has 5 classes.",
            Assert.Throws<ShapeException>(() => FineTuningPlan.Of(Trained.Value.WithHead(3, 0), Others)).Message, StringComparison.Ordinal);
        var bare = Network.Build(Shape.Image(1, 28, 28), x => x.Flatten().Linear(5));
        var model = new Model(Weights.Initialize(bare, 0), Normalization.None(1), Others.ClassNames);
        Assert.Equal("flatten1", FineTuningPlan.Of(model, Others).BodyEnd);
        Assert.Contains("no layer 'bodi'", Assert.ThrowsAny<FeatureMapException>(
            () => FineTuningPlan.Of(Start, Others, new() { BodyEnd = "bodi" })).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_judgement_counts_by_hand()
    {
        var network = Network.Build(Shape.Image(1, 1, 1), x => x.Flatten().Linear(3));
        var model = new Model(Weights.Initialize(network, 0), Normalization.None(1), ["a", "b", "c"]);
        // Scores 0, x - 0.5 and -9: black is a, white is b, nothing is c.
        float[] weight = [0, 1, 0], bias = [0, -0.5f, -9];
        weight.CopyTo(model.Weights["linear1.weight"].Values);
        bias.CopyTo(model.Weights["linear1.bias"].Values);
        var judged = Judgement.Of(model, new ImageSet("s", Shape.Image(1, 1, 1), [0, 255, 255, 255, 0], [0, 0, 1, 1, 1], ["a", "b", "c"]));
        Assert.Equal([(0.5, 0.5), (2.0 / 3, 2.0 / 3), (0, double.NaN)], judged.PerClass.Select(one => (one.Precision, one.Recall)));
        Assert.Equal([0.5, 2.0 / 3, double.NaN], judged.PerClass.Select(one => one.F1));
        Assert.Equal([2, 3, 0], judged.PerClass.Select(one => one.Support));
        Assert.Equal(3.0 / 5, judged.Accuracy);
        Assert.Equal((0.5 + (2.0 / 3)) / 2, judged.MacroF1);
        Assert.Equal([("s, image 1", "a", "b"), ("s, image 4", "b", "a")], judged.Mistakes.Select(one => (one.File, one.Truth,
            one.Answer)));
    }

    private static double Distance(ReadOnlySpan<float> before, ReadOnlySpan<float> after)
    {
        double sum = 0;
        for (var i = 0; i < before.Length; i++)
            sum += Math.Abs(before[i] - after[i]);
        return sum / before.Length;
    }

    private static Network Body() => Network.Build(Shape.Image(1, 28, 28), x => x
        .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(24, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
        .Flatten(name: "body").Linear(5, name: "old"));

    private static SplitData Digits(Func<int, bool> chosen, int training, int validation)
    {
        var all = Datasets.Digits();
        return new("digits", Part(all.Training, training), Part(all.Validation, validation), "embedded");

        ImageSet Part(ImageSet set, int count)
        {
            int[] images = [.. Enumerable.Range(0, set.Count).Where(image => chosen(set.Label(image))).Take(count)];
            string[] names = [.. Enumerable.Range(0, 10).Where(chosen).Select(label => set.ClassNames[label])];
            return new("digits", set.ImageShape, [.. images.SelectMany(image => set.Pixels(image).ToArray())],
                [.. images.Select(image => Array.IndexOf(names, set.ClassNames[set.Label(image)]))], names);
        }
    }
}
