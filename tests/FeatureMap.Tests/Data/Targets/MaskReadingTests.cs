using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Masks as people have them. All are 4 x 2 pixels; of three classes 0 1 2 1 / 2 2 0 1, of two 0 0 1 1 / 0 0 1 1.</summary>
public sealed class MaskReadingTests
{
    private static readonly int[] Three = [0, 1, 2, 1, 2, 2, 0, 1], Two = [0, 0, 1, 1, 0, 0, 1, 1];
    private static readonly string[] ThreeNames = ["background", "a", "b"];
    private static readonly byte[] Voc = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0];

    public static TheoryData<string, byte[]> LabelMaps => new()
    {
        { "gray of 8 bits", Png(8, 0, Three) },
        { "palette of Pascal VOC", Png(8, 3, Three, Voc) },
        { "dark palette", Png(8, 3, Three, [0, 0, 0, 0, 2, 0, 0, 0, 9]) },
        { "reversed palette", Png(8, 3, Three, [2, 2, 2, 1, 1, 1, 0, 0, 0]) },
        { "palette of 2 bits", Png(2, 3, Three, Voc) },
        { "palette of 4 bits", Png(4, 3, Three, Voc) },
        { "interlaced palette", Png(4, 3, Three, Voc, isInterlaced: true) },
        { "gray of 16 bits", Png(16, 0, Three) },
        { "gray of 4 bits", Png(4, 0, Three) },
        { "gray of 2 bits", Png(2, 0, Three) },
        { "gray in three channels", Png(8, 2, [.. Three.SelectMany(value => new[] { value, value, value })]) },
        { "opaque gray in four channels", Png(8, 6, [.. Three.SelectMany(value => new[] { value, value, value, 255 })]) },
        { "opaque gray with alpha of 16 bits", Png(16, 4, [.. Three.SelectMany(value => new[] { value, 65535 })]) },
        { "BMP with palette of 8 bits", Bmp(8, Three) },
        { "BMP with palette of 4 bits", Bmp(4, Three) },
        { "BMP of 24 bits", Bmp(24, Three) },
    };

    [Theory]
    [MemberData(nameof(LabelMaps))]
    public void Label_maps_are_read_as_they_are_stored(string what, byte[] mask)
    {
        var set = Read(ThreeNames, null, mask);
        Assert.Equal((what, null), (what, set.Notice));
        Assert.Equal(Three, Labels(set));
    }

    public static TheoryData<string, byte[], string?> TwoClassMasks => new()
    {
        { "0 and 1", Png(8, 0, Two), null },
        { "0 and 255", Png(8, 0, Times(255)), null },
        { "1 bit", Png(1, 0, Two), null },
        { "2 bits", Png(2, 0, Times(3)), null },
        { "16 bits, 0 and 1", Png(16, 0, Two), null },
        { "16 bits, 0 and 65535", Png(16, 0, Times(65535)), null },
        { "16 bits, 0 and 255", Png(16, 0, Times(255)), null },
        { "palette of white and black", Png(1, 3, Two, [255, 255, 255, 0, 0, 0]), null },
        { "palette of red and blue", Png(8, 3, Two, [255, 0, 0, 0, 0, 255]), null },
        { "BMP of one bit", Bmp(1, Two), null },
        { "transparent background, red object", Png(8, 6, [.. Two.SelectMany(value => value == 0 ? new[] { 0, 0, 0, 0 } : [255, 0, 0, 255])]), "f: 1 mask is transparent in part; what is opaque is object." },
        { "transparent background, white object", Png(8, 6, [.. Two.SelectMany(value => value == 0 ? new[] { 255, 255, 255, 0 } : [255, 255, 255, 255])]), "f: 1 mask is transparent in part; what is opaque is object." },
        { "transparent background, black object", Png(8, 4, [.. Two.SelectMany(value => new[] { 0, 255 * value })]), "f: 1 mask is "
            + "transparent in part; what is opaque is object." },
        { "0 and 128", Png(8, 0, Times(128)), "f: The masks have the values 0 and 128; 128 is taken for object." },
    };

    [Theory]
    [MemberData(nameof(TwoClassMasks))]
    public void Masks_of_two_classes_are_never_exchanged(string what, byte[] mask, string? notice)
    {
        var set = Read(["background", "object"], null, mask);
        Assert.Equal((what, notice), (what, set.Notice));
        Assert.Equal(Two, Labels(set));
    }

    [Fact]
    public void Indices_beside_black_and_white_are_told_apart_file_by_file()
    {
        var set = Read(["background", "object"], null, Png(8, 0, [0, 0, 1, 1, 0, 0, 0, 1]), Png(8, 0, Times(255)), Png(8, 0, new int[8]));
        Assert.Equal([0, 0, 1, 1, 0, 0, 0, 1, .. Two, .. new int[8]], Labels(set));
        Assert.Equal("f: 1 mask has 0 and 1, 1 mask has black and white; 1 and white are object.", set.Notice);
        // A mask that is object all over says so by its value alone.
        Assert.Equal([.. Enumerable.Repeat(1, 8), .. Two], Labels(Read(["background", "object"], null, Png(8, 0, [.. Enumerable.Repeat(255, 8)]), Png(8, 0, Times(255)))));
    }

    [Fact]
    public void Masks_that_do_not_say_what_they_mean_are_refused()
    {
        const string advice = " In a mask the number of a pixel is the number of its class: save it as a PNG of gray values or with a "
            + "palette, 0 for the first class, 1 for the second.";
        string[] two = ["background", "object"];
        Says("f: label/0.png: the mask has the values 0 (2 pixels), 1 (3), 2 (3), and 2 classes are named (background, object): expected "
            + "0 and 1, or 0 and 255 for black and white. "
            + "Name as many classes as there are values, or write the number of the class at each pixel.", two, Png(8, 0, Three));
        Says("f: label/0.png: the mask has the values 0 (2 pixels), 128 (3), 255 (3), and 2 classes are named (background, object): "
            + "expected 0 and 1, or 0 and 255 for black and white. "
            + "Name as many classes as there are values, or write the number of the class at each pixel. If 255 marks pixels of which "
            + "nobody said what they are, set IgnoreValue = 255.",
            two, Png(8, 0, [0, 128, 255, 128, 255, 255, 0, 128]));
        Says("f: label/0.png: the mask has the values 0 (2 pixels), 256 (2), 300 (1), 512 (3), and 3 classes are named (background, a, "
            + "b): expected numbers from 0 to 2. Name as many classes as there are values, or write the number of the class "
            + "at each pixel.", ThreeNames, Png(16, 0, [0, 256, 512, 256, 512, 512, 0, 300]));
        Says("f: label/0.png: the mask has the values 0 (2 pixels), 1 (2), 2 (3), 255 (1), and 3 classes are named (background, a, b): "
            + "expected numbers from 0 to 2. "
            + "Name as many classes as there are values, or write the number of the class at each pixel. If 255 marks pixels of which "
            + "nobody said what they are, set IgnoreValue = 255.",
            ThreeNames, Png(8, 0, [0, 1, 2, 1, 255, 2, 0, 2]));
        Says("f: label/0.png: the mask has 2 colours (red 0 green 0 blue 255 at 4 pixels, red 255 green 0 blue 0 at 4), and it is not "
            + "said which class a colour stands for." + advice + " Or say what the colours are, in a labelmap.txt beside the folders with "
                + "lines such as road:128,64,128::, or by ImagePairOptions.Colours.",
            two, Png(8, 2, [.. Two.SelectMany(value => value == 0 ? new[] { 255, 0, 0 } : [0, 0, 255])]));
        Says("f: label/0.png: the mask is half transparent at 4 pixels, so it is not said whether they belong to anything. Make every "
            + "pixel opaque or transparent." + advice,
            two, Png(8, 6, [.. Two.SelectMany(value => new[] { 255, 0, 0, 100 + (155 * value) })]));
        Says("f: label/0.png: the mask is transparent at 4 pixels and has 2 colours elsewhere (red 255 green 0 blue 0 at 3 pixels, red 0 "
            + "green 0 blue 0 at 1): it is not said which of them is the object." + advice,
            two, Png(8, 6, [.. Two.SelectMany((value, i) => new[] { value > 0 && i != 2 ? 255 : 0, 0, 0, 255 * value })]));
        Says("f: label/0.png: the mask is transparent at 4 pixels and does not say which "
            + "class they have." + advice, ThreeNames, Png(8, 4, [.. Two.SelectMany(value => new[] { 0, 255 * value })]));
        Says("f: label/1.png: the mask is opaque everywhere, while f: label/0.png is transparent where there is no object: is all of it "
            + "object, or do its gray values count? "
            + "Save all masks as PNG of gray values, 0 and 1 or 0 and 255.", two, Png(8, 4, [.. Two.SelectMany(value => new[] { 0, 255 * value })]), Png(8, 4, [.. Two.SelectMany(_ => new[] { 0, 255 })]));
        Says("f: label/1.png: the mask has the values 0 and 128, while f: label/0.png has 0 and 255, or white: is 128 object as well? "
            + "Write 0 and 1 in all of them, or 0 and 255.", two, Png(8, 0, Times(255)), Png(8, 0, Times(128)));
        Says("f: label/1.png: the mask has the values 0 and 100, and f: label/0.png has 0 and 128: which of them is object? Write 0 and "
            + "1, or 0 and 255.", two, Png(8, 0, Times(128)), Png(8, 0, Times(100)));
    }

    [Fact]
    public void A_jpeg_is_a_mask_only_where_it_is_clearly_black_and_white()
    {
        // 16 x 8 pixels, the left half 20 and the right half 235.
        var clear = Convert.FromBase64String(
            "/9j/2wBDAAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAj/wgALCAAIABABAREA/8QAHwAA"
            + "AQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/9oACAEBAAAAAPE/tf8A/9k=");
        using var two = new Trees.InMemory([("image/0.png", RawPng.Write(16, 8, 8, 0, new int[128])), ("label/0.jpg", clear)]);
        var set = ImagePairs.Read(two, "f", new());
        Assert.Equal(Enumerable.Range(0, 128).Select(pixel => pixel % 16 / 8), Labels(set));
        Assert.Equal("f: 1 mask is a JPEG file, which blurs edges; light pixels are object.", set.Notice);

        using var tree = new Trees.InMemory([("image/0.jpg", SampleImages.GrayJpeg), ("label/0.jpg", SampleImages.GrayJpeg)]);
        Assert.StartsWith("f: label/0.jpg: the mask is a JPEG, which changes the numbers of pixels, and 32 of its 64 pixels are neither "
            + "near black (0 to 63) nor near white (192 to 255).",
            Assert.Throws<DataException>(() => ImagePairs.Read(tree, "f", new())).Message, StringComparison.Ordinal);
        Assert.StartsWith("f: label/0.jpg: the mask is a JPEG, which changes the numbers of pixels, so the class is lost.",
            Assert.Throws<DataException>(() => ImagePairs.Read(tree, "f", new() { ClassNames = ThreeNames })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ignored_pixels_are_kept_apart()
    {
        var set = Read(ThreeNames, 255, Png(8, 0, [0, 1, 2, 1, 255, 2, 0, 1]));
        Assert.Equal([0, 1, 2, 1, 255, 2, 0, 1], Labels(set));
        Assert.Equal(((byte)255, "label maps of 1x2x4 (background, a, b; 255 is ignored)"), (set.Targets!.IgnoreValue, $"{set.Targets}"));
        // Whatever the number of the file, also beside black and white and beside 16 bits.
        Assert.Equal([0, 255, 1, 1, 0, 0, 1, 1], Labels(Read(["background", "object"], 7, Png(8, 0, [0, 7, 255, 255, 0, 0, 255, 255]))));
        Assert.Equal([0, 255, 2, 1, 0, 0, 1, 1], Labels(Read(ThreeNames, 65535, Png(16, 0, [0, 65535, 2, 1, 0, 0, 1, 1]))));
        // Class 0 can be what is ignored.
        var shifted = Read(["unknown", "a", "b"], 0, Png(8, 0, Three));
        Assert.Equal(([255, 1, 2, 1, 2, 2, 255, 1], "f: No mask has a pixel of unknown."), (Labels(shifted), shifted.Notice), (one, other) => one.Item1.SequenceEqual(other.Item1) && one.Item2 == other.Item2);
        using var tree = new Trees.InMemory([("image/0.png", Png(8, 0, new int[8])), ("label/0.png", Png(8, 0, [.. Enumerable.Repeat(255, 8)]))]);
        Assert.Equal("Every pixel of all 1 label maps is to be ignored (label 255), so there is "
            + "nothing to learn.", Assert.Throws<DataException>(() => ImagePairs.Read(tree, "f", new() { IgnoreValue = 255 })).Message);
        Assert.Equal("Pixels to be ignored have a number from 0 to 65,535: "
            + "received -1.", Assert.Throws<UsageException>(() => ImagePairs.Open("x", new() { IgnoreValue = -1 })).Message);
        Assert.Equal("Beside pixels to be ignored there is room for 255 classes: received 256 names.",
            Assert.Throws<UsageException>(() => ImagePairs.Open("x", new() { IgnoreValue = 255, ClassNames = [.. Enumerable.Range(0, 256).Select(i => $"{i}")] })).Message);
    }

    [Fact]
    public void Odd_shares_and_missing_classes_are_said()
    {
        Assert.Equal("f: object covers 88 % of the pixels (background 12.5 %, object 87.5 %). Where it is the smaller part of the "
            + "pictures the masks are exchanged: put the classes in the other order.",
            Read(["background", "object"], null, Png(8, 0, [1, 1, 1, 1, 0, 1, 1, 1])).Notice);
        Assert.Null(Read(["background", "object"], null, Png(8, 0, [1, 1, 1, 1, 0, 0, 1, 1])).Notice);
        Assert.Null(Read(["background", "object"], null, Png(8, 0, [0, 0, 0, 0, 0, 0, 0, 1])).Notice);
        // Only pixels that count do.
        Assert.StartsWith("f: object covers 80 %", Read(["background", "object"], 255, Png(8, 0, [1, 1, 1, 1, 0, 255, 255, 255])).Notice, StringComparison.Ordinal);
        Assert.Equal("f: No mask has a pixel of c, d.", Read(["background", "a", "b", "c", "d"], null, Png(8, 0, Three)).Notice);
        Assert.Equal("f: object covers 88 % of the pixels (background 12.5 %, object 87.5 %). Where it is the smaller part of the "
            + "pictures the masks are exchanged: put the classes in the other order.",
            new SplitData("f", Read(["background", "object"], null, Png(8, 0, [1, 1, 1, 1, 0, 1, 1, 1])).Tiles(2, 4), Read(["background", "object"], null, Png(8, 0, Two)), "f").Notice);
    }

    [Fact]
    public void Masks_are_turned_upright_as_images_are()
    {
        // Stored lying on its left side, two columns wide; orientation 6 turns it to the right.
        int[] stored = [.. Enumerable.Range(0, 8).Select(at => Three[(at % 2 * 4) + 3 - (at / 2)])];
        using var tree = new Trees.InMemory(
        [
            ("image/0.png", RawPng.Write(2, 4, 8, 0, [.. stored.Select(value => 100 * value)], orientation: 6)), ("label/0.png", RawPng.Write(2, 4, 8, 3, stored, Voc, isInterlaced: true, orientation: 6)),
        ]);
        var set = ImagePairs.Read(tree, "f", new() { ClassNames = ThreeNames });
        Assert.Equal((Shape.Image(1, 2, 4), Shape.Image(1, 2, 4)), (set.ImageShape, set.Targets!.StoredShape));
        Assert.Equal(Three, Labels(set));
        Assert.Equal(Three.Select(value => (byte)(100 * value)), set.Pixels(0).ToArray());
    }

    [Fact]
    public void Pairs_know_their_files() => Assert.Equal("image/0.png", Read(ThreeNames, null, Png(8, 0, Three)).FileOf(0));

    private static ImageSet Read(string[] names, int? ignore, params byte[][] masks)
    {
        using var tree = new Trees.InMemory([.. masks.SelectMany((mask, i) => new[] { ($"image/{i}.png", Png(8, 0, [1, 2, 3, 4, 5, 6, 7, 8])), ($"label/{i}.png", mask) })]);
        return ImagePairs.Read(tree, "f", new() { ClassNames = names, IgnoreValue = ignore });
    }

    private static int[] Labels(ImageSet set) => [.. Enumerable.Range(0, set.Count).SelectMany(i => set.Targets!.Bytes(set.TargetOf(i)).ToArray()).Select(label => (int)label)];

    private static void Says(string message, string[] names, params byte[][] masks) => Assert.Equal(message, Assert.Throws<DataException>(() => Read(names, null, masks)).Message);

    private static int[] Times(int white) => [.. Two.Select(value => value * white)];

    private static byte[] Png(int depth, int colour, int[] samples, byte[]? palette = null, bool isInterlaced = false) => RawPng.Write(4, 2, depth, colour, samples, palette, isInterlaced, filter: 5);

    // File header of 14 bytes, header of 40, a palette in which later entries are darker, rows from the last to the first.
    private static byte[] Bmp(int bits, int[] values)
    {
        int colours = bits <= 8 ? 1 << bits : 0, row = ((4 * bits) + 31) / 32 * 4, offset = 54 + (4 * colours);
        var file = new byte[offset + (2 * row)];
        (file[0], file[1], file[14], file[26], file[28], file[18], file[22]) = ((byte)'B', (byte)'M', 40, 1, (byte)bits, 4, 2);
        BitConverter.TryWriteBytes(file.AsSpan(10), offset);
        for (var entry = 0; entry < colours; entry++)
            file.AsSpan(54 + (4 * entry), 3).Fill((byte)(255 - entry));
        for (var pixel = 0; pixel < 8; pixel++)
        {
            var line = file.AsSpan(offset + ((1 - (pixel / 4)) * row), row);
            var x = pixel % 4;
            if (bits == 24) line.Slice(3 * x, 3).Fill((byte)values[pixel]);
            else line[x * bits / 8] |= (byte)(values[pixel] << (8 - bits - (x * bits % 8)));
        }
        return file;
    }
}
