using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class LabelHintTests
{
    /// <summary>Wrong labels among the embedded digits are among the first hints, each image judged by a training that never saw
    /// it.</summary>
    [Fact]
    public void Wrong_labels_are_among_the_first_hints()
    {
        var (data, wrong) = Flipped(Datasets.Digits(), 1000, every: 50);
        var seen = new List<HintProgress>();
        var hints = LabelHints.Of(data, Train, folds: 3, seed: 1, progress: new Told(seen));
        Assert.Equal([(1, 3), (2, 3), (3, 3)], seen.Select(one => (one.Fold, one.Folds)));
        Assert.All(seen, one => Assert.Equal(1000, one.Images + one.Judged));
        Assert.All(seen, one => Assert.InRange(one.Judged, 330, 337));
        Assert.Equal(data.Training.Count + data.Validation.Count, hints.All.Count);
        Assert.Equal(hints.All.Select(hint => hint.Probability).Order(), hints.All.Select(hint => hint.Probability));
        var first = hints.All.Where(hint => !hint.IsValidation).Take(40).Select(hint => hint.Image).ToHashSet();
        Assert.InRange(wrong.Count(first.Contains), 16, 20); // 80 % of the 2 % among the first 4 %
        Assert.InRange(hints.Suspects, 10, 120);
        var again = LabelHints.Of(data, Train, folds: 3, seed: 1, threads: 1);
        Assert.Equal(hints.All, again.All);

        static Model Train(SplitData split, ulong seed)
        {
            var network = Network.Build(split.ImageShape, x => x.Conv(8, kernel: 5, stride: 2).Relu().Conv(16, kernel: 3,
                stride: 2).Relu().Flatten().Linear(10));
            return Trainer.Fit(network, split, new()
            {
                Epochs = 6,
                BatchSize = 32,
                Seed = seed,
                Optimizer = new Adam(),
                Schedule = new OneCycle(0.005)
            }).Model;
        }
    }

    [Fact]
    public void A_head_on_kept_features_gives_hints_too()
    {
        var (data, wrong) = Flipped(Datasets.Digits(), 500, every: 50);
        var body = Network.Build(data.ImageShape, x => x.Conv(16, kernel: 5,
            stride: 2).Relu().AveragePool(2).Flatten(name: "body").Linear(10));
        var model = new Model(Weights.Initialize(body, 3), Normalization.Of(data.Training), data.ClassNames);
        using var folder = new TemporaryFolder();
        var options = new FineTuningOptions
        {
            FeatureFolder = folder.Location,
            Training = FineTuningOptions.UsualForHead with { Epochs = 12, Schedule = new OneCycle(0.01) }
        };
        var hints = LabelHints.Of(data, model, options, folds: 4);
        Assert.Equal(2, folder.Files.Count()); // those of the two parts, however many trainings there were
        var first = hints.All.Where(hint => !hint.IsValidation).Take(50).Select(hint => hint.Image).ToHashSet();
        Assert.True(wrong.Count(first.Contains) >= 6, $"{wrong.Count(first.Contains)} of {wrong.Count}, {hints.Judgement.Accuracy}");
    }

    [Fact]
    public void Ranked_by_hand()
    {
        var set = new ImageSet("s", Shape.Image(1, 1, 1), [1, 2, 3], [0, 1, 1], ["a", "b"]);
        var data = new SplitData("s", set, set.Take(1), "");
        var hints = LabelHints.Of(data, [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6]]);
        Assert.Equal([(1, false, 1, 0), (0, true, 0, 1), (2, false, 1, 0), (0, false, 0, 1)], hints.All.Select(hint => (hint.Image,
            hint.IsValidation, hint.Label, hint.Likelier)));
        // On average a is 0.65 for its own and b 0.55 for its own: the second is surely a, the last surely b.
        Assert.Equal(2, hints.Suspects);
        Assert.Equal(0.5, hints.Judgement.Accuracy);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        var set = new ImageSet("s", Shape.Image(1, 1, 1), [1, 2, 3], [0, 1, 1], ["a", "b"]);
        var data = new SplitData("s", set, set, "");
        Assert.Contains("2 folds at least: received 1", Assert.Throws<UsageException>(() => LabelHints.Of(data, (_, _) => null!,
            1)).Message, StringComparison.Ordinal);
        Assert.Contains("The class a of s has too few images to learn from: 1,", Assert.Throws<DataException>(() => LabelHints.Of(data, (_,
            _) => null!, 2)).Message, StringComparison.Ordinal);
    }

    // Every so manieth training label is the next one.
    private static (SplitData Data, List<int> Wrong) Flipped(SplitData data, int count, int every)
    {
        var (training, pixels, labels, wrong) = (data.Training.Take(count), new List<byte>(), new List<int>(), new List<int>());
        for (var image = 0; image < count; image++)
        {
            pixels.AddRange(training.Pixels(image));
            var isWrong = image % every == every / 2;
            if (isWrong) wrong.Add(image);
            labels.Add(isWrong ? (training.Label(image) + 1 + (image % 8)) % 10 : training.Label(image));
        }
        return (new SplitData(data.Name, new ImageSet("digits", training.ImageShape, [.. pixels], [.. labels], training.ClassNames),
            data.Validation.Take(200), data.Source), wrong);
    }

    private sealed class Told(List<HintProgress> seen) : IProgress<HintProgress>
    {
        public void Report(HintProgress value) => seen.Add(value);
    }
}
