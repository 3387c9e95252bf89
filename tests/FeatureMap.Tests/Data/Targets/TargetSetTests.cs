using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class TargetSetTests
{
    private static readonly string[] TwoClasses = ["background", "thing"];

    [Fact]
    public void Label_maps_of_two_classes_are_one_channel_and_of_more_one_per_class()
    {
        var two = TargetSet.LabelMaps(1, 3, [0, 1, 1], TwoClasses);
        var numbers = new float[3];
        two.Write(0, numbers);
        Assert.Equal((Shape.Image(1, 1, 3), Shape.Image(1, 1, 3)), (two.StoredShape, two.Shape));
        Assert.Equal([0f, 1, 1], numbers);

        var three = TargetSet.LabelMaps(1, 3, [2, 0, 1], ["sky", "sea", "land"]);
        numbers = new float[9];
        three.Write(0, numbers);
        Assert.Equal((Shape.Image(1, 1, 3), Shape.Image(3, 1, 3)), (three.StoredShape, three.Shape));
        Assert.Equal([0f, 1, 0, 0, 0, 1, 1, 0, 0], numbers);
        Assert.Equal("label maps of 1x1x3 (sky, sea, land)", three.ToString());
    }

    [Fact]
    public void Ignored_pixels_are_minus_1_in_all_channels_of_what_the_loss_sees()
    {
        var two = TargetSet.LabelMaps(1, 4, [0, 255, 1, 1], TwoClasses, ignoreValue: 255);
        var numbers = new float[4];
        two.Write(0, numbers);
        Assert.Equal([0f, -1, 1, 1], numbers);
        Assert.Equal(((byte)255, "label maps of 1x1x4 (background, thing; 255 is ignored)"), (two.IgnoreValue, two.ToString()));
        var three = TargetSet.LabelMaps(1, 3, [2, 9, 1], ["sky", "sea", "land"], ignoreValue: 9);
        numbers = new float[9];
        three.Write(0, numbers);
        Assert.Equal([0f, -1, 0, 0, -1, 1, 1, -1, 0], numbers);
        var tiles = new ImageSet("two", Shape.Image(1, 1, 4), [1, 2, 3, 4], two).Tiles(1, 2);
        Assert.Equal(((byte)255, (byte)255), (tiles.Targets!.IgnoreValue, tiles.Targets.Bytes(0)[1]));
        Says("Label map 0 has the value 7 in row 0, column 2: with 2 classes the labels are 0 to 1. The value is the number of a class, "
            + "not a grey level; for a mask file of 0 and 255 write pixel / 255.",
            () => TargetSet.LabelMaps(1, 3, [0, 255, 7], TwoClasses, ignoreValue: 255));
        Says("Every pixel of all 1 label maps is to be ignored (label 255), so there is "
            + "nothing to learn.", () => TargetSet.LabelMaps(1, 2, [255, 255], TwoClasses, ignoreValue: 255));
        Says("All label maps are empty: every pixel of all 1 that counts is 'thing' (label 1), so there is nothing to tell apart. Single "
            + "empty maps are fine; a whole set of them is usually a wrong folder or a wrong threshold.",
            () => TargetSet.LabelMaps(1, 2, [255, 1], TwoClasses, ignoreValue: 255));
        Assert.Contains("Both need targets of one kind.", Assert.Throws<DataException>(() => new SplitData("d", new ImageSet("a", Shape.Image(1, 1, 4), [1, 2, 3, 4], two),
            new ImageSet("b", Shape.Image(1, 1, 4), [1, 2, 3, 4], TargetSet.LabelMaps(1, 4, [0, 1, 1, 1], TwoClasses)), "here")).Message, StringComparison.Ordinal);

        static void Says(string message, Func<object> action) => Assert.Equal(message, Assert.Throws<DataException>(action).Message);
    }

    [Fact]
    public void Pictures_are_0_to_1_and_numbers_are_what_they_are()
    {
        var pictures = TargetSet.Images(Shape.Image(1, 1, 2), [0, 255, 51, 0]);
        var numbers = new float[2];
        pictures.Write(1, numbers);
        Assert.Equal((2, 51f / 255, 0f), (pictures.Count, numbers[0], numbers[1]));
        TargetSet.Numbers(Shape.Vector(2), [1.5f, -2, 3, 4]).Write(0, numbers);
        Assert.Equal([1.5f, -2], numbers);
    }

    [Fact]
    public void Targets_stay_with_their_images()
    {
        var set = Numbered(10);
        var (first, second) = set.Split(0.3, 5);
        foreach (var part in new[] { set.Take(4), set.Subset([7, 2, 7]), first, second, set.Subset([9, 8, 7, 6]).Subset([2, 0]) })
            for (var i = 0; i < part.Count; i++)
                Assert.Equal(part.Pixels(i)[0], part.Targets!.Values(part.TargetOf(i))[0]);
        Assert.Equal(7, second.Count + first.Count - 3);
        Assert.Equal("numbered: 10 images of 1 with numbers of 1", set.ToString());
    }

    [Fact]
    public void A_labelled_set_can_have_targets_as_well()
    {
        var labelled = new ImageSet("two", Shape.Image(1, 1, 1), [5, 6], [0, 1], ["a", "b"]);
        var set = labelled.WithTargets(TargetSet.Numbers(Shape.Vector(1), [50, 60]));
        Assert.Equal((1, 60f), (set.Label(1), set.Targets!.Values(set.TargetOf(1))[0]));
        Assert.Null(labelled.Targets);
        Assert.Equal("two is a part of a larger set: give the targets to the whole set, and take parts of it then.",
            Assert.Throws<UsageException>(() => labelled.Take(1).WithTargets(TargetSet.Numbers(Shape.Vector(1), [1]))).Message);
    }

    [Fact]
    public void Tiles_cut_image_and_target_alike()
    {
        var shape = Shape.Image(1, 4, 6);
        byte[] pixels = [.. Enumerable.Range(0, 48).Select(i => (byte)i)];
        var set = new ImageSet("grid", shape, pixels, TargetSet.Images(shape, pixels)).Tiles(2, 3);
        Assert.Equal((8, Shape.Image(1, 2, 3)), (set.Count, set.ImageShape));
        Assert.Equal([3, 4, 5, 9, 10, 11], set.Pixels(1).ToArray());
        Assert.Equal([12, 13, 14, 18, 19, 20], set.Pixels(2).ToArray());
        Assert.Equal([24, 25, 26, 30, 31, 32], set.Pixels(4).ToArray());
        for (var i = 0; i < set.Count; i++)
            Assert.Equal(set.Pixels(i).ToArray(), set.Targets!.Bytes(set.TargetOf(i)).ToArray());
        var classes = new ImageSet("grid", shape, pixels, [1, 0], ["a", "b"]).Tiles(4, 3);
        Assert.Equal([1, 1, 0, 0], Enumerable.Range(0, 4).Select(classes.Label));
        Assert.Equal("Tiles of 3x6 do not cover images of 1x4x6 without a rest: 4 = 1 x 3 + 1 rows, 6 = 1 x 6 + 0 columns. Choose sides that divide those of the images.",
            Assert.Throws<ShapeException>(() => set.Tiles(2, 3).Count + new ImageSet("grid", shape, pixels, TargetSet.Images(shape, pixels)).Tiles(3, 6).Count).Message);
    }

    [Fact]
    public void Errors_teach()
    {
        Assert.Equal("Label map 1 has the value 255 in row 0, column 1: with 2 classes the labels are 0 to 1. The value is the number of a class, not a grey level; for a mask file of 0 and 255 write pixel / 255.",
            Assert.Throws<DataException>(() => TargetSet.LabelMaps(1, 2, [0, 1, 1, 255], TwoClasses)).Message);
        Assert.Equal("All label maps are empty: every pixel of all 2 is 'background' (label 0), so there is nothing to tell apart. Single empty maps are fine; a whole set of them is usually a wrong folder or a wrong threshold.",
            Assert.Throws<DataException>(() => TargetSet.LabelMaps(1, 2, new byte[4], TwoClasses)).Message);
        Assert.Equal("Label maps tell 2 to 256 classes apart: received 1 class names. A mask of one kind of thing has two classes, such as background and thing.",
            Assert.Throws<DataException>(() => TargetSet.LabelMaps(1, 2, [0, 0], ["thing"])).Message);
        Assert.Equal("Targets of 1x2x2 (channels x height x width) have 4 bytes each: received 6, which is 1 targets and 2 left over.",
            Assert.Throws<DataException>(() => TargetSet.Images(Shape.Image(1, 2, 2), new byte[6])).Message);
        Assert.Equal("Targets of 3 (channels x height x width) have 3 numbers each: received 0, which is no target at all.",
            Assert.Throws<DataException>(() => TargetSet.Numbers(Shape.Vector(3), [])).Message);
        Assert.Equal("Target 1 has NaN among its numbers (number 0): all must be finite.", Assert.Throws<DataException>(() => TargetSet.Numbers(Shape.Vector(2), [1, 2, float.NaN, 4])).Message);
        Assert.Equal("The image set three has 3 images and 2 targets (numbers of 1): each image needs one.",
            Assert.Throws<DataException>(() => new ImageSet("three", Shape.Image(1, 1, 1), [1, 2, 3], [0, 0, 0], ["a"]).WithTargets(TargetSet.Numbers(Shape.Image(1, 1, 1), [1, 2]))).Message);
        var classes = new ImageSet("c", Shape.Image(1, 1, 1), [1], [0], ["a"]);
        Assert.Equal("The parts of d do not fit each other: the training images have numbers of 1, the validation images classes and no targets. Both need targets of one kind.",
            Assert.Throws<DataException>(() => new SplitData("d", Numbered(2), classes, "here")).Message);
    }

    private static ImageSet Numbered(int count) => new(
        "numbered", Shape.Image(1, 1, 1), [.. Enumerable.Range(0, count).Select(i => (byte)i)], TargetSet.Numbers(Shape.Image(1, 1, 1), [.. Enumerable.Range(0, count).Select(i => (float)i)]));
}
