#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

var data = Datasets.Digits(); // 5,000 real handwritten digits, embedded in the library
var network = Network.Build(data.ImageShape, x => x
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(24, kernel: 3, bias: false).BatchNorm().Relu()
    .Conv(24, kernel: 3, bias: false).BatchNorm().Relu()
    .GlobalAveragePool().Linear(data.ClassCount));
Console.WriteLine(network.Summary());

var run = Trainer.Fit(network, data, new TrainingOptions
{
    Epochs = 8,
    Optimizer = new Sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4),
    Schedule = new OneCycle(0.2),
    Augmentation = new RandomAffine { ShiftPixels = 1.5f, RotationDegrees = 8 },
    EpochEnded = epoch => Console.WriteLine($"epoch {epoch.Epoch}: validation {epoch.ValidationAccuracy:P2}, {epoch.ImagesPerSecond:N0} images/s"),
});

var first = run.Model.Predict(data.Validation.Pixels(0));
Console.WriteLine($"The first validation image shows a {data.Validation.Label(0)}; the network says {first.ClassName} with {first.Probability:P1}.");
