#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Training;

// A training that is stopped in the middle and gone on with ends in the same weights, to the bit; and what was trained leaves as ONNX
// and comes back.
var work = Path.Combine(Path.GetTempPath(), $"featuremap-resume-{Environment.ProcessId}");
try
{
    var data = Datasets.Digits();
    var network = Network.Build(data.ImageShape, x => x
        .Conv(8, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(16, kernel: 3, bias: false).BatchNorm().Relu()
        .GlobalAveragePool().Linear(data.ClassCount));
    var options = new TrainingOptions { Epochs = 2, Schedule = new OneCycle(0.1) };
    var whole = Trainer.Fit(network, data, options);

    using var stop = new CancellationTokenSource();
    var folder = RunFolder.At(work);
    var first = Trainer.Fit(network, data, options with { Folder = folder, Cancellation = stop.Token, EpochEnded = _ => stop.Cancel() });
    Console.WriteLine($"stopped after an epoch: {(first.IsComplete ? "complete" : "not complete")}");
    var resumed = Trainer.Fit(network, data, options with { Folder = folder, Resume = true });
    var same = whole.Model.Weights.Sha256() == resumed.Model.Weights.Sha256();
    Console.WriteLine($"gone on with, the weights are {(same ? "the same" : "others")}, {resumed.Model.Evaluate(data.Validation).Accuracy:P1} right");

    var file = Path.Combine(work, "digits.onnx");
    OnnxFile.Save(resumed.Model, file);
    var back = OnnxFile.Load(file);
    Console.WriteLine($"digits.onnx, read back: {back.Predict(data.Validation.Pixels(0))}; before: {resumed.Model.Predict(data.Validation.Pixels(0))}");
    if (!same) Environment.ExitCode = 1;
}
finally
{
    if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
}
