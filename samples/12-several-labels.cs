#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

// Several labels of one picture, and a number. A table of your own in the first argument, its pictures in the second; otherwise what a
// table would say of each digit.
if (args is [var table, .. var images])
{
    var own = Datasets.Open(table, new() { Images = new() { ImageFolder = images is [var folder, ..] ? folder : "", Size = new(64, 64) } });
    Console.WriteLine(own.Notice);
    Train(own);
    return;
}

// A 0 or 1 for each label of each image ...
var digits = Datasets.Digits();
Train(With(values => TargetSet.Labels(["even", "has a loop", "below 5"], values),
    digit => [digit % 2 == 0 ? 1 : 0, digit is 0 or 6 or 8 or 9 ? 1 : 0, digit < 5 ? 1 : 0]));

// ... or a number: the digit itself, as if it were a measure.
Train(With(values => TargetSet.Quantities(["digit"], values), digit => [digit]));

static void Train(SplitData data)
{
    // The end and the loss follow from what is said of the images: a sigmoid and the binary cross-entropy for labels; for numbers their
    // mean and deviation, and the Huber loss in units of that.
    var network = Network.Build(data.ImageShape, x => Body(x).Linear(data.ClassCount).AnswersOf(data.Training));
    var run = Trainer.Fit(network, data, new TrainingOptions
    {
        Epochs = 5,
        BatchSize = 32,
        Optimizer = new Adam(),
        Schedule = new OneCycle(0.01),
    });
    if (run.Labels is { } labels)
    {
        // A threshold for each label is chosen on some pictures and judged on others.
        var (chosenOn, judgedOn) = data.Validation.Split(0.5, seed: 0);
        var thresholds = MultiLabelJudgement.Of(run.Model, chosenOn).BestThresholds();
        Console.WriteLine(MultiLabelJudgement.Of(run.Model, judgedOn, thresholds));
        Console.WriteLine($"Of one picture: "
            + $"{string.Join(", ", run.Model.Predict(data.Validation.Pixels(0)).Said().Select(one => one.Name))}");
    }
    if (run.Quantities is { } numbers)
    {
        Console.WriteLine(numbers);
        foreach (var worst in numbers.Worst.Take(3))
            Console.WriteLine($"{worst.File}: {worst.Name} {worst.Truth}, answered {worst.Answer:0.0}");
        Console.WriteLine($"Of one picture: {run.Model.Compute(data.Validation.Pixels(0))[0]:0.0}");
    }
}

static Feature Body(Feature x) => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Flatten();

SplitData With(Func<float[], TargetSet> targets, Func<int, float[]> said)
{
    return new("digits", Of(digits.Training), Of(digits.Validation), digits.Source);

    ImageSet Of(ImageSet set)
    {
        var all = Enumerable.Range(0, set.Count);
        return new("digits", set.ImageShape, [.. all.SelectMany(image => set.Pixels(image).ToArray())],
            targets([.. all.SelectMany(image => said(set.Label(image)))]));
    }
}
