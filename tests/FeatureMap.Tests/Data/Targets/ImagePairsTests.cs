using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ImagePairsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("folder", "")]
    [InlineData("zip", "")]
    [InlineData("zip", "inner/")]
    [InlineData("tar.gz", "a/b/")]
    public void Pairs_are_read_in_the_order_of_their_numbers(string kind, string root)
    {
        var files = Files(root);
        var path = kind switch
        {
            "folder" => ClassFolder.Write(folder, "pairs", files),
            "zip" => folder.Write("pairs.zip", Trees.Zip(files)),
            _ => folder.Write("pairs.tar.gz", Trees.Tar(files, zipped: true)),
        };
        var set = ImagePairs.Open(path, new() { ClassNames = ["dark", "light"] });
        Assert.Equal((3, Shape.Image(1, 3, 4)), (set.Count, set.ImageShape));
        // 2 before 10 before 10b.
        Assert.Equal([20, 100, 110], Enumerable.Range(0, 3).Select(i => (int)set.Pixels(i)[0]));
        Assert.Equal([0, 1, 1], Enumerable.Range(0, 3).Select(i => (int)set.Targets!.Bytes(set.TargetOf(i))[0]));
        Assert.Equal(["dark", "light"], set.Targets!.ClassNames);
    }

    [Fact]
    public void Masks_of_0_and_1_pictures_and_several_classes_are_read_as_well()
    {
        Assert.Equal([0, 1], Values(Open(("image/1.png", Gray(9)), ("image/2.png", Gray(9)), ("label/1.png", Gray(0)), ("label/2.bmp", Gray(1)))));
        var classes = new ImagePairOptions { ClassNames = ["a", "b", "c"] };
        Assert.Equal([2, 1], Values(Open(classes, ("image/1.png", Gray(9)), ("image/2.png", Gray(9)), ("label/1.png", Gray(2)), ("label/2.png", Gray(1)))));
        var pictures = new ImagePairOptions { ImageFolder = "small", TargetFolder = "large", Kind = TargetKind.Image };
        var set = Open(pictures, ("small/1.png", Gray(9)), ("large/1.png", ClassFolder.Picture(77, 8, 6, 1)));
        Assert.Equal((Shape.Image(1, 6, 8), 77), (set.Targets!.Shape, set.Targets.Bytes(0)[0]));
        // A single empty mask is legal: there may be nothing in an image.
        Assert.Equal([0, 1], Values(Open(("image/1.png", Gray(9)), ("image/2.png", Gray(9)), ("label/1.png", Gray(0)), ("label/2.png", Gray(255)))));
    }

    [Fact]
    public void Errors_teach()
    {
        Assert.Equal("f: expected the folders image/ and label/ side by side, such as image/1.png and label/1.png; found cat/, dog/.", Message(("cat/1.png", Gray(1)), ("dog/1.png", Gray(1))));
        Assert.Equal("f: expected the folders image/ and label/ side by side, such as image/1.png and label/1.png; found 1 files and no folders.", Message(("1.png", Gray(1))));
        Assert.Equal("f: a/image/ and b/image/ both stand beside a folder label/. Give one of the folders around them.", string.Join(", ", Message(("a/image/1.png", Gray(1)), ("a/label/1.png", Gray(1)), ("b/image/1.png", Gray(1)), ("b/label/1.png", Gray(1))).Split(", ")).Replace("b/image/ and a/image/", "a/image/ and b/image/", StringComparison.Ordinal));
        Assert.Equal("f: image/3.png has no partner of the same name in label/, and 1 more like it: each image needs its target. Add it, or take the file away.",
            Message(("image/1.png", Gray(1)), ("image/3.png", Gray(1)), ("image/4.png", Gray(1)), ("label/1.png", Gray(1))));
        Assert.Equal("f: label/2.png has no partner of the same name in image/: each image needs its target. Add it, or take the file away.", Message(("image/1.png", Gray(1)), ("label/1.png", Gray(1)), ("label/2.png", Gray(1))));
        Assert.Equal("f: image/ has no images in it (PNG, JPEG or BMP).", Message(("image/readme.txt", [1]), ("label/1.png", Gray(1))));
        Assert.Equal("f: image/1.png and f: image/1.bmp have the same name with different endings. Which one is meant? Take one away.", Message(("image/1.png", Gray(1)), ("image/1.bmp", Gray(1)), ("label/1.png", Gray(1))));
        Assert.Equal("f: image/2.png: the image has 5 x 3 pixels (width x height), while f: image/1.png has 4 x 3: all must have one size. Scale or cut them before.",
            Message(("image/1.png", Gray(1)), ("image/2.png", ClassFolder.Picture(1, 5, 3, 1)), ("label/1.png", Gray(1)), ("label/2.png", Gray(1))));
        Assert.Equal("f: label/1.png: the mask has 5 x 3 pixels (width x height), its image 4 x 3. A mask says something of every pixel, so both must be of one size.",
            Message(("image/1.png", Gray(1)), ("label/1.png", ClassFolder.Picture(1, 5, 3, 1))));
        Assert.StartsWith("All label maps are empty: every pixel of all 1 is 'background' (label 0)", Message(("image/1.png", Gray(1)), ("label/1.png", Gray(0))), StringComparison.Ordinal);
        Assert.StartsWith("f: image/1.png: this is not an image that can be read", Message(("image/1.png", [1, 2, 3, 4, 5, 6, 7, 8, 9]), ("label/1.png", Gray(0))), StringComparison.Ordinal);
        Assert.EndsWith("there is no such file or folder.", Assert.Throws<DataException>(() => ImagePairs.Open(folder["nothing"])).Message, StringComparison.Ordinal);
        Assert.StartsWith("Targets that are numbers do not come in image files: make them by TargetSet.Numbers, or give a table",
            Assert.Throws<UsageException>(() => ImagePairs.Open("x", new() { Kind = TargetKind.Numbers })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_archives_end_in_errors()
    {
        var original = Trees.Zip(Files(""));
        var result = FuzzCampaign.Run(original, 64, file =>
        {
            using var tree = Trees.Open(file);
            Assert.InRange(ImagePairs.Read(tree, "f", new()).Count, 1, 3);
        }, 8_000_000);
        Assert.InRange(result.Refused, 0.3 * FuzzCampaign.Mutations, FuzzCampaign.Mutations);
    }

    private static (string Path, byte[] Content)[] Files(string root) =>
    [
        ($"{root}image/10.png", Gray(100)), ($"{root}image/2.png", Gray(20)), ($"{root}image/10b.png", Gray(110)), ($"{root}image/notes.txt", [1]),
        ($"{root}label/2.png", Gray(0)), ($"{root}label/10.png", Gray(255)), ($"{root}label/10b.png", Gray(255)),
    ];

    private static byte[] Gray(byte value) => ClassFolder.Picture(value, channels: 1);

    private static ImageSet Open(params (string Path, byte[] Content)[] files) => Open(new ImagePairOptions(), files);

    private static ImageSet Open(ImagePairOptions options, params (string Path, byte[] Content)[] files)
    {
        using var tree = new Trees.InMemory(files);
        return ImagePairs.Read(tree, "f", options);
    }

    private static string Message(params (string Path, byte[] Content)[] files) => Assert.Throws<DataException>(() => Open(files)).Message;

    private static IEnumerable<int> Values(ImageSet set) => Enumerable.Range(0, set.Count).Select(i => (int)set.Targets!.Bytes(set.TargetOf(i))[0]);
}
