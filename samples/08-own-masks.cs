#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap;
using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Training;

if (args is not [var place, .. var rest])
{
    Console.WriteLine("usage: dotnet run samples/08-own-masks.cs PLACE [EPOCHS], such as membranes.zip 60: a U-Net on image/ and label/ "
        + "of two classes");
    return;
}

var set = ImagePairs.Open(place, new() { ClassNames = ["membrane", "cell"] });
var (training, heldOut) = set.Split(4.0 / set.Count, seed: 0);
var network = UNet.Build(Shape.Image(1, 128, 128), 1, width: 16, depth: 3, style: ConvStyle.Normalized);
var run = Trainer.Fit(network, new SplitData("masks", training, heldOut.Tiles(128, 128), place), new TrainingOptions
{
    Epochs = rest is [var epochs] ? int.Parse(epochs) : 60, BatchSize = 32, Optimizer = new Adam(), Schedule = new OneCycle(0.004),
    Loss = Loss.BinaryCrossEntropy() + Loss.Dice(MaskScores.Sigmoid), Sampler = Sampler.Repeat(16),
    Augmentation = Augmentation.Parse("crop height=128 width=128, flip, quarter-turns, elastic 200 16 fill=reflect, jitter 0.15 0.15"),
});
var maps = Enumerable.Range(0, heldOut.Count).Select(i => run.Model.ComputeTiled(heldOut.Pixels(i), heldOut.ImageShape, overlap: 48))
    .ToArray();
var wrong = maps.Select((map, i) => map.Index()
    .Count(pixel => pixel.Item > 0 != heldOut.Targets!.Bytes(heldOut.TargetOf(i))[pixel.Index] > 0)).Sum();
Console.WriteLine($"{100.0 * wrong / maps.Sum(map => map.Length):0.00} % of the pixels of {heldOut.Count} held-out images are wrong");
