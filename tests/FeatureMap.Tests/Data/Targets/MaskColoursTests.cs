using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Masks that are painted in colours.</summary>
public sealed class MaskColoursTests : IDisposable
{
    private const string Labelmap = "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:128,64,128::\ncar: "
        + "red:255,0,0::\nvoid:255,255,255::\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Table(string text, string name = "labelmap.txt") => folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private ImageSet Open(byte[] mask, MaskColours colours)
    {
        var place = $"set-{Guid.NewGuid():N}";
        folder.Write($"{place}/image/1.png", ClassFolder.Picture(5, 3, 2));
        folder.Write($"{place}/label/1.png", mask);
        return ImagePairs.Open(folder[place], new() { Colours = colours });
    }

    // Two rows of three pixels: background, road, car, void, road, car.
    private static readonly byte[] Rgb =
        SampleImages.Png(3, 2, 8, 2, [0, 0, 0, 0, 128, 64, 128, 255, 0, 0, 0, 255, 255, 255, 128, 64, 128, 255, 0, 0]);

    [Theory]
    [InlineData("labelmap.txt", Labelmap)]
    [InlineData("colours.json", """{"background": [0, 0, 0], "road": "#804080", "car: red": [255, 0, 0], "void": "#ffffff"}""")]
    [InlineData("list.json",
        """[{"name": "background", "color": [0, 0, 0]}, {"name": "road", "color": [128, 64, 128]}, """
            + """{"name": "car: red", "colour": "#FF0000"}, {"name": "void", "color": [255, 255, 255]}]""")]
    public void Colours_stand_for_classes_and_one_for_nothing(string name, string text)
    {
        var set = Open(Rgb, MaskColours.Load(Table(text, name), ignored: "void"));
        Assert.Equal(["background", "road", "car: red"], set.Targets!.ClassNames);
        Assert.Equal([0, 1, 2, 255, 1, 2], set.Targets.Bytes(0).ToArray());
        Assert.Equal((byte)255, set.Targets.IgnoreValue);
        Assert.Equal([0, 1, 2, 3, 1, 2], Open(Rgb, MaskColours.Load(Table(text, name))).Targets!.Bytes(0).ToArray());
    }

    [Fact]
    public void The_colours_of_a_palette_and_of_16_bits_and_of_gray_count_too()
    {
        var colours = MaskColours.Of([("road", 128, 64, 128), ("background", 0, 0, 0), ("sky", 255, 255, 255)]);
        Assert.Equal([1, 0, 0, 1], Open(SampleImages.Png(2, 2, 8, 3, [0, 1, 0, 0, 0, 1], palette: [128, 64, 128, 0, 0, 0]), colours, 2, 2));
        Assert.Equal([1, 2, 1, 2], Open(SampleImages.Png(2, 2, 16, 0, [0, 0, 0, 255, 255, 0, 0, 0, 255, 255]), colours, 2, 2));
    }

    private byte[] Open(byte[] mask, MaskColours colours, int width, int height)
    {
        var place = $"set-{Guid.NewGuid():N}";
        folder.Write($"{place}/image/1.png", ClassFolder.Picture(5, width, height));
        folder.Write($"{place}/label/1.png", mask);
        return ImagePairs.Open(folder[place], new() { Colours = colours }).Targets!.Bytes(0).ToArray();
    }

    [Fact]
    public void Folders_of_other_names_are_found_by_their_files_and_named()
    {
        foreach (var name in (string[])["images/1.png", "images/2.png"])
            folder.Write($"own/{name}", ClassFolder.Picture(5, 2, 2));
        foreach (var name in (string[])["masks/1.png", "masks/2.png"])
            folder.Write($"own/{name}", SampleImages.Png(2, 2, 8, 0, [0, 0, 1, 0, 1, 1]));
        var set = ImagePairs.Open(folder["own"]);
        Assert.Equal([0, 1, 1, 1], set.Targets!.Bytes(0).ToArray());
        Assert.Contains("The images are those of images/, their masks those of masks/.", set.Notice, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => ImagePairs.Open(folder["own"], new() { TargetFolder = "labels" }));
    }

    [Fact]
    public void An_unknown_colour_is_refused_with_file_pixel_and_colour()
    {
        var error = Assert.Throws<DataException>(() => Open(Rgb, MaskColours.Of([("background", 0, 0, 0), ("car", 255, 0, 0)])));
        Assert.Contains("label/1.png: the pixel in row 0, column 1 has the colour 128,64,128 (red, green, blue), which stands for no "
            + "class. Known: 0,0,0 background, 255,0,0 car.", error.Message.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a:0,0,0::\nb:0,0,0::\n", "line 2: the colour 0,0,0 stands for a and for b.")]
    [InlineData("a:0,0,0::\nb:0,0,256::\n", "line 2: 'b:0,0,256::' is no colour of a class")]
    [InlineData("a:0,0,0::\n", "1 classes have a colour: expected two or more.")]
    [InlineData("{\"a\": [0, 0], \"b\": \"#fff\"}", "'a' has no colour")]
    [InlineData("{\"a\": [0, 0, 0], ", "the table of colours is no JSON")]
    [InlineData("[[[[[[[[[[[[[[1]]]]]]]]]]]]]]", "the table of colours is no JSON")]
    public void Tables_that_cannot_be_meant_are_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<DataException>(() => MaskColours.Load(Table(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_to_be_ignored_must_have_a_colour() =>
        Assert.EndsWith("'viod', which is to be ignored, has no colour. Did you mean 'void'?",
            Assert.Throws<DataException>(() => MaskColours.Load(Table(Labelmap), ignored: "viod")).Message, StringComparison.Ordinal);
}
