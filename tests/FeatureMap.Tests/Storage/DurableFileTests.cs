using Xunit;

namespace FeatureMap.Tests.Storage;

public sealed class DurableFileTests
{
    [Fact]
    public void The_new_content_replaces_the_old_and_no_temporary_file_stays()
    {
        using var folder = new TemporaryFolder();
        DurableFile.WriteText(folder["a.txt"], "old");
        File.WriteAllText(folder["a.txt.tmp"], "left behind by a kill");
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

    private static string Fails(string path) => Assert.Throws<DataException>(() => DurableFile.WriteText(path, "new")).Message;
}
