#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

// Of 1,500 digits 30 are given a wrong label; where are they?
var digits = Datasets.Digits();
var training = digits.Training.Take(1_200);
var labels = Enumerable.Range(0, training.Count).Select(training.Label).ToArray();
for (var image = 0; image < training.Count; image += 40) labels[image] = (labels[image] + 1 + (image / 40 % 9)) % 10;
var pixels = Enumerable.Range(0, training.Count).SelectMany(image => training.Pixels(image).ToArray()).ToArray();
var data = new SplitData("digits", new ImageSet("digits", training.ImageShape, pixels, labels, training.ClassNames),
    digits.Validation.Take(300), digits.Source);

var network = Network.Build(data.ImageShape, x => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Flatten().Linear(data.ClassCount));
var options = new TrainingOptions { Epochs = 5, BatchSize = 32, Schedule = new OneCycle(0.1) };

// Networks that never saw an image say how probable its label is.
var hints = LabelHints.Of(data, network, options, folds: 3);
foreach (var hint in hints.All.Take(5))
    Console.WriteLine($"{hint.File}: {data.ClassNames[hint.Label]}? rather {data.ClassNames[hint.Likelier]}, "
        + $"by {hint.LikelierProbability:P0}");
var found = hints.All.Take(45).Count(hint => !hint.IsValidation && hint.Image % 40 == 0);
Console.WriteLine($"{found} of the 30 wrong labels are among the first 45 of {hints.All.Count:N0} hints; "
    + $"{hints.Suspects} labels are probably wrong.");

// Which class is confused with which, how sure the network is where it errs, and by which file.
var run = Trainer.Fit(network, data, options);
var judgement = Judgement.Of(run.Model, data.Validation);
Console.WriteLine(judgement);
var confusion = judgement.Confusion();
var (truth, answer) = (
    from t in Enumerable.Range(0, 10)
    from a in Enumerable.Range(0, 10)
    where t != a
    orderby confusion[t, a] descending
    select (t, a)).First();
Console.WriteLine($"Most often {data.ClassNames[truth]} is called {data.ClassNames[answer]}: {confusion[truth, answer]} times.");
Console.WriteLine($"Its probabilities are off by {judgement.Calibration.ExpectedError:P1}.");
if (found < 20) throw new InvalidOperationException("The hints no longer find the wrong labels.");
