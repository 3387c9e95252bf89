using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using FeatureMap.Data;
using Xunit;
using static FeatureMap.Tests.Data.RawZip;

namespace FeatureMap.Tests.Data;

public sealed class EntryNameTests
{
    [Fact]
    public void Names_of_code_page_437_are_read_and_never_merged()
    {
        // As Windows Explorer writes them: no flag, no extra field.
        using var tree = Trees.Open(Write([Entry.Of("B\x84r/0.png", [1]), Entry.Of("B\x94r/0.png", [2]), Entry.Of("Hund/0.png", [3])]));
        Assert.Equal(["B\u00E4r/0.png", "B\u00F6r/0.png", "Hund/0.png"], tree.Files.Select(file => file.Path));
        Assert.Equal([[1], [2], [3]], Trees.ReadAll(tree).Select(file => file.Content));
        Assert.Equal(["The names of 2 entries of the zip archive are not UTF-8; they were read as code page 437, such as 'B\u00E4r/0.png'."], tree.Notes);
    }

    [Fact]
    public void All_bytes_above_ascii_stay_apart()
    {
        var entries = Enumerable.Range(0x80, 0x80).Select(value => new Entry([(byte)value, (byte)'.', (byte)'x'], [(byte)value])).ToArray();
        using var tree = Trees.Open(Write(entries));
        Assert.Equal(128, tree.Files.Select(file => file.Path).Distinct().Count());
        Assert.Equal("\u00C7.x\u2592.x\u00DF.x", tree.Files[0].Path + tree.Files[0x31].Path + tree.Files[0x61].Path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Utf8_is_read_with_and_without_its_flag(bool hasFlag)
    {
        using var tree = Trees.Open(Write([new(Encoding.UTF8.GetBytes("cafe\u0301/\u732B.png"), [1]) { HasUtf8Flag = hasFlag }]));
        Assert.Equal(["caf\u00E9/\u732B.png"], tree.Files.Select(file => file.Path));
        Assert.Empty(tree.Notes);
    }

    [Fact]
    public void One_name_that_is_no_utf8_decides_for_all_without_the_flag()
    {
        // C3 A4 is an a with two dots in UTF-8 and two signs in code page 437; 84 is that letter in code page 437.
        using var tree = Trees.Open(Write([Entry.Of("\xC3\xA4/1.png", [1]), Entry.Of("\x84/1.png", [2]), new(Encoding.UTF8.GetBytes("\u00E4/2.png"), [3]) { HasUtf8Flag = true }]));
        Assert.Equal(["\u251C\u00F1/1.png", "\u00E4/1.png", "\u00E4/2.png"], tree.Files.Select(file => file.Path));
    }

    [Fact]
    public void The_unicode_path_of_info_zip_is_taken_where_it_belongs_to_the_name()
    {
        var path = Encoding.UTF8.GetBytes("\u732B/1.png");
        using var tree = Trees.Open(Write([Entry.Of("?/1.png", [1]) with { UnicodePath = path }, Entry.Of("\x84/2.png", [2]) with { UnicodePath = path, UnicodePathOf = [1] }]));
        Assert.Equal(["\u732B/1.png", "\u00E4/2.png"], tree.Files.Select(file => file.Path));
    }

    [Fact]
    public void The_directory_of_zip64_is_found()
    {
        using var tree = Trees.Open(Write([Entry.Of("B\x84r/0.png", [1]), Entry.Of("B\x94r/0.png", [2])], isLong: true));
        Assert.Equal(["B\u00E4r/0.png", "B\u00F6r/0.png"], tree.Files.Select(file => file.Path));
    }

    [Fact]
    public void Names_that_cannot_be_decoded_are_refused_by_name()
    {
        Says("f: the entry 'B\u00E4r.png' says that its name is UTF-8, and the bytes 42E4722E706E67 are not. Such archives are refused; if you made it, pack the plain files again.",
            Entry.Of("B\xE4r.png", [1]) with { HasUtf8Flag = true });
        Says("f: the entry '\u00FF' says that its name is UTF-8, and the bytes FF are not. Such archives are refused; if you made it, pack the plain files again.",
            Entry.Of("a.png", [1]) with { UnicodePath = [0xFF] });
        // The second byte of this letter of Shift-JIS is a backslash, which would be taken for a folder.
        Says("f: the entry 'a/\u00F2\\.png' has a name in an unknown code page: it is not UTF-8, and has both '/' and '\\' in it. Such archives are refused; if you made it, pack the plain files again.",
            Entry.Of("a/\x95\x5C.png", [1]));
        Says("f: the entry 'a\u009B31m.png' has control characters in its name. Such archives are refused; if you made it, pack the plain files again.",
            new Entry(Encoding.UTF8.GetBytes("a\u009B31m.png"), [1]));
        Says("f: the file caf\u00E9.png is there twice, with its accents written as one character and as two (Unicode normal forms C and D). Which one is meant? Take one away.",
            new Entry(Encoding.UTF8.GetBytes("cafe\u0301.png"), [1]), new Entry(Encoding.UTF8.GetBytes("caf\u00E9.png"), [2]));
        Says("f: the file caf\u00E9.png is in the archive twice. Which one is meant? Pack it again.",
            new Entry(Encoding.UTF8.GetBytes("cafe\u0301.png"), [1]), new Entry(Encoding.UTF8.GetBytes("cafe\u0301.png"), [2]));

        static void Says(string message, params Entry[] entries) => Assert.Equal(message, Assert.Throws<DataException>(() => Trees.Open(Write(entries))).Message);
    }

    [Fact]
    public void A_folder_in_two_spellings_is_one_and_that_is_said_once()
    {
        using var tree = Trees.Open(Trees.Zip([("cafe\u0301/x/1.png", [1]), ("caf\u00E9/x/2.png", [2]), ("cafe\u0301/x/3.png", [3]), ("caf\u00E9/4.png", [4])]));
        Assert.Equal(["caf\u00E9/x/1.png", "caf\u00E9/x/2.png", "caf\u00E9/x/3.png", "caf\u00E9/4.png"], tree.Files.Select(file => file.Path));
        Assert.Equal(["caf\u00E9", "caf\u00E9/x"], tree.Folders.Order(StringComparer.Ordinal));
        Assert.Equal(["The folder caf\u00E9 is there twice, with its accents written as one character and as two (Unicode normal forms C and D); both are read as one."], tree.Notes);
    }

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Latin_1_in_a_tar_is_read_and_never_merged(TarEntryFormat format)
    {
        var tar = Trees.Tar([("B1r/0.png", [1]), ("B2r/0.png", [2]), ("B3r/0.png", [3])], format);
        foreach (var (old, value) in new[] { ("B1r"u8.ToArray(), (byte)0xE4), ("B2r"u8.ToArray(), (byte)0xF6) })
            tar[tar.AsSpan().IndexOf(old) + 1] = value;
        using var tree = Trees.Open(format == TarEntryFormat.V7 ? RepairV7(tar) : Trees.RepairTar(tar));
        Assert.Equal(["B\u00E4r/0.png", "B\u00F6r/0.png", "B3r/0.png"], tree.Files.Select(file => file.Path));
        Assert.Equal(["The names of 2 entries of the tar archive are not UTF-8; they were read as Latin-1, such as 'B\u00E4r/0.png'."], tree.Notes);
    }

    [Fact]
    public void Long_names_of_latin_1_and_of_pax_are_read()
    {
        var name = new string('a', 120) + "/B1r.png";
        foreach (var format in new[] { TarEntryFormat.Gnu, TarEntryFormat.Pax })
        {
            var tar = Trees.Tar([(name, [1])], format);
            for (var at = tar.AsSpan().IndexOf("B1r.png"u8); at >= 0; at = tar.AsSpan().IndexOf("B1r.png"u8))
                tar[at + 1] = 0xE4;
            using var tree = Trees.Open(Trees.RepairTar(tar));
            Assert.Equal([name.Replace("B1r", "B\u00E4r", StringComparison.Ordinal)], tree.Files.Select(file => file.Path));
        }
    }

    [Fact]
    public void Folders_and_files_of_form_D_are_opened_by_the_name_they_have()
    {
        using var folder = new TemporaryFolder();
        folder.Write("cafe\u0301/u\u0308.png", [7]);
        using var tree = FileTree.Open(folder.Location);
        Assert.Equal(["caf\u00E9/\u00FC.png"], tree.Files.Select(file => file.Path));
        Assert.Equal([7], Trees.ReadAll(tree).Single().Content);
    }

    [Fact]
    public void A_folder_whose_name_is_not_utf8_is_refused_by_name()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var folder = new TemporaryFolder();
        using (var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "mkdir \"$(printf 'B\\344r')\""]) { WorkingDirectory = folder.Location })!)
            shell.WaitForExit();
        try
        {
            Assert.Equal($"{folder.Location}: the name of the folder B\uFFFDr is not UTF-8, so it cannot be opened. Rename it; convmv does that for many.",
                Assert.Throws<DataException>(() => FileTree.Open(folder.Location)).Message);
        }
        finally
        {
            using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "rmdir B*r"]) { WorkingDirectory = folder.Location })!;
            shell.WaitForExit();
        }
    }

    [Fact]
    public void What_systems_leave_behind_is_passed_over_at_every_level()
    {
        (string, byte[])[] files =
        [
            ("a/1.png", [1]), ("a/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", [1]), ("a/__MACOSX/._1.png", [1]), ("a/b/#recycle/2.png", [1]), ("a/Thumbs.db", [1]), ("a/thumbs.DB", [1]),
            ("a/desktop.ini", [1]), ("a/.ipynb_checkpoints/1-checkpoint.png", [1]), ("$RECYCLE.BIN/3.png", [1]), ("System Volume Information/4.png", [1]), ("a/lost+found/5.png", [1]),
            ("a/._1.png", [1]), ("a/.DS_Store", [1]), ("a/my @eaDir/6.png", [1]),
        ];
        using var zip = Trees.Open(Trees.Zip(files));
        using var folder = new TemporaryFolder();
        using var tree = FileTree.Open(ClassFolder.Write(folder, "f", files));
        foreach (var found in new[] { zip, tree })
        {
            Assert.Equal(["a/1.png", "a/my @eaDir/6.png"], found.Files.Select(file => file.Path).Order(StringComparer.Ordinal));
            Assert.Equal(["a", "a/my @eaDir"], found.Folders.Where(path => path != "a/b").Order(StringComparer.Ordinal));
        }
    }

    private static byte[] RepairV7(byte[] tar)
    {
        for (var at = 0; at < tar.Length; at += 512)
        {
            var header = tar.AsSpan(at, 512);
            if (!header.Slice(1, 1).ContainsAny((byte)0xE4, (byte)0xF6)) continue;
            header.Slice(148, 8).Fill((byte)' ');
            var sum = 0;
            foreach (var value in header)
                sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
        }
        return tar;
    }
}
