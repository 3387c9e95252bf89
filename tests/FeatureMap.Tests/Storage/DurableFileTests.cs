using Xunit;

namespace FeatureMap.Tests.Storage;

public sealed class DurableFileTests
{
    [Fact]
    public void The_new_content_replaces_the_old_and_no_temporary_file_stays()
    {
        using var folder = new TemporaryFolder();
        DurableFile.WriteText(folder["a.txt"], "old");
        File.WriteAllText(folder["a.txt.2000000001.0123abcd.tmp"], "left behind by a kill");
        DurableFile.WriteText(folder["a.txt"], "new \u00e9");
        Assert.Equal("new \u00e9"u8.ToArray(), File.ReadAllBytes(folder["a.txt"]));
        Assert.Equal(["a.txt"], folder.Files);
    }

    [Theory]
    [InlineData(28, "the disk is full (no space left on device). Free some space")]
    [InlineData(5, "cannot be written: broken cable. Check the folder")]
    public void A_failed_write_leaves_the_old_file_and_says_what_to_do(int code, string message)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Error numbers of Linux and macOS.");
        using var folder = new TemporaryFolder();
        DurableFile.WriteText(folder["a.txt"], "old");
        var error = Assert.Throws<DataException>(() => DurableFile.Write(folder["a.txt"], stream =>
        {
            stream.Write(new byte[100]);
            throw new IOException("broken cable.", code);
        }));
        Assert.Contains(folder["a.txt"], error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
        Assert.Equal(["a.txt"], folder.Files);
    }

    [Fact]
    public void An_error_of_the_writing_code_passes_through_and_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        DurableFile.WriteText(folder["a.txt"], "old");
        Assert.Throws<InvalidOperationException>(() => DurableFile.Write(folder["a.txt"], _ => throw new InvalidOperationException()));
        Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
        Assert.Equal(["a.txt"], folder.Files);
    }

    [Fact]
    public void A_missing_folder_a_folder_of_that_name_and_a_file_for_a_folder_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("does not exist. Create it", Fails(Path.Combine(folder["none"], "a.txt")), StringComparison.Ordinal);
        Directory.CreateDirectory(folder["taken"]);
        Assert.Contains("taken cannot be written", Fails(folder["taken"]), StringComparison.Ordinal);
        File.WriteAllText(folder["file"], "");
        Assert.Contains("a.txt cannot be written", Fails(Path.Combine(folder["file"], "a.txt")), StringComparison.Ordinal);
        Assert.Equal(["file"], folder.Files);
    }

    [Fact]
    public void A_folder_that_is_read_only_is_told_and_left_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Permissions of Linux and macOS.");
            return;
        }
        using var folder = new TemporaryFolder();
        DurableFile.WriteText(folder["a.txt"], "old");
        File.SetUnixFileMode(folder.Location, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.SkipWhen(Environment.UserName == "root", "Root may write everywhere.");
            Assert.Contains("not writable for this user. Allow writing to", Fails(folder["a.txt"]), StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
        }
        finally
        {
            File.SetUnixFileMode(folder.Location, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void The_length_that_is_needed_is_told_where_it_is_known()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Error numbers of Linux and macOS.");
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DataException>(() =>
            DurableFile.Write(folder["a"], _ => throw new IOException("No space left on device", 28), 1_234_567));
        Assert.Contains("the disk is full (no space left on device, 1,234,567 bytes are needed). "
            + "Free some space", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_on_the_size_of_files_is_told_as_one()
    {
        using var folder = new TemporaryFolder();
        // So .NET tells EFBIG.
        var error = Assert.Throws<DataException>(() => DurableFile.Write(folder["a"],
            _ => throw new ArgumentOutOfRangeException("value", "Specified file length was too large for the file system.")));
        Assert.Contains("files may not become as large as that here. Raise the limit (ulimit -f)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_writers_one_wins_and_nothing_is_ever_torn()
    {
        using var folder = new TemporaryFolder();
        var path = folder["a"];
        DurableFile.WriteText(path, new string('x', 200_000));
        var isOver = false;
        var torn = 0;
        var reader = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var text = File.ReadAllText(path);
                if (text.Length != 200_000 || text.Any(c => c != text[0])) Interlocked.Increment(ref torn);
            }
        }, TestContext.Current.CancellationToken);
        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 6 },
            round => DurableFile.WriteText(path, new string((char)('a' + (round % 26)), 200_000)));
        Volatile.Write(ref isOver, true);
        await reader;
        Assert.Equal(0, torn);
        Assert.Equal(["a"], folder.Files);
    }

    [Fact]
    public void Only_what_no_living_process_writes_is_swept()
    {
        using var folder = new TemporaryFolder();
        string living = $"a.{Environment.ProcessId}.00000001.tmp", old = $"a.{Environment.ProcessId}.00000002.tmp",
            dead = "a.2000000001.00000003.tmp", open = "a.2000000001.00000004.tmp", other = "b.2000000001.00000005.tmp";
        foreach (var name in (string[])[living, old, dead, open, other])
            File.WriteAllText(folder[name], "half");
        File.SetLastWriteTimeUtc(folder[old], DateTime.UtcNow.AddDays(-2));
        using (new FileStream(folder[open], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            DurableFile.WriteText(folder["a"], "new");
        Assert.Equal(new[] { "a", living, open, other }.Order(StringComparer.Ordinal), folder.Files);
    }

    [Fact]
    public void Names_as_long_as_the_system_allows_are_written()
    {
        using var folder = new TemporaryFolder();
        var name = string.Concat(Enumerable.Repeat("\u732b", 80)) + new string('x', 15);
        DurableFile.WriteText(folder[name], "new");
        Assert.Equal("new", File.ReadAllText(folder[name]));
        Assert.Equal([name], folder.Files);
    }

    private static string Fails(string path) => Assert.Throws<DataException>(() => DurableFile.WriteText(path, "new")).Message;
}
