#:project ../../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

// Trains many times in one process, as a studio does: resident memory must not grow with the trainings. Every training has a run folder
// with log, events, checkpoints and model, and every fourth is stopped in the middle. Measured in 200: 104 MB after the tenth, 120 MB from
// the seventieth on, where it stays. So two bounds: little above that of the tenth, and nothing in the second half.
// Usage: dotnet run -c Release tests/campaigns/many-trainings.cs [TRAININGS]
using System.Diagnostics;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

const long MostAfterTen = 32 << 20, MostInSecondHalf = 4 << 20;
var trainings = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 200;
var digits = Datasets.Digits();
var data = new SplitData("digits", digits.Training.Take(256), digits.Validation.Take(64), digits.Source);
var network = Network.Build(data.ImageShape, x => x
    .Conv(24, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(32, kernel: 3, bias: false).BatchNorm().Relu().Dropout(0.1f)
    .GlobalAveragePool().Linear(data.ClassCount));
var place = Directory.CreateTempSubdirectory("featuremap-many-").FullName;
var watch = Stopwatch.StartNew();
long afterTen = 0, firstHalf = 0, highest = 0;
try
{
    for (var training = 1; training <= trainings; training++)
    {
        var folder = RunFolder.Create(place, "run");
        var options = new TrainingOptions
        {
            Epochs = 2,
            BatchSize = 64,
            Threads = 2,
            Seed = (ulong)training,
            Folder = folder,
            Averaging = new WeightAveraging(0.9),
            EarlyStopping = new EarlyStopping(),
        };
        using (var job = new TrainingJob(network, data, options))
        {
            if (training % 4 == 0) job.RunEpoch();
            if (training % 4 == 0) job.Stop();
            job.Run();
        }
        Directory.Delete(folder.Location, recursive: true);
        var resident = Environment.WorkingSet;
        if (training == 10) afterTen = resident;
        if (training <= trainings / 2) firstHalf = Math.Max(firstHalf, resident);
        if (training > 10) highest = Math.Max(highest, resident);
        if (training is 1 or 2 or 5 || training % 10 == 0)
            Console.WriteLine($"{training,4} trainings: {resident / 1e6,7:0.0} MB resident, {GC.GetTotalMemory(false) / 1e6,6:0.0} MB of "
                + $"it managed, {Process.GetCurrentProcess().Threads.Count} threads, {watch.Elapsed.TotalSeconds:0} s");
    }
}
finally
{
    Directory.Delete(place, recursive: true);
}
if (trainings <= 20) return 0;
Console.WriteLine($"after ten {afterTen / 1e6:0.0} MB, at most {firstHalf / 1e6:0.0} MB in the first half and {highest / 1e6:0.0} MB in "
    + $"all: {(highest - afterTen) / 1e6:+0.0;-0.0} MB, of which {(highest - firstHalf) / 1e6:0.0} MB in the second half");
return highest - afterTen <= MostAfterTen && highest - firstHalf <= MostInSecondHalf ? 0 : 1;
