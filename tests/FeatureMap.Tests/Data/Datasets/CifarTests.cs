using System.Security.Cryptography;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class CifarTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cifar_10_is_read_from_its_archive_and_from_its_folder(bool unpacked)
    {
        var path = Write("cifar10", unpacked);
        var data = Datasets.Open(path);
        Assert.Equal(("cifar10", 10, 2), (data.Name, data.Training.Count, data.Validation.Count));
        Assert.Equal(new Shape(3, 32, 32), data.ImageShape);
        Assert.Equal([1, 2, 2, 3, 3, 4, 4, 5, 5, 6], Enumerable.Range(0, 10).Select(data.Training.Label));
        Assert.Equal(Cifar.Pixels(3, 1), data.Training.Pixels(5).ToArray()); // file 3, record 1
        Assert.Equal(Cifar.Pixels(6, 0), data.Validation.Pixels(0).ToArray());
        Assert.Equal(["zero", "one"], data.Training.ClassNames.Take(2)); // of the file beside the images
        Assert.EndsWith("10 + 2 images of 3x32x32 in place of 50,000 + 10,000 of 3x32x32. Results are not comparable with published ones.", data.Notice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cifar100", 100, 1, "fine")]
    [InlineData("cifar100-coarse", 20, 0, "coarse")]
    public void Cifar_100_has_two_labels(string name, int classes, int at, string kind)
    {
        folder.Write("cifar-100-binary.tar.gz", Trees.Tar(Cifar.Files(name, records: 30), zipped: true));
        var data = Datasets.Get(name, new() { Folders = [folder.Location], AllowDownload = false });
        Assert.Equal((name, classes, 30), (data.Name, data.ClassCount, data.Training.Count));
        var bytes = Cifar.Records(30, 1, [20, 100]);
        Assert.Equal(Enumerable.Range(0, 30).Select(r => (int)bytes[(r * 3074) + at]), Enumerable.Range(0, 30).Select(data.Training.Label));
        Assert.Equal(Cifar.Pixels(1, 29), data.Training.Pixels(29).ToArray());
        Assert.Equal($"{kind}{classes - 1}", data.Training.ClassNames[^1]);
    }

    [Fact]
    public void The_built_in_names_serve_where_the_list_is_not_there()
    {
        using var tree = new Trees.InMemory(Cifar.Files("cifar10").Where(file => !file.Path.EndsWith(".txt", StringComparison.Ordinal)));
        Assert.Equal(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"], Cifar.Load(tree, "cifar10").Training.ClassNames);
        var (fine, coarse) = (Datasets.Info("cifar100").ClassNames, Datasets.Info("cifar100-coarse").ClassNames);
        Assert.Equal((100, 20), (fine.Distinct().Count(), coarse.Distinct().Count()));
        Assert.Equal(fine.Order(StringComparer.Ordinal), fine);
        Assert.Equal(("apple", "worm", "aquatic_mammals", "vehicles_2"), (fine[0], fine[99], coarse[0], coarse[19]));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("cifar10", true)]
    [InlineData("", false)]
    [InlineData("cifar10", false)]
    public void A_search_finds_the_archive_and_the_unpacked_folder(string subfolder, bool packed)
    {
        if (packed) folder.Write(Path.Combine(subfolder, "cifar-10-binary.tar.gz"), Trees.Tar(Cifar.Files("cifar10"), zipped: true));
        else ClassFolder.Write(folder, subfolder, Cifar.Files("cifar10"));
        var data = Datasets.Cifar10(new() { Folders = [folder.Location], AllowDownload = false });
        Assert.Equal(folder[Path.Combine(subfolder, packed ? "" : "cifar-10-batches-bin")].TrimEnd('/'), data.Source.TrimEnd('/'));
        Assert.True(Datasets.IsIn("cifar10", folder.Location));
        Assert.False(Datasets.IsIn("cifar100", folder.Location));
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        var path = Write("cifar10", unpacked: true);
        File.Delete(Path.Combine(path, "data_batch_3.bin"));
        var message = $"{path} has only 5 of the 6 files of CIFAR-10; missing: data_batch_3.bin.";
        Assert.Equal(message, Assert.Throws<DataException>(() => Datasets.Open(path)).Message);
        Assert.Equal(message + " Add what is missing, or do not name this folder.",
            Assert.Throws<DataException>(() => Datasets.Cifar10(new() { Folders = [folder.Location], AllowDownload = false })).Message);
        Assert.Equal($"CIFAR-100 is not in {folder.Location} (no files of CIFAR-100). Give the folder that has its file "
            + "(cifar-100-binary.tar.gz).",
            Assert.Throws<DataException>(() => Datasets.Cifar100(new() { Folders = [folder.Location], AllowDownload = false })).Message);
    }

    [Fact]
    public void Damaged_files_are_told_with_the_arithmetic()
    {
        Says("cifar10", "data_batch_2.bin", content => content[..^1], "a file of CIFAR-10 has records of 1 + 3 x 32 x 32 = 3,073 bytes, at most 87,352 of them: received 6,145 bytes, which is 1 records and "
            + "3,072 bytes. It is cut or of another set; copy or download it again.");
        Says("cifar100", "test.bin", _ => [], "a file of CIFAR-100 has records of 2 + 3 x 32 x 32 = 3,074 bytes, at most 87,324 of them: received 0 bytes, which is 0 records and 0 bytes. It is cut or of another "
            + "set; copy or download it again.");
        Says("cifar10", "data_batch_2.bin", content => [.. content[..3073], 10, .. content[3074..]],
            "label 10 of image 1 is out of range: with 10 classes the labels are 0 to 9. The file is damaged or belongs to another set.");
        Says("cifar100", "train.bin", content => [content[0], 100, .. content[2..]],
            "label 100 of image 0 is out of range: with 100 classes the labels are 0 to 99. The file is damaged or belongs to another set.");
        Says("cifar10", "batches.meta.txt", _ => [.. "a\nb\n"u8], "CIFAR-10 has 10 classes, and the list has 2 names, one per line. Copy or download it again.");
    }

    [Fact]
    public void A_file_of_the_official_size_must_have_the_official_content()
    {
        var path = Write("cifar10", unpacked: true);
        File.WriteAllBytes(Path.Combine(path, "data_batch_1.bin"), new byte[10_000 * 3073]);
        var sum = Convert.ToHexStringLower(SHA256.HashData(new byte[10_000 * 3073]));
        Assert.Equal($"{Path.Combine(path, "data_batch_1.bin")}: this is not the file of the official CIFAR-10: its content has the SHA-256 {sum}, expected "
            + "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5. Copy or download it again; if it is another set on purpose, turn VerifyContent off.",
            Assert.Throws<DataException>(() => Datasets.Open(path)).Message);
        Assert.Equal(10_008, Datasets.Open(path, new() { VerifyContent = false }).Training.Count);
    }

    [Fact]
    public void The_archive_is_downloaded_as_it_is_and_checked()
    {
        var archive = Trees.Tar(Cifar.Files("cifar10"), zipped: true);
        using var server = new MirrorServer((name, start, _) => name == "cifar-10-binary.tar.gz" ? MirrorServer.Honest(archive, start) : new(404, []));
        var info = Datasets.Info("cifar10") with
        {
            Files = [new("cifar-10-binary.tar.gz", archive.Length, archive.Length, Convert.ToHexStringLower(SHA256.HashData(archive))) { IsArchive = true }],
            Mirrors = [server.Address],
        };
        Assert.Null(DatasetDownload.Fetch(info, folder["cifar10"], new()));
        Assert.Equal(["cifar-10-binary.tar.gz"], TemporaryFolder.FilesIn(folder["cifar10"]));
        var other = info with { Files = [info.Files[0] with { Sha256 = new string('0', 64) }] };
        Assert.EndsWith("sent a cifar-10-binary.tar.gz with other content than expected", DatasetDownload.Fetch(other, folder["again"], new()), StringComparison.Ordinal);
        Assert.Empty(TemporaryFolder.FilesIn(folder["again"]));
    }

    private string Write(string name, bool unpacked) => unpacked
        ? Path.Combine(ClassFolder.Write(folder, "", Cifar.Files(name)), "cifar-10-batches-bin")
        : folder.Write("data.tar.gz", Trees.Tar(Cifar.Files(name), zipped: true));

    private static void Says(string name, string damaged, Func<byte[], byte[]> damage, string message)
    {
        var files = Cifar.Files(name).Select(file => (file.Path, file.Path.EndsWith(damaged, StringComparison.Ordinal) ? damage(file.Content) : file.Content)).ToArray();
        using var tree = new Trees.InMemory(files);
        Assert.Equal($"f: {files.Single(file => file.Path.EndsWith(damaged, StringComparison.Ordinal)).Path}: {message}", Assert.Throws<DataException>(() => Cifar.Load(tree, name)).Message);
    }
}
