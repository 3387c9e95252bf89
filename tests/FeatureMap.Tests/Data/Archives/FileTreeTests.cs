using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class FileTreeTests
{
    private static readonly (string Path, byte[] Content)[] Files =
        [("b/2.png", Idx.Noise(700, 1)), ("b/1.png", Idx.Noise(512, 2)), ("a/deep/er/3.txt", []), ("c.png", Idx.Noise(20_000, 3))];

    public static TheoryData<TarEntryFormat, bool> Tars =>
        new MatrixTheoryData<TarEntryFormat, bool>([TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Pax, TarEntryFormat.Gnu], [false, true]);

    [Theory]
    [MemberData(nameof(Tars))]
    public void A_tar_of_every_format_is_read_as_dotnet_writes_it(TarEntryFormat format, bool zipped)
    {
        using var tree = Trees.Open(Trees.Tar([("empty/", []), .. Files], format, zipped));
        Assert.Equal(Files.Select(file => new TreeFile(file.Path, file.Content.Length)), tree.Files);
        Assert.Equal(["a", "a/deep", "a/deep/er", "b", "empty"], tree.Folders.Order());
        Assert.Equal(Files, Trees.ReadAll(tree), SameFile);
        // Some of them only, in the order of the archive whatever the order asked for.
        Assert.Equal([0, 3], tree.Read([3, 0], 1_000_000).Select(item => item.File));
        Assert.Equal("f: c.png: the file has 20,000 bytes: at most 10,000 are read. Make it smaller first.", tree.Read([3], 10_000).Single().Error!.Message);
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Ustar)]
    public void Long_names_and_names_in_other_scripts_are_read(TarEntryFormat format)
    {
        var path = string.Join('/', Enumerable.Repeat("0123456789", format == TarEntryFormat.Ustar ? 13 : 40)) + "/x.png";
        using var tree = Trees.Open(Trees.Tar([(path, [1]), ("猫/ä.png", [2])], format));
        Assert.Equal([path, "猫/ä.png"], tree.Files.Select(file => file.Path));
        Assert.Equal([[1], [2]], Trees.ReadAll(tree).Select(file => file.Content));
    }

    [Fact]
    public void A_tar_with_a_binary_size_and_a_pax_size_is_read()
    {
        var tar = Trees.Tar([("a/1.png", Idx.Noise(600, 1)), ("a/2.png", [7])]);
        tar.AsSpan(124, 12).Clear();
        (tar[124], tar[134], tar[135]) = (0x80, 2, 0x58); // 600 = 0x258
        using var tree = Trees.Open(Trees.RepairTar(tar));
        Assert.Equal([600L, 1L], tree.Files.Select(file => file.Length));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void A_zip_is_read_in_the_order_asked_for(CompressionLevel level)
    {
        using var tree = Trees.Open(Trees.Zip(Files, level));
        Assert.Equal(Files, Trees.ReadAll(tree), SameFile);
        Assert.Equal([3, 0], tree.Read([3, 0], 1_000_000).Select(item => item.File));
    }

    [Fact]
    public void A_folder_is_read_in_the_order_of_names_and_links_that_lead_up_are_not_followed()
    {
        using var folder = new TemporaryFolder();
        foreach (var (path, content) in Files)
            folder.Write(path, content);
        Directory.CreateDirectory(folder["empty"]);
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateSymbolicLink(folder["b/up"], folder.Location);
            File.CreateSymbolicLink(folder["link.png"], folder["c.png"]);
        }
        using var tree = FileTree.Open(folder.Location);
        var expected = new[] { "a/deep/er/3.txt", "b/1.png", "b/2.png", "c.png" };
        Assert.Equal(OperatingSystem.IsWindows() ? expected : [.. expected, "link.png"], tree.Files.Select(file => file.Path));
        Assert.Contains("empty", tree.Folders);
        Assert.Equal(20_000, tree.Files[^1].Length);
        Assert.Equal(20_000, Trees.ReadAll(tree)[^1].Content.Length);
    }

    [Fact]
    public void The_identity_changes_with_the_content()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", [1, 2, 3]);
        string Identity()
        {
            using var tree = FileTree.Open(folder.Location);
            return tree.Identity;
        }
        var first = Identity();
        Assert.Equal(first, Identity());
        File.SetLastWriteTimeUtc(folder["a/1.png"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.NotEqual(first, Identity());
    }

    [Theory]
    [InlineData("../x.png", "f: the entry '../x.png' leads out of the archive by '..'. ")]
    [InlineData("a/../../x.png", "f: the entry 'a/../../x.png' leads out of the archive by '..'. ")]
    [InlineData("a\\..\\x.png", "f: the entry 'a\\..\\x.png' leads out of the archive by '..'. ")]
    [InlineData("/etc/x.png", "f: the entry '/etc/x.png' has an absolute path. ")]
    [InlineData("\\\\server\\x.png", "f: the entry '\\\\server\\x.png' has an absolute path. ")]
    [InlineData("C:/x.png", "f: the entry 'C:/x.png' has an absolute path. ")]
    [InlineData("a/\u001b[31m.png", "f: the entry 'a/\u001b[31m.png' has control characters in its name. ")]
    public void Names_of_no_honest_archive_are_refused(string path, string message)
    {
        message += "Such archives are refused; if you made it, pack the plain files again.";
        Assert.Equal(message, Assert.Throws<DataException>(() => Trees.Open(Trees.Zip([("ok/1.png", [1]), (path, [1])]))).Message);
        Assert.Equal(message, Assert.Throws<DataException>(() => Trees.Open(Trees.Tar([("ok/1.png", [1]), (path, [1])], TarEntryFormat.Gnu))).Message);
    }

    [Fact]
    public void Dots_hidden_files_and_what_other_systems_leave_behind_are_passed_over()
    {
        (string, byte[])[] files = [("./a//1.png", [1]), (".DS_Store", [1]), ("a/.hidden/2.png", [1]), ("__MACOSX/a/1.png", [1]), ("b\\3.png", [1])];
        using var zip = Trees.Open(Trees.Zip(files));
        Assert.Equal(["a/1.png", "b/3.png"], zip.Files.Select(file => file.Path));
        Assert.Equal(["a", "b"], zip.Folders.Order());
    }

    [Fact]
    public void A_file_that_is_there_twice_is_refused()
    {
        Assert.Equal("f: the file a/1.png is in the archive twice. Which one is meant? Pack it again.",
            Assert.Throws<DataException>(() => Trees.Open(Trees.Zip([("a/1.png", [1]), ("a/1.png", [2])]))).Message);
        Assert.Throws<DataException>(() => Trees.Open(Trees.Tar([("a/1.png", [1]), ("./a/1.png", [2])])));
    }

    [Fact]
    public void Links_and_devices_are_refused()
    {
        byte[] Tar(TarEntryType type)
        {
            using var stream = new MemoryStream();
            using (var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
            {
                var entry = Trees.Entry(TarEntryFormat.Ustar, type, "a/1.png");
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "/etc/passwd";
                writer.WriteEntry(entry);
            }
            return stream.ToArray();
        }
        foreach (var (type, what) in new[] { (TarEntryType.SymbolicLink, "symbolic link"), (TarEntryType.HardLink, "hard link"), (TarEntryType.Fifo, "device or a pipe") })
        {
            Assert.Equal($"f: the entry 'a/1.png' is a {what}. Such archives are refused; if you made it, pack the plain files again.",
                Assert.Throws<DataException>(() => Trees.Open(Tar(type))).Message);
        }
        using var zipped = new MemoryStream();
        using (var zip = new ZipArchive(zipped, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("a/1.png").ExternalAttributes = unchecked((int)0xA1FF0000);
        Assert.Contains("'a/1.png' is a symbolic link.", Assert.Throws<DataException>(() => Trees.Open(zipped.ToArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_tars_are_found_out_wherever_they_are_cut()
    {
        var tar = Trees.Tar(Files);
        for (var length = 0; length < tar.Length - 1024; length += 256)
            Assert.Throws<DataException>(() => Trees.Open(tar[..length]));
        Assert.Equal("f: the tar archive is damaged or cut: it ends without its end mark. Copy or download it again.",
            Assert.Throws<DataException>(() => Trees.Open(tar[..^1024])).Message);
        var zipped = Idx.Zip(tar);
        for (var length = 2; length < zipped.Length; length += 97)
            Assert.Throws<DataException>(() => Trees.Open(zipped[..length]));
        var flipped = (byte[])tar.Clone();
        flipped[3] ^= 1;
        Assert.Equal("f: the tar archive is damaged or cut: the header at byte 0 has a wrong checksum. Copy or download it again.", Assert.Throws<DataException>(() => Trees.Open(flipped)).Message);
    }

    [Fact]
    public void Sizes_that_cannot_be_are_refused_before_memory_is_asked_for()
    {
        var tar = Trees.Tar([("a/1.png", Idx.Noise(600, 1))]);
        Encoding.ASCII.GetBytes("77777777777\0").CopyTo(tar.AsSpan(124));
        Trees.RepairTar(tar);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal($"f: the tar archive is damaged or cut: the header at byte 0 announces 8,589,934,591 bytes, and the archive can have {tar.Length - 512:N0} more. Copy or download it again.",
            Assert.Throws<DataException>(() => Trees.Open(tar)).Message);
        Assert.Throws<DataException>(() => Trees.Open(Idx.Zip(tar)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_zip_that_announces_more_than_deflate_can_give_is_refused()
    {
        var zip = Trees.Zip([("a/1.png", new byte[3000])]);
        var directory = zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BitConverter.TryWriteBytes(zip.AsSpan(directory + 24), 90_000_000);
        using var tree = Trees.Open(zip);
        var error = tree.Read([0], 100_000_000).Single().Error!;
        Assert.StartsWith("f: a/1.png: the file in the zip archive is damaged: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot unpack to 90,000,000, which the directory announces", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_of_overlapping_files_is_refused()
    {
        // Many directory entries for one stored file, as the bombs of D. Fifield have.
        var zip = Trees.Zip([.. Enumerable.Range(0, 20).Select(i => ($"a/{i:00}.png", Idx.Noise(2000, (uint)i)))], CompressionLevel.NoCompression);
        for (var at = zip.AsSpan().IndexOf("PK\u0001\u0002"u8); ; at += zip.AsSpan(at + 4).IndexOf("PK\u0001\u0002"u8) + 4)
        {
            BitConverter.TryWriteBytes(zip.AsSpan(at + 20), 30_000);
            if (zip.AsSpan(at + 4).IndexOf("PK\u0001\u0002"u8) < 0) break;
        }
        Assert.Contains("the files of the zip archive overlap: up to 'a/01.png' they take 60,000 packed bytes", Assert.Throws<DataException>(() => Trees.Open(zip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_bit_in_a_zip_is_found_by_the_checksum()
    {
        var zip = Trees.Zip([("a/1.png", Idx.Noise(500, 1)), ("a/2.png", Idx.Noise(500, 2))], CompressionLevel.NoCompression);
        zip[100] ^= 1;
        using var tree = Trees.Open(zip);
        var contents = tree.Read([0, 1], 1000).ToArray();
        Assert.Equal("f: a/1.png: the file in the zip archive is damaged: its checksum is wrong. Pack or download it again.", contents[0].Error!.Message);
        Assert.Equal(Idx.Noise(500, 2), contents[1].Content);
    }

    [Fact]
    public void What_is_no_archive_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"{folder["none"]}: there is no such file or folder.", Assert.Throws<DataException>(() => FileTree.Open(folder["none"])).Message);
        var text = folder.Write("a.rar", [.. "Rar!\u001A\u0007"u8]);
        Assert.Equal($"{text}: this is not an archive that can be read: expected zip, tar or tar.gz, and the file starts with the bytes 526172211A07. "
            + "Unpack it and give the folder, or pack the folder as zip.", Assert.Throws<DataException>(() => FileTree.Open(text)).Message);
        var gzip = folder.Write("a.gz", Idx.Zip(Idx.Images(3)));
        Assert.Throws<DataException>(() => FileTree.Open(gzip));
        var empty = folder.Write("empty.zip", []);
        Assert.Equal($"{empty}: the file is empty. Expected a zip, tar or tar.gz of images in "
            + "class folders.", Assert.Throws<DataException>(() => FileTree.Open(empty)).Message);
    }

    private static bool SameFile((string Path, byte[] Content) first, (string Path, byte[] Content) second) => first.Path == second.Path && first.Content.SequenceEqual(second.Content);
}
