#:project ../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

// dotnet run samples/05-own-photos.cs PHOTOS: a folder (or an archive) with a folder of pictures for each class. Without an argument one is made
// of digits that the library brings, in three sizes.
var made = Path.Combine(Path.GetTempPath(), $"featuremap-photos-{Environment.ProcessId}");
try
{
    var photos = args is [var path] ? path : Made(made);

    // What is wrong with the pictures is found before anything is trained.
    Console.WriteLine(DataCheck.Of(photos));

    var data = Datasets.Open(photos, new DataOptions { Images = new ClassFolderOptions { Size = new ImageSize(32, 32) } });
    Console.WriteLine($"{data.Training.Count} + {data.Validation.Count} pictures of {string.Join(", ", data.ClassNames)}. {data.Training.Notice}");
    var network = Network.Build(data.ImageShape, x => x
        .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(32, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(32, kernel: 3, bias: false).BatchNorm().Relu()
        .GlobalAveragePool().Linear(data.ClassCount));
    var run = Trainer.Fit(network, data, new TrainingOptions
    {
        Epochs = 6,
        BatchSize = 32,
        Schedule = new OneCycle(0.1),
        Augmentation = new RandomAffine { ShiftPixels = 2, RotationDegrees = 5 },
        EpochEnded = epoch => Console.WriteLine($"epoch {epoch.Epoch}: {epoch.ValidationAccuracy:P1}"),
    });

    // Precision, recall and the mistakes with the names of their files.
    var judgement = Judgement.Of(run.Model, data.Validation);
    Console.WriteLine(judgement);
    foreach (var mistake in judgement.Mistakes.Take(3))
        Console.WriteLine($"{mistake.File}: {mistake.Truth}, called {mistake.Answer} ({mistake.Probability:P0})");
}
finally
{
    if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
}

static string Made(string folder)
{
    var digits = Datasets.Digits().Training;
    for (var image = 0; image < 600; image++)
    {
        var name = digits.ClassNames[digits.Label(image)];
        Directory.CreateDirectory(Path.Combine(folder, name));
        var size = 28 + (10 * (image / 10 % 3));
        new Picture(name, new Shape(1, size, size), ImageResize.Resize(digits.Pixels(image), digits.ImageShape, size, size))
            .Save(Path.Combine(folder, name, $"{image}.png"));
    }
    return folder;
}
