#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

// Several labels of one picture, and a number: what a table would say of each digit.
var digits = Datasets.Digits();
string[] names = ["even", "has a loop", "below 5"];

// A target of 0 or 1 for each label, and a score for each from the network: the loss makes probabilities of them, each by itself.
var data = With(digit => [digit % 2 == 0 ? 1 : 0, digit is 0 or 6 or 8 or 9 ? 1 : 0, digit < 5 ? 1 : 0]);
var network = Network.Build(data.ImageShape, x => Body(x).Linear(names.Length));
var run = Trainer.Fit(network, data, new TrainingOptions
{
    Epochs = 5,
    BatchSize = 32,
    Schedule = new OneCycle(0.1),
    Loss = Loss.BinaryCrossEntropy(),
});

// A threshold for each label is chosen on some pictures and judged on others.
var model = new Model(run.Model.Weights, run.Model.Normalization, names);
var (chosenOn, judgedOn) = data.Validation.Split(0.5, seed: 0);
var thresholds = MultiLabelJudgement.Of(model, chosenOn).BestThresholds();
Console.WriteLine(MultiLabelJudgement.Of(model, judgedOn, thresholds));

// A number: the digit itself, as if it were a measure. The network ends in that number.
var numbers = With(digit => [digit]);
var regression = Network.Build(data.ImageShape, x => Body(x).Linear(1));
var measured = Trainer.Fit(regression, numbers, new TrainingOptions
{
    Epochs = 5,
    BatchSize = 32,
    Optimizer = new Adam(),
    Schedule = new OneCycle(0.01),
    Loss = Loss.Huber(),
});
var off = measured.Model.ComputeMany(numbers.Validation).Index()
    .Average(found => Math.Abs(found.Item[0] - digits.Validation.Label(found.Index)));
Console.WriteLine($"The number is off by {off:0.00} on average.");

static Feature Body(Feature x) => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Flatten();

SplitData With(Func<int, float[]> targets)
{
    return new("digits", Of(digits.Training), Of(digits.Validation), digits.Source);

    ImageSet Of(ImageSet set)
    {
        var images = Enumerable.Range(0, set.Count);
        float[] values = [.. images.SelectMany(image => targets(set.Label(image)))];
        return new("digits", set.ImageShape, [.. images.SelectMany(image => set.Pixels(image).ToArray())],
            TargetSet.Numbers(Shape.Vector(values.Length / set.Count), values));
    }
}
