#:project ../../src/FeatureMap.Mpi/FeatureMap.Mpi.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

// Trains three networks, in which every kind of sum over images occurs (all dropouts, batch, group and weight norm, centre and triplet
// loss, mixing, clipping, averaging, gathered batches), with batches of 128, 200 and 300: in this process, and then with 2 to 5
// ranks under each mpirun that is installed. Weights, rows of the log and tensors of the last checkpoint must be the same to the bit;
// exit code 1 otherwise.
// Usage: dotnet run -c Release tests/campaigns/rank-bits.cs
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Mpi;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

using var ranks = MpiCollective.Open();
var expected = Sums(ranks).ToList();
if (ranks is { Rank: > 0 }) return 0;
foreach (var sum in expected) Console.WriteLine(sum);
if (ranks is not null) return 0;

var wrong = 0;
(string, string)[] launchers = [("mpirun.openmpi", "--allow-run-as-root --oversubscribe --bind-to none"), ("mpirun.mpich", "")];
foreach (var (launcher, options) in launchers)
{
    if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, launcher))))
    {
        Console.WriteLine($"{launcher}: left out, it is not installed");
        continue;
    }
    for (var count = 2; count <= 5; count++)
    {
        using var process = Process.Start(new ProcessStartInfo(launcher, $"{options} -n {count} {Environment.ProcessPath}")
        {
            RedirectStandardOutput = true,
        })!;
        var found = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        // Open MPI lets a program believe in a terminal: the first line begins with its codes.
        var equal = expected.Count(line => found.Any(one => one.EndsWith(line, StringComparison.Ordinal)));
        Console.WriteLine($"{launcher}, {count} ranks: {equal} of {expected.Count} equal");
        wrong += expected.Count - equal;
    }
}
Console.WriteLine($"{wrong} wrong");
return wrong == 0 ? 0 : 1;

static IEnumerable<string> Sums(ICollective? ranks)
{
    var digits = Datasets.Digits();
    var data = new SplitData("digits", digits.Training.Take(320), digits.Validation.Take(300), digits.Source);
    var options = new TrainingOptions
    {
        Epochs = 2,
        Seed = 3,
        Threads = 1,
        Optimizer = new Sgd(0.9, nesterov: true, weightDecay: 5e-4),
        Schedule = new OneCycle(0.05),
        Augmentation = new RandomAffine { ShiftPixels = 1.5f, RotationDegrees = 8 },
        ClipGradientNorm = 0.5,
        Averaging = new WeightAveraging(0.9),
        TensorBoard = false,
        LogEverySteps = 1,
        Collective = ranks,
    };
    Loss centres = new SoftmaxCrossEntropy() + Loss.On("embedding", new CenterLoss(0.1f));
    Loss triplets = new SoftmaxCrossEntropy() + Loss.On("embedding", new TripletLoss(0.5f));
    foreach (var batch in (int[])[128, 200, 300])
    {
        var sized = options with { BatchSize = batch };
        var gathered = sized with { AccumulatedBatches = batch > 150 ? 1 : 2, Mix = new CutMix() };
        yield return Sum($"convolutions, {batch}", Convolutions(), data, gathered);
        yield return Sum($"dense, {batch}", Dense(), data, gathered);
        yield return Sum($"branches with centres, {batch}", Branches(), data, sized with { Loss = centres });
        yield return Sum($"branches with triplets, {batch}", Branches(), data, sized with { Loss = triplets });
    }
}

static string Sum(string name, Network network, SplitData data, TrainingOptions options)
{
    var place = Directory.CreateTempSubdirectory("featuremap-bits-").FullName;
    try
    {
        var run = Trainer.Fit(network, data, options with { Folder = RunFolder.At(place) });
        if (options.Collective is { Rank: > 0 }) return "";
        var text = new StringBuilder(run.Model.Weights.Sha256());
        var log = RunLog.Read(place);
        foreach (var row in log.Epochs)
            text.Append($"{row with { Seconds = 0, TotalSeconds = 0, ImagesPerSecond = 0, AugmentationShare = 0 }}");
        foreach (var row in log.Steps) text.Append(CultureInfo.InvariantCulture, $"{row}");
        using var file = File.OpenRead(Directory.GetFiles(place, "checkpoint-*").Order(StringComparer.Ordinal).Last());
        var checkpoint = Checkpoint.Read(file, "the last checkpoint");
        var state = checkpoint.State.Where(pair => !pair.Key.Contains("econds", StringComparison.Ordinal)).ToDictionary();
        using var bytes = new MemoryStream();
        (checkpoint with { State = state }).Write(bytes);
        text.Append(Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())));
        return $"{name}: {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]}";
    }
    finally
    {
        Directory.Delete(place, recursive: true);
    }
}

static Network Convolutions() => Network.Build(Shape.Image(1, 28, 28), x => x
    .Conv(12, kernel: 3, stride: 2, bias: false).BatchNorm().PRelu()
    .Conv(32, kernel: 3).GroupNorm(4).Relu().ChannelDropout(0.2f)
    .Conv(32, kernel: 3).Relu()
    .MaxPool(3).Conv(32, kernel: 1, bias: false).BatchNorm().Relu()
    .Conv(32, kernel: 3, padding: 1).Relu()
    .Dropout(0.1f).GlobalAveragePool(name: "embedding").Then(new WeightNorm(new Linear(16))).AlphaDropout(0.1f).Linear(10));

static Network Branches() => Network.Build(Shape.Image(1, 28, 28), x =>
{
    x = x.Conv(8, kernel: 5, stride: 4, bias: false).BatchNorm().Relu();
    x = x.Add(x.Conv(8, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().StochasticDepth(0.2f)).Dropout(0.1f);
    return x.Flatten().Linear(6, name: "embedding").Linear(10);
});

static Network Dense() => Network.Build(Shape.Image(1, 28, 28), x => x
    .AveragePool(4).Flatten().Then(new WeightNorm(new Linear(40))).BatchNorm().Relu().Linear(10));
