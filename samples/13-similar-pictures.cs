#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

// What a trained network makes of a picture before its last layer is a place: similar pictures are near each other.
var data = Datasets.Digits();
var network = Network.Build(data.ImageShape, x => x
    .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(24, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Flatten().Linear(32, name: "place").Relu().Linear(data.ClassCount));
var model = Trainer.Fit(network, data, new TrainingOptions { Epochs = 4, BatchSize = 32, Schedule = new OneCycle(0.1) }).Model;

// The collection, with the first picture in it a second time.
var images = data.Validation.Subset([.. Enumerable.Range(0, 500), 0]);
var places = model.Embed(images, "place");
Console.WriteLine($"{places.Count} pictures as {places.Dimensions} numbers each");

for (var query = 0; query < 3; query++)
{
    var near = places.Nearest(query, 5, EmbeddingDistance.Cosine);
    var labels = string.Join(", ", near.Select(one => images.Label(one.Image)));
    Console.WriteLine($"picture {query}, a {images.Label(query)}: the nearest are of {labels}");
}
Console.WriteLine($"The nearest picture is of the same class for {places.RecallAt(1, EmbeddingDistance.Cosine):P1}.");

// Doubles are at the same place.
var doubles = from one in Enumerable.Range(0, places.Count)
              from other in Enumerable.Range(one + 1, places.Count - one - 1)
              where places.Distance(one, other) == 0
              select (one, other);
foreach (var (one, other) in doubles) Console.WriteLine($"pictures {one} and {other} are the same");
if (!doubles.Contains((0, 500))) throw new InvalidOperationException("The double was not found.");
