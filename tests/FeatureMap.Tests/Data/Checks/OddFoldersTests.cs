using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Folders as people have them: each is read as it is meant, or refused with what was meant, and nothing is missed in
/// silence.</summary>
public sealed class OddFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_same_file_in_both_parts_in_two_classes_or_twice_is_told()
    {
        byte[] Shade(int value) => ClassFolder.Picture((byte)value);
        var leak = Load("leak", [("train/a/1.png", Shade(1)), ("train/a/2.png", Shade(2)), ("train/b/1.png", Shade(3)),
            ("val/a/9.png", Shade(2)), ("val/b/9.png", Shade(4))]);
        Assert.Equal("1 of 2 validation images are also among those to learn from, such as val/a/9.png, which is train/a/2.png: the "
            + "accuracy counts what is known by heart. DataCheck.Of names all of them.", leak.Notice);
        var two = Load("two", [("train/a/1.png", Shade(1)), ("train/b/1.png", Shade(1)), ("train/b/2.png", Shade(2)),
            ("val/a/9.png", Shade(5)), ("val/b/9.png", Shade(4))]);
        Assert.StartsWith("1 image is in another class too, such as train/b/1.png, which is train/a/1.png: nobody can be right about "
            + "both.", two.Notice, StringComparison.Ordinal);
        var twice = Load("twice", [("a/1.png", Shade(1)), ("a/2.png", Shade(1)), ("a/3.png", Shade(6)), ("b/1.png", Shade(2)),
            ("b/2.png", Shade(3)), ("b/3.png", Shade(4))]);
        Assert.StartsWith("1 image is there once more, such as a/2.png, which is a/1.png: one may be learnt from and the other judged "
            + "by.", twice.Notice, StringComparison.Ordinal);
        Assert.Equal(twice.Notice, Load("twice", []).Notice); // from the cache
    }

    [Fact]
    public void Strips_and_specks_are_named()
    {
        var data = Load("odd", [.. ClassFolder.OnePart(4, "a", "b"), ("a/strip.png", ClassFolder.Picture(9, 4000, 1)),
            ("b/speck.png", ClassFolder.Picture(9, 1, 1))], new() { Size = new(24, 32) });
        Assert.Contains("Of 1 image that is a strip, less than a quarter is seen: a/strip.png (fit=pad shows all of it).", data.Notice!,
            StringComparison.Ordinal);
        Assert.Contains("1 image was enlarged more than 8 times: b/speck.png.", data.Notice!, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_inside_are_told()
    {
        var zip = Trees.Zip(ClassFolder.OnePart(2, "a", "b"));
        Assert.Contains("Archives inside are not looked into: more.zip.", Load("beside", [.. ClassFolder.OnePart(4, "a", "b"),
            ("more.zip", zip)]).Notice!, StringComparison.Ordinal);
        Says($"more.zip is an archive, and archives inside are not looked into: give {Path.Combine(folder["only"], "more.zip")} itself, "
            + $"or unpack it.", "only", [("more.zip", zip)]);
        var nested = folder.Write("nested.zip", Trees.Zip([("more.zip", zip)]));
        Assert.Contains("more.zip is an archive, and archives inside are not looked into: unpack it first.",
            Assert.Throws<DataException>(() => Datasets.Open(nested, Options())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_without_an_ending_are_recognised_and_refused()
    {
        Says("a/000 is a PNG image by its content, but its name has no ending: rename such files (.png).", "bare",
            ClassFolder.OnePart(2, "a", "b").Select(file => (file.Path[..^4], file.Content)));
        Says("b/000 is a PNG image by its content", "half", [.. ClassFolder.OnePart(2, "a"), .. ClassFolder.OnePart(2, "b")
            .Select(file => (file.Path[..^4], file.Content))]);
        Says("such as a/x.txt).", "text", [("a/x.txt", Encoding.ASCII.GetBytes("hello"))]);
    }

    [Fact]
    public void Flat_folders_hear_of_tables_and_of_a_workbook_beside_them()
    {
        Says("or a CSV file with the columns file and label. If labels.xlsx says what they are, save it as CSV.", "flat",
            [("1.png", ClassFolder.Picture(1)), ("2.png", ClassFolder.Picture(2)), ("labels.xlsx", [80, 75, 3, 4])]);
    }

    [Theory]
    [InlineData("grosse Katze", "Hündin", "🐕 Hund", "日本")]
    [InlineData("cat.", "dog ", "a=b", "a,b")]
    [InlineData("C:drive", "per%20cent", "quote\"s", "-dash")]
    public void Classes_may_be_called_anything(params string[] classes)
    {
        if (OperatingSystem.IsWindows()) return;
        var data = Load("names", ClassFolder.OnePart(3, classes));
        Assert.Equal(classes.Order(StringComparer.Ordinal), data.ClassNames);
    }

    [Fact]
    public void Parts_are_known_in_any_case_and_what_systems_leave_behind_is_no_data()
    {
        byte[] junk = [1, 2, 3];
        (string, byte[])[] Pictures(string part, int from) => [.. Enumerable.Range(from, 2)
            .SelectMany(k => (IEnumerable<(string, byte[])>)[($"{part}/cat/{k}.PNG", ClassFolder.Picture((byte)k)),
            ($"{part}/dog/{k}.Png", ClassFolder.Picture((byte)(100 + k)))])];
        var data = Load("cases",
        [
            .. Pictures("Train", 0), .. Pictures("Validation", 10), .. Pictures("TEST", 20), ("Train/cat/Thumbs.db", junk),
            ("Train/cat/._1.png", junk), ("__MACOSX/Train/cat/._0.png", junk), ("desktop.ini", junk),
            ("Train/dog/.DS_Store", junk),
        ]);
        Assert.Equal((4, 4), (data.Training.Count, data.Validation.Count));
        Assert.Equal("Validation/ is used for validation; TEST/ is not used.", data.Notice);
    }

    [Fact]
    public void Gray_with_alpha_and_every_turn_of_Exif_are_read()
    {
        (string, byte[])[] turned = [.. Enumerable.Range(1, 8)
            .Select(turn => ($"b/o{turn}.png", SampleImages.Png(3, 2, 8, 0, [0, 1, 2, 3, 0, 4, 5, (byte)turn],
            exif: OrientationTests.Exif(turn, isBig: turn % 2 == 0))))];
        var data = Load("kinds", [.. ClassFolder.OnePart(3, "a", "b"),
            ("a/alpha.png", RawPng.Write(4, 3, 8, 4, [.. Enumerable.Range(0, 24).Select(i => i * 10)])), .. turned],
            new() { Size = new(3, 4) });
        Assert.Equal(15, data.Training.Count + data.Validation.Count);
        Assert.Contains("7 images were turned upright as the Exif data say", data.Notice!, StringComparison.Ordinal);
    }

    private void Says(string expected, string name, IEnumerable<(string, byte[])> files) =>
        Assert.Contains(expected, Assert.Throws<DataException>(() => Load(name, files)).Message, StringComparison.Ordinal);

    private SplitData Load(string name, IEnumerable<(string, byte[])> files, ClassFolderOptions? options = null)
    {
        ClassFolder.Write(folder, name, files);
        return Datasets.Open(folder[name], Options(options));
    }

    private DataOptions Options(ClassFolderOptions? images = null) => new() { CacheFolder = folder["cache"], Images = images ?? new() };
}
