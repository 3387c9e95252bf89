using System.Buffers.Binary;
using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>A folder of files that are damaged, odd or no pictures: each is read, or named with reason and fix; none is missed in silence.</summary>
public sealed class OddFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Name, content, and what the message says; null where the picture can be read.
    public static (string Name, byte[] Content, string? Says)[] All =>
    [
        ("cut.jpg", SampleImages.GrayJpeg[..(2 * SampleImages.GrayJpeg.Length / 3)], "damaged or cut"),
        ("cut-at-the-end.jpg", SampleImages.GrayJpeg[..^2], "damaged or cut"),
        ("only-start.jpg", SampleImages.GrayJpeg[..4], "damaged or cut"),
        ("half.png", ClassFolder.Picture(9)[..40], "damaged or cut"),
        ("no-end.png", ClassFolder.Picture(9)[..^3], "the PNG ends before its end chunk IEND"),
        ("bit.png", Flipped(ClassFolder.Picture(9), 45), "damaged or cut"),
        ("cut.bmp", SampleImages.ColourBmp[..100], "damaged or cut"),
        ("empty.jpg", [], "the file is empty"),
        ("empty.png", [], "the file is empty"),
        ("one-byte.jpg", [0xFF], "this is not an image that can be read"),
        ("zeros.jpg", new byte[5000], "this is not an image that can be read"),
        ("text.jpg", Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12345\n"), "this is a text and no image"),
        ("page.jpg", Encoding.ASCII.GetBytes("<!DOCTYPE html><html><body>404 Not Found</body></html>"), "a text that begins with <"),
        ("drawing.svg", Encoding.ASCII.GetBytes("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "a text that begins with <"),
        ("film.gif", [.. "GIF89a"u8, 1, 0, 1, 0], "this is a GIF image: expected PNG, JPEG or BMP. Convert it to PNG."),
        ("named.jpg", [.. "GIF87a"u8, 1, 0, 1, 0], "this is a GIF image"),
        ("web.webp", [.. "RIFF"u8, 9, 0, 0, 0, .. "WEBPVP8 "u8], "this is a WebP image"),
        ("saved.jpg", [.. "RIFF"u8, 9, 0, 0, 0, .. "WEBPVP8 "u8], "this is a WebP image"),
        ("scan.tif", [.. "II*\0"u8, 8, 0, 0, 0], "this is a TIFF image (or a camera's raw image)"),
        ("scan.tiff", [.. "MM\0*"u8, 0, 0, 0, 8], "this is a TIFF image"),
        ("raw.nef", [.. "MM\0*"u8, 0, 0, 0, 8], "this is a TIFF image (or a camera's raw image)"),
        ("phone.heic", [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0], "this is a HEIC image"),
        ("phone.jpg", [0, 0, 0, 24, .. "ftypmif1"u8, 0, 0, 0, 0], "this is a HEIC image"),
        ("new.avif", [0, 0, 0, 24, .. "ftypavif"u8, 0, 0, 0, 0], "this is an AVIF image"),
        ("old.jp2", [0, 0, 0, 12, .. "jP  \r\n"u8], "this is a JPEG 2000 image"),
        ("next.jxl", [0xFF, 0x0A, 0, 0], "this is a JPEG XL image"),
        ("layers.psd", [.. "8BPS"u8, 0, 1], "this is a Photoshop image"),
        ("sign.ico", [0, 0, 1, 0, 1, 0], "this is an icon"),
        ("plain.ppm", [.. "P6\n1 1\n255\n"u8, 1, 2, 3], "this is a Netpbm image"),
        ("document.jpg", [.. "%PDF-1.7"u8], "this is a PDF document"),
        ("movie.jpg", [0, 0, 0, 24, .. "ftypisom"u8, 0, 0, 0, 0], "this is a film"),
        ("huge.png", WithSize(ClassFolder.Picture(9), 60_000, 60_000), "the header says 60,000 x 60,000 = 3,600,000,000 pixels"),
        ("largest.png", WithSize(ClassFolder.Picture(9), uint.MaxValue, uint.MaxValue), "pixels"),
        ("nothing.png", WithSize(ClassFolder.Picture(9), 0, 3), "the header says 0 x 3 pixels"),
        ("lying.png", WithSize(ClassFolder.Picture(9), 5_000, 5_000), "damaged or cut"),
        ("lying.bmp", Huge(SampleImages.ColourBmp), "pixels"),
        ("sixteen.png", RawPng.Write(4, 3, 16, 0, [.. Enumerable.Range(0, 12).Select(i => i * 5000)]), null),
        ("palette.png", RawPng.Write(4, 3, 8, 3, new int[12], palette: [200, 10, 10]), null),
        ("wrong-name.jpg", ClassFolder.Picture(77), null),
        ("WRONG.PNG", SampleImages.ColourJpeg, null),
        ("turned.png", SampleImages.Png(3, 2, 8, 0, [0, 1, 2, 3, 0, 4, 5, 6], exif: OrientationTests.Exif(8, isBig: false)), null),
    ];

    [Fact]
    public void There_are_enough_of_them() => Assert.True(All.Count(one => one.Says is not null) >= 30);

    [Fact]
    public void Each_is_named_with_reason_and_fix_and_skipping_trains_on_the_rest()
    {
        var path = Write();
        var bad = All.Where(one => one.Says is not null).ToArray();
        var check = Check(path);
        var broken = check.Findings.Where(finding => finding.Kind == DataFindingKind.Unreadable).ToDictionary(finding => finding.Files[0][0]);
        Assert.Equal((All.Length + 10, All.Length + 10 - bad.Length), (check.Images, check.Readable));
        Assert.Equal(bad.Select(one => $"b/{one.Name}").Order(StringComparer.Ordinal), broken.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, _, says) in bad)
        {
            var message = broken[$"b/{name}"].Message;
            Assert.StartsWith(Path.Combine(path, "b", name), message, StringComparison.Ordinal);
            Assert.Contains(says!, message, StringComparison.Ordinal);
            Assert.True(message.EndsWith("again.", StringComparison.Ordinal) || message.Contains("Convert", StringComparison.Ordinal) || message.Contains("first", StringComparison.Ordinal)
                || message.Contains("Expected", StringComparison.Ordinal) || message.Contains("take the file away", StringComparison.Ordinal), $"No fix: {message}");
        }
        var data = ClassFolders.Load(path, Options(new() { Unreadable = UnreadableImages.Skip }));
        Assert.Equal(All.Length + 10 - bad.Length, data.Training.Count + data.Validation.Count);
        Assert.Contains($"{bad.Length} of {All.Length + 10} images could not be read and are left out: ", data.Notice, StringComparison.Ordinal);
        Assert.All(bad, one => Assert.Contains($"b/{one.Name}", data.Notice, StringComparison.Ordinal));
        Assert.Contains("notes.txt", data.Notice, StringComparison.Ordinal);
        Assert.Contains("1 folder is called like a picture, such as b/album.jpg", data.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_alone_ends_the_load_with_its_name()
    {
        foreach (var (name, content, says) in All.Where(one => one.Says is not null).Take(6))
        {
            var path = ClassFolder.Write(folder, Path.GetFileNameWithoutExtension(name), [.. ClassFolder.OnePart(2, "a", "b"), ($"b/{name}", content)]);
            var error = Assert.Throws<DataException>(() => ClassFolders.Load(path, Options(new())));
            Assert.StartsWith(Path.Combine(path, "b", name), error.Message, StringComparison.Ordinal);
            Assert.Contains(says!, error.Message, StringComparison.Ordinal);
            Assert.EndsWith("To leave such images out, set unreadable=skip.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Links_in_circles_links_to_nowhere_and_pipes_are_named_and_nobody_waits()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = ClassFolder.Write(folder, "links", ClassFolder.OnePart(3, "a", "b"));
        File.CreateSymbolicLink(Path.Combine(path, "b", "circle.jpg"), Path.Combine(path, "b", "circle.jpg"));
        File.CreateSymbolicLink(Path.Combine(path, "b", "nowhere.jpg"), Path.Combine(path, "b", "none.jpg"));
        File.CreateSymbolicLink(Path.Combine(path, "b", "good.png"), Path.Combine(path, "a", "000.png"));
        Directory.CreateSymbolicLink(Path.Combine(path, "b", "up"), path);
        using (var process = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(path, "b", "pipe.jpg")])) await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        // A time-out means that it waits for the pipe.
        var stop = TestContext.Current.CancellationToken;
        var check = await Task.Run(() => Check(path), stop).WaitAsync(TimeSpan.FromSeconds(30), stop);
        Assert.Equal(["b/circle.jpg", "b/nowhere.jpg", "b/pipe.jpg"],
            check.Findings.Where(finding => finding.Kind == DataFindingKind.Unreadable).Select(finding => finding.Files[0][0]).Order(StringComparer.Ordinal));
        Assert.Equal(7, check.Readable);
        Assert.Contains(check.Findings, finding => finding.Kind == DataFindingKind.Contradiction && finding.Files[0].SequenceEqual(["a/000.png", "b/good.png"]));
    }

    [Fact]
    public void What_may_not_be_read_is_named()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = ClassFolder.Write(folder, "closed", ClassFolder.OnePart(3, "a", "b"));
        var closed = Path.Combine(path, "b", "000.png");
        File.SetUnixFileMode(closed, UnixFileMode.None);
        try
        {
            File.OpenRead(closed).Dispose();
            return; // who may read everything cannot try it
        }
        catch (UnauthorizedAccessException)
        {
        }
        Assert.Contains($"{closed}: the file cannot be read", Assert.Throws<DataException>(() => ClassFolders.Load(path, Options(new()))).Message, StringComparison.Ordinal);
        Assert.Equal(5, Check(path).Readable);
    }

    private string Write()
    {
        var path = ClassFolder.Write(folder, "odd", [.. ClassFolder.OnePart(5, "a", "b"), .. All.Select(one => ($"b/{one.Name}", one.Content)), ("b/notes.txt", [1]), ("b/album.jpg/.keep", [])]);
        return path;
    }

    private DataOptions Options(ClassFolderOptions images) => new() { CacheFolder = folder["cache"], Images = images };

    private static byte[] Flipped(byte[] content, int at)
    {
        content[at] ^= 1;
        return content;
    }

    private static byte[] WithSize(byte[] png, uint width, uint height)
    {
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(20), height);
        return SampleImages.RepairPng(png);
    }

    private static byte[] Huge(byte[] bmp)
    {
        var copy = bmp.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(18), 30_000);
        BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(22), 30_000);
        return copy;
    }

    private static DataCheck Check(string path) => DataCheck.Of(path, cancellation: TestContext.Current.CancellationToken);
}
