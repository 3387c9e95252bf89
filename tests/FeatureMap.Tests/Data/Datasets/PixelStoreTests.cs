using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Sets that are in memory, in a file of the cache, or decoded each time they are used are the same data and train the same weights.</summary>
public sealed class PixelStoreTests : IDisposable
{
    private static readonly ClassFolderOptions Skip = new() { Unreadable = UnreadableImages.Skip };
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("folder")]
    [InlineData("zip")]
    [InlineData("tar")]
    public void All_places_hold_the_same_images(string kind)
    {
        var path = Write(kind, [.. Photos(), ("cat/broken.jpg", [1, 2, 3]), ("dog/aaa.png", [])]);
        var resident = Load(path, Skip);
        Assert.Equal(38, resident.Training.Count + resident.Validation.Count);
        var onDisk = Load(path, Skip, mostResident: 0, cache: "second");
        Assert.Contains("read from " + onDisk.CacheFile + " as they are used.", onDisk.Notice, StringComparison.Ordinal);
        var again = Load(path, Skip, mostResident: 0, cache: "second", progress: new Forbidden());
        Assert.Contains("2 of 40 images could not be read and are left out", again.Notice, StringComparison.Ordinal);
        // What was written for memory is read from the file, and the other way round.
        SplitData[] all = [onDisk, again, Load(path, Skip, mostResident: 0, progress: new Forbidden()), Load(path, Skip, cache: "second", progress: new Forbidden())];
        if (kind != "tar") all = [.. all, Load(path, Skip with { Decoding = ImageDecoding.EachTime }), Load(path, Skip, mostResident: 0, mostDisk: 0, cache: "third")];
        foreach (var data in all)
        {
            Assert.Equal((resident.Training.Sha256(), resident.Validation.Sha256()), (data.Training.Sha256(), data.Validation.Sha256()));
            Assert.Equal(Enumerable.Range(0, resident.Training.Count).Select(resident.Training.FileOf), Enumerable.Range(0, data.Training.Count).Select(data.Training.FileOf));
        }
        Assert.False(Directory.Exists(folder["third"])); // decoded each time: nothing is kept
        Assert.Equal(Directory.GetFiles(folder["second/decoded"]).Single(), onDisk.CacheFile);
        if (kind == "tar")
            Assert.StartsWith($"{path}: a tar has no index", Assert.Throws<DataException>(() => Load(path, Skip with { Decoding = ImageDecoding.EachTime })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trained_weights_are_the_same_for_all_places_and_threads_and_after_a_stop()
    {
        var path = Write("folder", Photos());
        var expected = Train(Load(path, new()), threads: 1).Weights.Sha256();
        foreach (var threads in (int[])[1, 2, 4])
        {
            Assert.Equal(expected, Train(Load(path, new(), mostResident: 0, cache: "disk"), threads).Weights.Sha256());
            Assert.Equal(expected, Train(Load(path, new() { Decoding = ImageDecoding.EachTime }), threads).Weights.Sha256());
        }
        var run = RunFolder.Create(folder["runs"], "stopped");
        var stop = new CancellationTokenSource();
        var options = Options(2) with { Folder = run, CheckpointInterval = TimeSpan.Zero, Cancellation = stop.Token, Schedule = new TrainerTests.StopAt(Options(2).Schedule, 0, stop) };
        Assert.False(Trainer.Fit(Net(), Load(path, new() { Decoding = ImageDecoding.EachTime }), options).IsComplete);
        var resumed = Trainer.Fit(Net(), Load(path, new(), mostResident: 0, cache: "disk"), Options(1) with { Folder = run, Resume = true });
        Assert.Equal(expected, resumed.Model.Weights.Sha256());
    }

    [Fact]
    public void A_file_that_breaks_or_goes_stops_the_run_with_its_name()
    {
        var path = Write("folder", Photos());
        var data = Load(path, new() { Decoding = ImageDecoding.EachTime });
        var file = Path.Combine(path, data.Training.FileOf(5)!);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..50]);
        Assert.StartsWith($"{file}: the image is damaged or cut", Assert.Throws<DataException>(() => Train(data, 2)).Message, StringComparison.Ordinal);
        File.Delete(file);
        Assert.StartsWith($"{file}: the file cannot be read", Assert.Throws<DataException>(() => Train(data, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_block_is_noticed_when_it_is_touched_and_the_others_serve()
    {
        // 3 x 640 x 480 in 5 images are 4.6 MB: five blocks.
        var path = Write("folder", Enumerable.Range(0, 8).Select(i => ($"{(i % 2 == 0 ? "a" : "b")}/{i}.png", ClassFolder.Picture((byte)i, 640, 480))));
        var file = Load(path, new(), mostResident: 0).CacheFile ?? Load(path, new(), mostResident: 0).CacheFile!;
        var bytes = File.ReadAllBytes(file);
        bytes[24 + (2 << 20) + 1000] ^= 1;
        File.WriteAllBytes(file, bytes);
        var data = Load(path, new(), mostResident: 0, progress: new Forbidden());
        var whole = Load(path, new(), cache: "whole");
        var damaged = 0;
        for (var i = 0; i < data.Training.Count; i++)
        {
            try
            {
                Assert.Equal(whole.Training.Pixels(i), data.Training.Pixels(i));
            }
            catch (DataException error)
            {
                damaged++;
                Assert.Equal($"{file}: the decoded images in this file of the cache are damaged (block 2 of 8 has another checksum). Remove the file; the images are decoded again then.", error.Message);
            }
        }
        Assert.InRange(damaged, 1, 3);
    }

    [Fact]
    public void Reading_from_the_file_allocates_nothing()
    {
        var data = Load(Write("folder", Photos()), new(), mostResident: 0);
        for (var i = 0; i < 8; i++)
            _ = data.Training.Pixels(i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0;
        for (var i = 0; i < 1000; i++)
            sum += data.Training.Pixels(i % data.Training.Count)[0];
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.NotEqual(0, sum);
    }

    private static Network Net() => Network.Build(new Shape(3, 24, 24), x => x.Conv(8, kernel: 3, stride: 2).Relu().GlobalAveragePool().Linear(2));

    private static TrainingOptions Options(int threads) => new() { Epochs = 2, BatchSize = 16, Threads = threads, Augmentation = Augmentation.Parse("flip, crop 2") };

    private static Model Train(SplitData data, int threads) => Trainer.Fit(Net(), data, Options(threads)).Model;

    // Photographs of several sizes, which become 24 x 24.
    private static IEnumerable<(string Path, byte[] Content)> Photos() => Enumerable.Range(0, 38).Select(i =>
    {
        var (height, width) = i % 3 == 0 ? (24, 40) : (36, 24 + (i % 4));
        return ($"{(i % 2 == 0 ? "cat" : "dog")}/{i:00}.png", PngWriter.Write(Idx.Noise(3 * height * width, (uint)i), new(3, height, width)));
    });

    private string Write(string kind, IEnumerable<(string Path, byte[] Content)> files) => kind switch
    {
        "folder" => ClassFolder.Write(folder, "photos", files),
        "zip" => folder.Write("photos.zip", Trees.Zip(files)),
        _ => folder.Write("photos.tar", Trees.Tar(files)),
    };

    private SplitData Load(string path, ClassFolderOptions images, long mostResident = long.MaxValue, long mostDisk = long.MaxValue, string cache = "cache", IProgress<DecodeProgress>? progress = null) =>
        Datasets.Open(path, new() { CacheFolder = folder[cache], Images = images, MostResidentBytes = mostResident, MostDiskBytes = mostDisk, Decoding = progress });

    private sealed class Forbidden : IProgress<DecodeProgress>
    {
        public void Report(DecodeProgress value) => Assert.Fail("The images are decoded again.");
    }
}
