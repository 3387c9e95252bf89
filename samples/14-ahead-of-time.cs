#:project ../src/FeatureMap/FeatureMap.csproj
#:property GenerateDocumentationFile=false

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

// dotnet run samples/14-ahead-of-time.cs [MODEL PICTURE]
// dotnet publish samples/14-ahead-of-time.cs -o OUT -p:IlcInstructionSet=x86-64-v3, then OUT/14-ahead-of-time: one file, no .NET needed.
// Without the instruction set the compiler takes that of any processor, which has no vectors of 256 bits: the same bits, more slowly.
if (args is [var file, var picture])
{
    var loaded = ModelFile.Load(file);
    var pixels = ImageFile.Load(picture, loaded.Network.Input, loaded.Fit ?? ImageFit.Crop(), out _);
    foreach (var (_, name, probability) in loaded.Predict(pixels).Top(3))
        Console.WriteLine($"{name}: {probability:P1}");
    return;
}

// Without arguments it trains a little and sums up every bit of the answers, so that two ways to compile can be compared.
var data = Datasets.Digits();
var network = Network.Build(data.ImageShape, x => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(16, kernel: 3, bias: false).BatchNorm().Relu()
    .GlobalAveragePool().Linear(data.ClassCount));
var model = Trainer.Fit(network, data, new TrainingOptions { Epochs = 2, BatchSize = 32, Schedule = new OneCycle(0.1) }).Model;
using var outputs = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
foreach (var scores in model.ComputeMany(data.Validation)) outputs.AppendData(MemoryMarshal.AsBytes<float>(scores));
var how = RuntimeFeature.IsDynamicCodeSupported ? "just in time" : "ahead of time";
Console.WriteLine($"compiled {how}, {LaneWidths.Automatic}: {model.Evaluate(data.Validation).Accuracy:P1} right");
Console.WriteLine($"outputs {Convert.ToHexStringLower(outputs.GetHashAndReset())}");
