#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

// A network that knows the digits 0 to 4 ...
var known = Digits(first: 0);
var network = Network.Build(known.ImageShape, x => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(24, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Flatten(name: "body").Linear(known.ClassCount));
var trained = Trainer.Fit(network, known, new TrainingOptions { Epochs = 4, BatchSize = 32, Schedule = new OneCycle(0.1) }).Model;
Console.WriteLine($"0 to 4, from the start: {trained.Evaluate(known.Validation).Accuracy:P1}");

// ... is given a head for 5 to 9. First the head alone: what the body makes of the images is computed once.
var others = Digits(first: 5);
var start = trained.WithHead(others.ClassNames, seed: 0);
var head = FineTuning.Fit(start, others, new FineTuningOptions
{
    HeadOnly = true,
    FeatureFolder = "", // kept nowhere; where null, in the cache folder, so that the next training begins at once
    Training = FineTuningOptions.UsualForHead with { Schedule = new OneCycle(0.01) },
});
Console.WriteLine($"5 to 9, the head alone: {head.Judgement.Accuracy:P1}");

// Or the head for an epoch and then all layers, the early ones at a hundredth and a tenth of the rate.
var all = FineTuning.Fit(start, others, new FineTuningOptions
{
    FeatureFolder = "",
    Training = FineTuningOptions.Usual with { Schedule = new OneCycle(0.01), Augmentation = Augmentation.None },
});
Console.WriteLine($"5 to 9, all layers:\n{all.Judgement}");
foreach (var mistake in all.Judgement.Mistakes.Take(3))
    Console.WriteLine($"{mistake.File}: {mistake.Truth}, called {mistake.Answer} ({mistake.Probability:P0})");

// 500 of the digits that the library brings, of five classes.
static SplitData Digits(int first)
{
    var digits = Datasets.Digits();
    return new("digits", Part(digits.Training, 400), Part(digits.Validation, 100), digits.Source);

    ImageSet Part(ImageSet set, int count)
    {
        int[] images = [.. Enumerable.Range(0, set.Count).Where(image => set.Label(image) - first is >= 0 and < 5).Take(count)];
        return new("digits", set.ImageShape, [.. images.SelectMany(image => set.Pixels(image).ToArray())],
            [.. images.Select(image => set.Label(image) - first)], set.ClassNames.Skip(first).Take(5));
    }
}
