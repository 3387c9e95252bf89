using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Folders of images with folders of masks, opened as data sets.</summary>
public sealed class MaskFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("image", "label")]
    [InlineData("images", "masks")]
    [InlineData("JPEGImages", "SegmentationClass")]
    [InlineData("set/photos", "set/gt")]
    [InlineData("pictures", "pictures_mask")]
    public void Two_folders_side_by_side_are_a_set(string images, string masks)
    {
        var data = Open([.. Pairs(5, images, masks)]);
        Assert.Equal((4, 1, Shape.Image(1, 3, 4)), (data.Training.Count, data.Validation.Count, data.ImageShape));
        Assert.Equal(["background", "object"], data.ClassNames);
        Assert.Equal(DataOrigin.Path, data.Origin);
        Assert.Contains($"{images}/ with {masks}/", data.Notice, StringComparison.Ordinal);
        Assert.Contains("5 images of 3x4 pixels (height x width), gray", data.Notice, StringComparison.Ordinal);
        Assert.Contains("0 (50.0 %) and 255 (50.0 %). 0 is called background and 255 object.", data.Notice, StringComparison.Ordinal);
        Assert.True(ClassFolders.HaveMasks(folder["set.zip"]));
    }

    [Theory]
    [InlineData("train/images", "train/masks", "val/images", "val/masks")]
    [InlineData("images/train", "masks/train", "images/val", "masks/val")]
    [InlineData("train", "trainannot", "test", "testannot")]
    [InlineData("a/train/image", "a/train/label", "a/test/image", "a/test/label")]
    public void Parts_are_those_of_the_folders(string images, string masks, string judged, string judgedMasks)
    {
        var data = Open([.. Pairs(3, images, masks), .. Pairs(2, judged, judgedMasks)]);
        Assert.Equal((3, 2), (data.Training.Count, data.Validation.Count));
        Assert.All(Enumerable.Range(0, 2), i => Assert.StartsWith(judged + "/", data.Validation.FileOf(i), StringComparison.Ordinal));
        Assert.DoesNotContain("kept apart", data.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lists_of_Pascal_VOC_say_the_parts_and_images_without_a_mask_are_left_out_there()
    {
        var data = Open([.. Pairs(5, "JPEGImages", "SegmentationClass"), ("JPEGImages/other.png", Gray(1)),
            ("ImageSets/Segmentation/train.txt", Text("0\n1\n")), ("ImageSets/Segmentation/val.txt", Text("2\r\n"))]);
        Assert.Equal((2, 1), (data.Training.Count, data.Validation.Count));
        Assert.Equal("JPEGImages/2.png", data.Validation.FileOf(0));
        Assert.Contains("Left out: 1 image of JPEGImages/ without a mask.", data.Notice, StringComparison.Ordinal);
        Assert.Contains("2 masks are in no list", data.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_are_classes_and_255_beside_them_counts_for_nothing()
    {
        var data = Open([.. Numbers(4, [0, 1, 2, 255])]);
        Assert.Equal(["class 0", "class 1", "class 2"], data.ClassNames);
        Assert.Equal((byte)255, data.Training.Targets!.IgnoreValue);
        Assert.Contains("255 counts for nothing", data.Notice, StringComparison.Ordinal);
        Assert.Equal("class 0,class 1,class 2", DataChoice.Of(data).Images.MaskClasses);

        var named = Open([.. Numbers(4, [0, 1, 2, 255]), ("classes.txt", Text("sky\nroad\ntree\n"))]);
        Assert.Equal(["sky", "road", "tree"], named.ClassNames);
        var given = Open([.. Numbers(4, [0, 1, 2, 255])], new() { MaskClasses = "a, b,c", MaskIgnore = 255 });
        Assert.Equal(["a", "b", "c"], given.ClassNames);
        // A number that these masks do not have may be one of others.
        Assert.Contains("9 counts for nothing, and no mask has it", Open([.. Numbers(4, [0, 1])], new() { MaskIgnore = 9 }).Notice,
            StringComparison.Ordinal);
        // 0, 1 and 255: two classes and what nobody knows.
        var two = Open([.. Numbers(4, [0, 1, 255])]);
        Assert.Equal((2, (byte)255), (two.ClassCount, two.Training.Targets!.IgnoreValue));
    }

    [Fact]
    public void Painted_masks_are_read_by_the_table_beside_them()
    {
        (string, byte[])[] painted = [.. Enumerable.Range(0, 4).SelectMany(i => ((string, byte[])[])
            [($"images/{i}.png", Gray((byte)i)), ($"masks/{i}.png", Painted((128, 64, 128), (70, 130, 180)))])];
        var error = Assert.Throws<DataException>(() => Open(painted));
        Assert.Contains("has 2 colours", error.Message, StringComparison.Ordinal);
        Assert.Contains("labelmap.txt", error.Message, StringComparison.Ordinal);
        var data = Open([.. painted, ("labelmap.txt", Text("road:128,64,128::\nsky:70,130,180::\n"))]);
        Assert.Equal(["road", "sky"], data.ClassNames);
        Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(i => (int)data.Training.Targets!.Bytes(0)[i]));
        var unknown = Assert.Throws<DataException>(() => Open([.. painted, ("labelmap.txt", Text("road:128,64,128::\nsky:1,2,3::\n"))]));
        Assert.Contains("the colour 70,130,180", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_several_sizes_become_the_most_frequent_one_with_their_masks()
    {
        // The left half of the larger mask is class 1, and so is that of the scaled one.
        byte[] half = [.. Enumerable.Range(0, 6 * 8).Select(i => i % 8 < 4 ? (byte)1 : (byte)0)];
        var data = Open([.. Pairs(4, "images", "masks"), ("images/large.png", ClassFolder.Picture(9, 8, 6, 1)),
            ("masks/large.png", PngWriter.Write(half, Shape.Image(1, 6, 8)))], new() { ValidationFraction = 0.2 });
        Assert.Equal(Shape.Image(1, 3, 4), data.ImageShape);
        Assert.Contains("all are scaled to the most frequent one, 3x4", data.Notice, StringComparison.Ordinal);
        Assert.Equal(new ImageSize(3, 4), DataChoice.Of(data).Images.Size);
        var (set, at) = new[] { data.Training, data.Validation }.SelectMany(set => Enumerable.Range(0, set.Count).Select(i => (set, i)))
            .First(one => one.set.FileOf(one.i)!.EndsWith("large.png", StringComparison.Ordinal));
        Assert.Equal([1, 1, 0, 0], set.Targets!.Bytes(set.TargetOf(at))[..4].ToArray().Select(label => (int)label));
    }

    [Fact]
    public void What_makes_no_set_is_one_clear_message()
    {
        Said("images/2.png has no mask in masks/, and 1 more like it: 2 of 4 images have one.", [.. Pairs(2, "images", "masks"),
            ("images/2.png", Gray(1)), ("images/3.png", Gray(1))]);
        Said("masks/9.png is a mask, and there is no image images/9 for it.", [.. Pairs(2, "images", "masks"), ("masks/9.png", Gray(1))]);
        Said("the mask has 5 x 3 pixels (width x height), its image 4 x 3.", [.. Pairs(2, "images", "masks"), ("images/a.png", Gray(1)),
            ("masks/a.png", ClassFolder.Picture(0, 5, 3, 1))]);
        Said("the masks have one number only, 7, at every pixel", [.. Pairs(2, "images", "masks", 7, 7)]);
        Said("Are these gray values?", [.. Numbers(3, [0, 38, 75, 113])]);
        Said("images/ has masks in label/ and in masks/: which are meant?", [.. Pairs(2, "images", "masks"), .. Pairs(2, "images",
            "label").Where(file => file.Item1.StartsWith("label", StringComparison.Ordinal))]);
        Said("one image with its mask cannot be split", [.. Pairs(1, "images", "masks")]);
        Said("images/0.png and", [.. Pairs(2, "images", "masks"), ("images/0.bmp", Gray(1))]);
        Said("received 1 name (cell)", [.. Pairs(2, "images", "masks")], new() { MaskClasses = "cell" });
        Said("two classes of the masks are called a", [.. Pairs(2, "images", "masks")], new() { MaskClasses = "a,a" });
        Said("there are no masks in it (task=masks)", ClassFolder.OnePart(3, "a", "b"), new() { Task = DataTask.Masks });
    }

    [Fact]
    public void Images_without_a_mask_are_left_out_where_somebody_says_so()
    {
        var data = Open([.. Pairs(4, "images", "masks"), ("images/none.png", Gray(1))], new() { Unreadable = UnreadableImages.Skip });
        Assert.Equal(4, data.Training.Count + data.Validation.Count);
    }

    [Fact]
    public void Tiles_that_do_not_divide_the_images_overlap_and_cover_them()
    {
        // 5 columns in tiles of 2: they start at 0, 1 and 3.
        byte[] pixels = [.. Enumerable.Range(0, 10).Select(i => (byte)i)];
        var set = new ImageSet("t", Shape.Image(1, 2, 5), pixels, TargetSet.LabelMaps(2, 5, [.. pixels.Select(pixel => (byte)(pixel % 2))],
            ["a", "b"]));
        var tiles = set.CoveringTiles(2, 2);
        Assert.Equal(3, tiles.Count);
        Assert.Equal([0, 1, 5, 6, 1, 2, 6, 7, 3, 4, 8, 9], Enumerable.Range(0, 3).SelectMany(i =>
            tiles.Pixels(i).ToArray()).Select(pixel => (int)pixel));
        Assert.Equal([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1], Enumerable.Range(0, 3).SelectMany(i =>
            tiles.Targets!.Bytes(i).ToArray()).Select(label => (int)label));
    }

    private void Said(string what, IEnumerable<(string, byte[])> files, ClassFolderOptions? images = null) =>
        Assert.Contains(what, Assert.Throws<DataException>(() => Open([.. files], images)).Message, StringComparison.Ordinal);

    private SplitData Open((string, byte[])[] files, ClassFolderOptions? images = null) =>
        Datasets.Open(folder.Write("set.zip", Trees.Zip(files)), new() { CacheFolder = folder["cache"], Images = images ?? new() });

    // Half of the pixels of each mask are of one value, half of the other.
    private static IEnumerable<(string, byte[])> Pairs(int count, string images, string masks, byte low = 0, byte high = 255) =>
        Enumerable.Range(0, count).SelectMany(i => ((string, byte[])[])[($"{images}/{i}.png", Gray((byte)(10 * i))), ($"{masks}/{i}.png",
            Mask([low, high]))]);

    private static IEnumerable<(string, byte[])> Numbers(int count, byte[] values) =>
        Enumerable.Range(0, count).SelectMany(i => ((string, byte[])[])[($"images/{i}.png", Gray((byte)i)), ($"masks/{i}.png",
            Mask(values))]);

    private static byte[] Mask(byte[] values) => PngWriter.Write([.. Enumerable.Range(0, 12).Select(i => values[i % values.Length])],
        Shape.Image(1, 3, 4));

    private static byte[] Painted(params (byte Red, byte Green, byte Blue)[] colours)
    {
        var planar = new byte[36];
        for (var i = 0; i < 12; i++)
            (planar[i], planar[12 + i], planar[24 + i]) = colours[i % colours.Length];
        return PngWriter.Write(planar, Shape.Image(3, 3, 4));
    }

    private static byte[] Gray(byte value) => ClassFolder.Picture(value, channels: 1);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
