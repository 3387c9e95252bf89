using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class DecodedCacheTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_second_load_comes_from_the_cache_and_is_the_same(bool isFolder)
    {
        var path = isFolder ? ClassFolder.Write(folder, "pets", ClassFolder.Files()) : folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()));
        var first = Load(path);
        var second = LoadKept(path);
        Assert.Equal(first.CacheFile, second.CacheFile);
        Assert.StartsWith(Path.Combine(folder["cache"], "decoded", Path.GetFileName(path) + "-"), second.CacheFile, StringComparison.Ordinal);
        Assert.Equal((first.Name, first.Source, first.Notice, first.ImageShape), (second.Name, second.Source, second.Notice, second.ImageShape));
        Assert.Equal(first.Training.ClassNames, second.Training.ClassNames);
        foreach (var (one, other) in new[] { (first.Training, second.Training), (first.Validation, second.Validation) })
        {
            Assert.Equal(one.Count, other.Count);
            for (var i = 0; i < one.Count; i++)
                Assert.True(one.Label(i) == other.Label(i) && one.Pixels(i).SequenceEqual(other.Pixels(i)) && one.FileOf(i) is not null && one.FileOf(i) == other.FileOf(i));
        }
        Assert.Equal((first.Training.ToString(), first.Validation.ToString()), (second.Training.ToString(), second.Validation.ToString()));
    }

    [Fact]
    public void A_source_that_changed_is_decoded_again()
    {
        var path = folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()));
        var file = Load(path).CacheFile!;
        folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()[..^1].Append(("test/cat/9.png", ClassFolder.Picture(51)))));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(51, Load(path).Validation.Pixels(0)[0]);
        Assert.Equal([file], Directory.GetFiles(folder["cache/decoded"])); // in place of the old one
    }

    [Fact]
    public void Other_options_have_another_file_and_the_split_has_none_of_its_own()
    {
        var path = folder.Write("a.zip", Trees.Zip(ClassFolder.OnePart(10, "a", "b")));
        Load(path);
        LoadKept(path, new() { ValidationFraction = 0.4, SplitSeed = 7 });
        Load(path, new() { Size = new(2, 2) });
        Load(path, new() { Colours = ImageColours.Gray });
        Assert.Equal(3, Directory.GetFiles(folder["cache/decoded"]).Length);
    }

    [Fact]
    public void What_an_older_version_decoded_is_decoded_again()
    {
        var path = folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()));
        var file = Load(path).CacheFile!;
        var old = File.ReadAllBytes(file);
        Assert.Equal(6, old[8]);
        (old[8], old[24]) = (4, 99); // a pixel of the older decoder
        File.WriteAllBytes(file, old);
        var data = Load(path);
        Assert.DoesNotContain((byte)99, data.Training.Pixels(0).ToArray());
        Assert.Equal(6, File.ReadAllBytes(file)[8]);
    }

    [Fact]
    public void A_damaged_file_is_noticed_and_made_again()
    {
        var path = folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()));
        var file = Load(path).CacheFile!;
        var whole = File.ReadAllBytes(file);
        foreach (var (change, what) in new (Func<byte[], byte[]>, string)[]
        {
            (bytes => [.. bytes[..^40], (byte)(bytes[^40] ^ 1), .. bytes[^39..]], "its checksum is wrong"),
            (bytes => bytes[..^1], $"its header announces a file of {whole.Length:N0} bytes, and it has {whole.Length - 1:N0}"),
            (bytes => bytes[..10], "it is cut"),
            (bytes => [.. "JUNKJUNK"u8, .. bytes[8..]], "it does not begin as such a file does"),
            (bytes => [.. bytes[..30], (byte)(bytes[30] ^ 1), .. bytes[31..]], "the checksum of its pixels is wrong"),
            (bytes => [.. bytes[..^300], (byte)'[', .. bytes[^299..]], "its header is not as this program writes it"),
            (bytes => [.. bytes[..22], 1, .. bytes[23..]], $"it cannot have {(1L << 48) + (7 * 36):N0} bytes of pixels in {whole.Length:N0}"),
            (bytes => [.. bytes[..12], 255, 255, 255, 127, .. bytes[16..]], "its header cannot have 2,147,483,647 bytes"),
        })
        {
            File.WriteAllBytes(file, change(whole));
            var data = Load(path);
            Assert.Equal($"The cache file {file} was damaged ({what}), so the images were decoded again.", data.Notice);
            Assert.Equal(50, data.Validation.Pixels(0)[0]);
            Assert.Equal(whole, File.ReadAllBytes(file));
            Assert.Null(LoadKept(path).Notice);
        }
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_told_and_the_data_are_there()
    {
        var path = folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()));
        folder.Write("cache", [1]); // a file where the folder should be
        var data = Load(path);
        Assert.Equal((5, null), (data.Training.Count, data.CacheFile));
        Assert.StartsWith("The decoded images could not be kept for the next time: ", data.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_keeping_nothing_is_written()
    {
        var path = folder.Write("pets.zip", Trees.Zip(ClassFolder.Files()));
        Assert.Null(Datasets.Open(path, new() { CacheFolder = folder["cache"], KeepDecoded = false }).CacheFile);
        Assert.False(Directory.Exists(folder["cache"]));
    }

    private SplitData Load(string path, ClassFolderOptions? images = null) => Datasets.Open(path, new() { CacheFolder = folder["cache"], Images = images ?? new() });

    /// <summary>Decoding would report its progress.</summary>
    private SplitData LoadKept(string path, ClassFolderOptions? images = null) =>
        Datasets.Open(path, new() { CacheFolder = folder["cache"], Images = images ?? new(), Decoding = new Forbidden() });

    private sealed class Forbidden : IProgress<DecodeProgress>
    {
        public void Report(DecodeProgress value) => Assert.Fail("The images are decoded again.");
    }
}
