using FeatureMap;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

// dotnet run -c Release                       5,000 handwritten digits, which the library brings
// dotnet run -c Release PHOTOS                a folder with a folder of pictures for each class, also zipped, or a table (CSV)
// dotnet run -c Release PHOTOS resnet-18      a head for these classes on pretrained weights: a name, an ONNX or a .pth file
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !stop.IsCancellationRequested; // Ctrl-C stops after the step that runs; once more, at once
    stop.Cancel();
};
try
{
    var data = args.Length == 0 ? Datasets.Digits() : Open(args[0], isPretrained: args.Length > 1);
    Console.WriteLine(
        $"{data.Training.Count:N0} + {data.Validation.Count:N0} pictures as {data.ImageShape}: {string.Join(", ", data.ClassNames)}");
    if (data.Notice is { } notice) Console.WriteLine(notice);

    var folder = RunFolder.Create("runs", data.Name);
    var judgement = args.Length > 1 ? OnWeights(data, args[1], folder) : FromNothing(data, folder);
    if (judgement is null)
    {
        Console.WriteLine($"Stopped. What was learned so far is in {folder.Location}.");
        return 1;
    }
    Console.WriteLine(judgement);
    foreach (var mistake in judgement.Mistakes.Take(9))
        Console.WriteLine($"  {mistake.File}: {mistake.Truth}, called {mistake.Answer} ({mistake.Probability:P0})");
    Console.WriteLine($"The model is in {folder.Location}; report.html there has curves, confusions and the worst mistakes.");
    return 0;
}
catch (OperationCanceledException)
{
    return 1;
}
catch (FeatureMapException error)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 1;
}

// What is wrong with the pictures is said before anything is trained on them.
SplitData Open(string photos, bool isPretrained)
{
    var check = DataCheck.Of(photos, cancellation: stop.Token);
    foreach (var finding in check.Findings)
        Console.WriteLine($"{(finding.IsWrong ? "wrong" : "note")}: {finding.Message} {finding.Advice}");
    var images = isPretrained ? new ClassFolderOptions { Size = new(224, 224), Colours = ImageColours.Colour } : new();
    return Datasets.Open(photos, new() { Images = images, Cancellation = stop.Token });
}

// A network of this program; see README.md for how to change it.
Judgement? FromNothing(SplitData data, RunFolder folder)
{
    var recipe = args.Length == 0 ? Recipes.Get("mnist-1k") : Recipes.For(DataSource.Of(args[0], []));
    var network = recipe.Build(data.ImageShape, data.ClassCount);
    Console.WriteLine(network.Summary());
    var run = Trainer.Fit(network, data, recipe.Options(data: data) with
    {
        Folder = folder,
        Cancellation = stop.Token,
        Notice = Console.WriteLine,
        EpochEnded = epoch => Console.WriteLine(
            $"epoch {epoch.Epoch}: loss {epoch.TrainLoss:0.0000}, validation {epoch.ValidationAccuracy:P2}, {epoch.Seconds:0.0} s"),
    });
    if (!run.IsComplete) return null;
    ReportBuilder.Write(folder, run.Model, data);
    return Judgement.Of(run.Model, data.Validation);
}

Judgement? OnWeights(SplitData data, string weights, RunFolder folder)
{
    var model = Pretrained.Get(weights).WithHead(data.ClassNames);
    var run = FineTuning.Fit(model, data, new()
    {
        HeadOnly = true,
        Training = FineTuningOptions.UsualForHead with { Cancellation = stop.Token, Notice = Console.WriteLine },
    });
    ModelFile.Save(run.Model, folder.Location);
    return run.Judgement;
}
