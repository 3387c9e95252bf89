#:project ../../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false
#:property TieredCompilation=false

// Trains many times in one process, as a studio does: resident memory must not grow with the trainings. Every training has a run folder
// with log, events, checkpoints and model, and every fourth is stopped in the middle. Methods are compiled once and for all here
// (TieredCompilation=false), so that what grows would be a leak. With tiers, as programs usually run, the compiler goes on for about 100
// trainings: a method that a training calls once is compiled again, optimised, after 30 of them. DOTNET_TieredCompilation=1 shows it.
// Usage: dotnet run -c Release tests/campaigns/many-trainings.cs [TRAININGS]
using System.Diagnostics;
using System.Runtime;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

const long MostAfterTen = 4 << 20;
var trainings = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 200;
var digits = Datasets.Digits();
var data = new SplitData("digits", digits.Training.Take(256), digits.Validation.Take(64), digits.Source);
var network = Network.Build(data.ImageShape, x => x
    .Conv(24, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
    .Conv(32, kernel: 3, bias: false).BatchNorm().Relu().Dropout(0.1f)
    .GlobalAveragePool().Linear(data.ClassCount));
var place = Directory.CreateTempSubdirectory("featuremap-many-").FullName;
var watch = Stopwatch.StartNew();
long afterTen = 0, highest = 0;
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
        if (training > 10) highest = Math.Max(highest, resident);
        if (training is 1 or 2 or 5 || training % 10 == 0)
            Console.WriteLine($"{training,4} trainings: {resident / 1e6,7:0.0} MB resident, {GC.GetTotalMemory(false) / 1e6,6:0.0} MB of "
                + $"it managed, {JitInfo.GetCompiledMethodCount(),6} methods compiled, {Process.GetCurrentProcess().Threads.Count} threads, "
                + $"{watch.Elapsed.TotalSeconds:0} s");
    }
}
finally
{
    Directory.Delete(place, recursive: true);
}
if (trainings <= 20) return 0;
Console.WriteLine($"after ten {afterTen / 1e6:0.0} MB, at most {highest / 1e6:0.0} MB later: {(highest - afterTen) / 1e6:+0.0;-0.0} MB");
return highest - afterTen <= MostAfterTen ? 0 : 1;
