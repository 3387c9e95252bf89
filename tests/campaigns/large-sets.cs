#:project ../../src/FeatureMap/FeatureMap.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

// Makes JPEG files of 128 x 128 in ten class folders and trains an epoch on them, each time in a process of its own: with the decoded
// images in a file of the cache, found there again with 1, 2 and 8 threads, killed in the middle of the epoch and gone on with, decoded
// each time, and in memory where they fit.
// The weights must be the same, and what is not in memory must stay below 1 GB of resident memory whatever the number of files. Seconds of
// processor time per image are told as well as images per second, as the latter say nothing on a busy machine; "feed" is the processor
// time from memory per image divided by that of the way. Where all files are too many for one array of 2 GiB, the rate from memory is that
// of as many as fit, whose weights are others. The files go when it ends.
// Usage: dotnet run -c Release tests/campaigns/large-sets.cs [FILES [WAYS [SHOWN]]]
//   WAYS  some of disk,threads-1,threads-8,kill,again,each-time,memory; all of them where left out. The first must be disk.
//   SHOWN so many of the training images are shown in the epoch; all where left out. All files are decoded in any case.
using System.Diagnostics;
using System.Globalization;
using FeatureMap;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

const long MostResident = 1_000_000_000;
const int Classes = 10, Side = 128;
if (args is ["train", var source, var where, var threadCount, var runFolder, var part])
{
    Train(source, where, threadCount, runFolder, int.Parse(part, CultureInfo.InvariantCulture));
    return 0;
}
var files = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
var fits = files * 3L * Side * Side < int.MaxValue;
string[] ways = args.Length > 1 ? args[1].Split(',') : ["disk", "threads-1", "threads-8", "kill", "again", "each-time", "memory"];
var shown = args.Length > 2 ? args[2] : "0";
var some = fits ? files : (int)(int.MaxValue / (3L * Side * Side)) / Classes * Classes;
var place = Directory.CreateTempSubdirectory("featuremap-large-").FullName;
var code = 0;
try
{
    var watch = Stopwatch.StartNew();
    Parallel.For(0, files, file =>
    {
        var folder = Path.Combine(place, "photos", $"class{file % Classes}");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, $"{file:000000}.jpg"), Jpeg(file, file % Classes));
    });
    Console.WriteLine($"{files:N0} JPEG files of {Side} x {Side} in {watch.Elapsed.TotalSeconds:0.0} s; decoded they take {files * 3L * Side * Side / 1e9:0.00} GB");
    if (!fits && ways.Contains("memory"))
        for (var file = 0; file < some; file++)
        {
            var name = Path.Combine($"class{file % Classes}", $"{file:000000}.jpg");
            Directory.CreateDirectory(Path.Combine(place, "some", "photos", $"class{file % Classes}"));
            File.Copy(Path.Combine(place, "photos", name), Path.Combine(place, "some", "photos", name));
        }
    string? weights = null;
    var work = new Dictionary<string, double>();
    // The file of the cache is made by the first and found by the others; what is kept in memory comes from it too.
    foreach (var way in ways)
    {
        var team = way switch { "threads-1" => "1", "threads-8" => "8", _ => "2" };
        var (answer, note) = way == "kill" ? Killed() : (Run(way, team, ""), "");
        var peak = long.Parse(answer[1], CultureInfo.InvariantCulture);
        work[way] = double.Parse(answer[4], CultureInfo.InvariantCulture);
        var isOther = way == "memory" && !fits;
        var isRight = (isOther || (weights ??= answer[0]) == answer[0]) && (way == "memory" || peak <= MostResident);
        Console.WriteLine($"{way,-10} weights {answer[0][..12]}  at most {peak / 1e6:N0} MB resident  ready after {answer[2]} s  "
            + $"{answer[3]} images/s  {answer[4]} ms of processor time per "
                + $"image{note}{(isOther ? $", of {some:N0} files" : "")}{(isRight ? "" : "  WRONG")}");
        if (!isRight) code = 1;
    }
    // All with two threads: the first makes the file of the cache, and "again" finds it.
    if (work.TryGetValue("memory", out var least))
        foreach (var (way, own) in work.Where(one => one.Key is "disk" or "again" or "each-time"))
            Console.WriteLine($"feed of {way}: {100 * least / own:0.0} % of the rate from memory");
}
finally
{
    Directory.Delete(place, recursive: true);
}
return code;

string[] Run(string way, string team, string run)
{
    using var process = Start(way, team, run);
    var text = process.StandardOutput.ReadToEnd().Trim();
    process.WaitForExit();
    var answer = text.Split('\n')[^1].Split(' ');
    return process.ExitCode == 0 && answer.Length == 5 ? answer : throw new InvalidOperationException($"{way}: {text}");
}

// Killed when its first checkpoint inside the epoch is there; what goes on from it must come to the same weights.
(string[] Answer, string Note) Killed()
{
    var run = Path.Combine(place, "run");
    using (var process = Start("disk", "2", run))
    {
        while (!process.HasExited && (!Directory.Exists(run) || Directory.GetFiles(run, "checkpoint-*.safetensors").Length == 0))
            Thread.Sleep(20);
        if (process.HasExited) throw new InvalidOperationException("kill: the training ended before its first checkpoint; use more files.");
        process.Kill();
        process.WaitForExit();
    }
    var step = Path.GetFileNameWithoutExtension(Directory.GetFiles(run, "checkpoint-*.safetensors").Order(StringComparer.Ordinal).Last());
    return (Run("disk", "2", run), $", killed after {step}");
}

Process Start(string way, string team, string run) =>
    Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["train", way == "memory" && !fits ? Path.Combine(place, "some") : place,
        way,
        team, run, shown]) { RedirectStandardOutput = true })!;

static void Train(string source, string where, string threads, string run, int shown)
{
    long peak = 0;
    using var timer = new Timer(_ => peak = Math.Max(peak, Environment.WorkingSet), null, 0, 50);
    var watch = Stopwatch.StartNew();
    var data = Datasets.Open(Path.Combine(source, "photos"), new DataOptions
    {
        CacheFolder = Path.Combine(source, "cache"),
        MostResidentBytes = where == "memory" ? long.MaxValue : 0,
        Images = new ClassFolderOptions { Decoding = where == "each-time" ? ImageDecoding.EachTime : ImageDecoding.Ahead },
    });
    var ready = watch.Elapsed.TotalSeconds;
    var network = Network.Build(data.ImageShape, x => x.Conv(16, kernel: 3, stride: 2).Relu().Conv(32, kernel: 3, stride: 2).BatchNorm().Relu().MaxPool(2)
        .Conv(64, kernel: 3, padding: 1).BatchNorm().Relu().GlobalAveragePool().Linear(data.ClassCount));
    var folder = run.Length == 0 ? null : Directory.Exists(run) ? RunFolder.Open(run) : RunFolder.At(run);
    _ = data.Training.Sha256(); // reads all images once, in each way
    data = data.TakeTraining(shown);
    watch.Restart();
    var busy = Environment.CpuUsage.TotalTime;
    var trained = Trainer.Fit(network, data, new TrainingOptions
    {
        Epochs = 1,
        BatchSize = 64,
        Threads = int.Parse(threads, CultureInfo.InvariantCulture),
        Augmentation = Augmentation.Parse("flip"),
        Normalization = new Normalization([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]),
        Folder = folder,
        Resume = folder is not null && folder.Checkpoints.Steps().Count > 0,
        CheckpointInterval = TimeSpan.FromSeconds(2),
    });
    var rate = data.Training.Count / watch.Elapsed.TotalSeconds;
    var work = (Environment.CpuUsage.TotalTime - busy).TotalMilliseconds / data.Training.Count;
    peak = Math.Max(peak, Environment.WorkingSet);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trained.Model.Weights.Sha256()} {peak} {ready:0.0} {rate:0} "
        + $"{work:0.000}"));
}

// A baseline JPEG in colour whose blocks have one value each: only first coefficients, quantised by 8, with codes of the standard table.
static byte[] Jpeg(int seed, int label)
{
    (int Code, int Bits)[] codes = [(0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3), (0b1110, 4), (0b11110, 5), (0b111110, 6)];
    var file = new List<byte> { 0xFF, 0xD8 };
    void Segment(byte marker, params byte[] data) => file.AddRange([0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data]);
    Segment(0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]);
    Segment(0xC0, 8, 0, Side, 0, Side, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0);
    Segment(0xC4, [0, 0, 1, 5, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    Segment(0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    Segment(0xDA, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0);
    var (random, buffer, filled) = (new Random(seed), 0, 0);
    void Put(int code, int bits)
    {
        for (var bit = bits - 1; bit >= 0; bit--)
        {
            buffer = (buffer << 1) | ((code >> bit) & 1);
            if (++filled < 8) continue;
            file.Add((byte)buffer);
            if (buffer == 0xFF) file.Add(0);
            (buffer, filled) = (0, 0);
        }
    }
    var before = new int[3];
    for (var block = 0; block < Side / 8 * (Side / 8); block++)
    {
        for (var component = 0; component < 3; component++)
        {
            var value = random.Next(-60, 60) + ((label >> component) % 2 * 50) - 25;
            var (difference, size) = (value - before[component], 0);
            before[component] = value;
            while (Math.Abs(difference) >> size != 0) size++;
            Put(codes[size].Code, codes[size].Bits);
            if (size > 0) Put(difference > 0 ? difference : difference + (1 << size) - 1, size);
            Put(0, 1); // the end of the block
        }
    }
    while (filled != 0) Put(1, 1);
    return [.. file, 0xFF, 0xD9];
}
