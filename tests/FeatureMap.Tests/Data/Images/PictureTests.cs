using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class PictureTests
{
    private static Picture Noise(int channels, int height, int width, uint seed = 7) => new("noise", new Shape(channels, height, width), Idx.Noise(channels * height * width, seed));

    private static byte[] Png(int height, int width, int channels = 3) => PngWriter.Write(Idx.Noise(channels * height * width, 3), new Shape(channels, height, width));

    [Fact]
    public void Pictures_of_different_sizes_are_read_from_folders_and_archives_in_the_order_of_their_paths()
    {
        using var folder = new TemporaryFolder();
        (string, byte[])[] files = [("set/b.png", Png(4, 6)), ("set/a.png", Png(5, 3, channels: 1)), ("set/notes.txt", [1, 2, 3])];
        foreach (var (path, content) in files)
            folder.Write(path, content);
        folder.Write("set.zip", Trees.Zip(files));
        folder.Write("set.tar", Trees.Tar(files));
        foreach (var source in (string[])["set", "set.zip", "set.tar"])
        {
            var pictures = Picture.LoadAll(folder[source]);
            Assert.Equal(["a 1x5x3", "b 3x4x6"], pictures.Select(picture => picture.ToString()));
            Assert.Equal(Idx.Noise(72, 3), pictures[1].Pixels);
            Assert.Equal(pictures[1].Pixels, Picture.Load(folder["set/b.png"]).Pixels);
        }
    }

    [Fact]
    public void A_saved_picture_comes_back()
    {
        using var folder = new TemporaryFolder();
        foreach (var picture in (Picture[])[Noise(1, 3, 5), Noise(3, 4, 2)])
        {
            picture.Save(folder["p.png"]);
            var back = Picture.Load(folder["p.png"]);
            Assert.Equal(("p", picture.Shape), (back.Name, back.Shape));
            Assert.Equal(picture.Pixels, back.Pixels);
        }
        Assert.StartsWith($"{folder["none/p.png"]}: the picture cannot be written: ", Assert.Throws<DataException>(() => Noise(1, 1, 1).Save(folder["none/p.png"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_and_planes()
    {
        var picture = new Picture("count", new Shape(3, 2, 3), [.. Enumerable.Range(0, 18).Select(i => (byte)i)]);
        Assert.Equal([4, 5, 10, 11, 16, 17], picture.Crop(1, 1, 1, 2).Pixels.ToArray());
        Assert.Equal([6, 7, 8, 9, 10, 11], picture.Plane(1).Pixels.ToArray());
        Assert.Equal(picture.Pixels, Picture.Join(picture.Plane(0), picture.Plane(1), picture.Plane(2)).Pixels);
        Assert.Equal(new Shape(3, 2, 2), picture.CropToMultiple(2).Shape);
        Assert.Same(picture, picture.CropToMultiple(1));
    }

    [Theory]
    [InlineData(255, 255, 255, 235, 128, 128)]
    [InlineData(0, 0, 0, 16, 128, 128)]
    [InlineData(128, 128, 128, 126, 128, 128)]
    [InlineData(255, 0, 0, 81, 90, 240)]
    [InlineData(0, 255, 0, 145, 54, 34)]
    [InlineData(0, 0, 255, 41, 240, 110)]
    public void Luminance_and_colours_as_in_BT601(byte red, byte green, byte blue, byte light, byte blueDifference, byte redDifference)
    {
        var colour = new Picture("dot", new Shape(3, 1, 1), [red, green, blue]);
        var parts = LumaChroma.FromColour(colour);
        Assert.Equal([light, blueDifference, redDifference], parts.Pixels.ToArray());
        Assert.Equal([light], LumaChroma.Luminance(colour).Pixels.ToArray());
        var back = LumaChroma.ToColour(parts).Pixels;
        for (var channel = 0; channel < 3; channel++)
            Assert.InRange(back[channel] - colour.Pixels[channel], -2, 2);
    }

    [Fact]
    public void There_and_back_loses_only_the_rounding()
    {
        var colour = Noise(3, 20, 30);
        var back = LumaChroma.ToColour(LumaChroma.FromColour(colour)).Pixels;
        for (var i = 0; i < back.Length; i++)
            Assert.InRange(back[i] - colour.Pixels[i], -2, 2);
        var gray = Noise(1, 3, 3);
        Assert.Same(gray, LumaChroma.Luminance(gray));
        Assert.Equal(back, LumaChroma.Recolour(LumaChroma.Luminance(colour), colour).Pixels);
        Assert.Equal(gray.Pixels, LumaChroma.Recolour(gray, Noise(1, 9, 9)).Pixels);
    }

    [Fact]
    public void Errors_say_what_is_wrong()
    {
        using var folder = new TemporaryFolder();
        folder.Write("set/notes.txt", [1]);
        Assert.Equal($"{folder["set"]}: there is no picture among its 1 files. Expected PNG, JPEG or BMP files.", Assert.Throws<DataException>(() => Picture.LoadAll(folder["set"])).Message);
        folder.Write("set/bad.png", Png(4, 4)[..^20]);
        Assert.StartsWith($"{folder["set/bad.png"]}: ", Assert.Throws<DataException>(() => Picture.LoadAll(folder["set"])).Message, StringComparison.Ordinal);
        var picture = Noise(1, 2, 3);
        Assert.Equal(
            "The picture p is 2x1x3 (channels x height x width): a picture has 1 channel (gray) or 3 (red, green, blue).",
            Assert.Throws<DataException>(() => new Picture("p", new Shape(2, 1, 3), new byte[6])).Message);
        Assert.Equal("The picture p of 1x2x3 has 6 bytes: received 5.", Assert.Throws<DataException>(() => new Picture("p", new Shape(1, 2, 3), new byte[5])).Message);
        Assert.Equal(
            "A part of 2 x 2 pixels (height x width) at row 1, column 0 is not inside the picture noise of 2 x 3.", Assert.Throws<DataException>(() => picture.Crop(1, 0, 2, 2)).Message);
        Assert.Equal(
            "The picture noise has 2 x 3 pixels (height x width): both sides must be at least 3 to be divided by 3.", Assert.Throws<DataException>(() => picture.CropToMultiple(3)).Message);
        Assert.Equal(
            "The picture noise is 1x2x3 (channels x height x width): colours are 3 planes. A gray picture is its own luminance.",
            Assert.Throws<DataException>(() => LumaChroma.FromColour(picture)).Message);
        Assert.Equal(
            "Planes of 1x2x3, 1x2x3 and 1x3x2 (channels x height x width) make no picture: expected three of one channel and one size.",
            Assert.Throws<DataException>(() => Picture.Join(picture, picture, Noise(1, 3, 2))).Message);
    }
}
