using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>An image and its target are moved alike.</summary>
public sealed class PairedAugmentationTests
{
    private static readonly Shape Square = Shape.Image(1, 12, 12);

    public static TheoryData<string> Exact =>
    [
        "flip", "vertical-flip", "quarter-turns", "crop 2", "crop 3 fill=reflect", "crop height=5 width=7", "center-crop 6 4", "flip, crop 2 height=8 width=8, quarter-turns",
        "apply 0.5 (flip)", "choose (flip | vertical-flip | none)", "none",
    ];

    public static TheoryData<string> Moving => ["affine shift=2 rotation=20 zoom=0.2", "elastic 20 3", "resized-crop", "resize 20 9", "keras rotation=15 horizontal-flip=yes", "affine rotation=40 fill=reflect", "randaugment"];

    [Theory]
    [InlineData("crop 6")]
    [InlineData("affine shift=6 rotation=20")]
    [InlineData("elastic 40 3")]
    public void Outside_of_a_map_with_ignored_pixels_is_ignored_too(string description)
    {
        var labels = Enumerable.Repeat((byte)1, Square.Count).ToArray();
        labels[^1] = 0;
        var plain = new ImageSet("pair", Square, labels, TargetSet.LabelMaps(12, 12, labels, ["a", "b"]));
        var ignoring = new ImageSet("pair", Square, labels, TargetSet.LabelMaps(12, 12, labels, ["a", "b"], ignoreValue: 255));
        var outside = 0;
        for (uint index = 0; index < 12; index++)
        {
            var (was, now) = (Run(description, plain, Square, index).Target, Run(description, ignoring, Square, index).Target);
            for (var i = 0; i < was.Length; i++)
            {
                Assert.True(now[i] == was[i] || (now[i] == 255 && was[i] == 0));
                if (now[i] == 255) outside++;
            }
        }
        Assert.InRange(outside, 20, 12 * Square.Count);
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void Moves_by_whole_pixels_keep_image_and_label_map_together(string description)
    {
        for (uint index = 0; index < 12; index++)
        {
            var (image, target) = Run(description, Labels(Square, 1), Square, index);
            Assert.Equal(image, target);
        }
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void A_target_three_times_as_large_shows_the_same_window(string description)
    {
        var augmentation = Augmentation.Parse(description);
        var output = augmentation.OutputShape(Square);
        for (uint index = 0; index < 12; index++)
        {
            var (image, target) = Run(description, Labels(Square, 3), Square, index);
            Assert.Equal(9 * image.Length, target.Length);
            for (var y = 0; y < 3 * output.Height; y++)
                for (var x = 0; x < 3 * output.Width; x++)
                    Assert.Equal(image[(y / 3 * output.Width) + (x / 3)], target[(y * 3 * output.Width) + x]);
        }
    }

    [Theory]
    [MemberData(nameof(Moving))]
    public void A_picture_as_target_becomes_what_the_image_becomes(string description)
    {
        // randaugment also changes colours, which a target does not take part in.
        if (description == "randaugment") return;
        var bytes = Pictures.Smooth(Square);
        for (uint index = 0; index < 8; index++)
        {
            var (image, target) = Run(description, new ImageSet("pair", Square, bytes, TargetSet.Images(Square, bytes)), Square, index);
            Assert.Equal(image, target);
        }
    }

    [Theory]
    [MemberData(nameof(Moving))]
    public void No_class_comes_out_that_was_not_there(string description)
    {
        // Classes 0 and 200: an interpolation would make others.
        byte[] labels = [.. Enumerable.Range(0, 144).Select(i => (byte)(i / 12 % 5 < 2 ? 200 : 0))];
        var set = new ImageSet("pair", Square, labels, TargetSet.LabelMaps(12, 12, labels, [.. Enumerable.Range(0, 201).Select(i => $"{i}")]));
        for (uint index = 0; index < 8; index++)
            Assert.All(Run(description, set, Square, index).Target, label => Assert.True(label is 0 or 200));
    }

    [Theory]
    [InlineData("affine shift=2 rotation=20 zoom=0.1 fill=nearest")]
    [InlineData("elastic 12 3 fill=nearest")]
    [InlineData("resized-crop 12 12 scale=0.5:1")]
    public void A_larger_picture_is_moved_by_the_same_map(string description)
    {
        // A plane is the same at every scale: pixel (y, x) of the large picture lies at ((y + 1/2) / 3 - 1/2) of the small one.
        var shape = Shape.Image(1, 24, 24);
        var large = Shape.Image(1, 72, 72);
        byte[] small = [.. Enumerable.Range(0, shape.Area).Select(i => (byte)(20 + (6 * (i / 24)) + (3 * (i % 24))))];
        byte[] fine = [.. Enumerable.Range(0, large.Area).Select(i => (byte)Math.Round(20 + (6 * (((i / 72) + 0.5) / 3 - 0.5)) + (3 * (((i % 72) + 0.5) / 3 - 0.5))))];
        for (uint index = 0; index < 5; index++)
        {
            var (image, target) = Run(description, new ImageSet("pair", shape, small, TargetSet.Images(large, fine)), shape, index);
            var side = (int)Math.Sqrt(image.Length);
            for (var y = 4; y < side - 4; y++)
                for (var x = 4; x < side - 4; x++)
                    Assert.InRange(target[(((3 * y) + 1) * 3 * side) + (3 * x) + 1] - image[(y * side) + x], -2.5f, 2.5f);
        }
    }

    [Fact]
    public void Colours_and_covers_leave_the_target_alone()
    {
        var set = Labels(Square, 1);
        foreach (var description in new[] { "jitter 0.4 0.4 0.4 0.1", "cutout 4", "erase 1", "blur", "invert", "clahe", "equalize", "gray 1", "keras brightness=0.5:1.5" })
            Assert.Equal(set.Targets!.Bytes(0).ToArray().Select(label => (float)label), Run(description, set, Square, 3).Target);
    }

    [Fact]
    public void The_image_is_what_it_is_without_a_target()
    {
        foreach (var description in new[] { "affine shift=2 rotation=20", "elastic", "crop 2, flip, quarter-turns", "resized-crop 9 9" })
        {
            var set = Labels(Square, 1);
            Assert.Equal(Pictures.Run(Augmentation.Parse(description), set.Pixels(0).ToArray(), Square, 1, 2, 5), Run(description, set, Square, 5).Image);
        }
    }

    [Fact]
    public void Quarter_turns_are_the_four_of_them()
    {
        var seen = Enumerable.Range(0, 60).Select(i => string.Join(' ', Pictures.Run(new RandomQuarterTurns(), [1, 2, 3, 4], Shape.Image(1, 2, 2), index: (uint)i))).Distinct().Order();
        Assert.Equal(["1 2 3 4", "2 4 1 3", "3 1 4 2", "4 3 2 1"], seen);
        var half = Enumerable.Range(0, 60).Select(i => string.Join(' ', Pictures.Run(new RandomQuarterTurns(), [1, 2, 3, 4, 5, 6], Shape.Image(1, 2, 3), index: (uint)i))).Distinct().Order();
        Assert.Equal(["1 2 3 4 5 6", "6 5 4 3 2 1"], half);
    }

    [Fact]
    public void What_cannot_act_on_pairs_says_so()
    {
        var maps = Labels(Square, 1).Targets!;
        Assert.Equal($"The augmentation 'Shifted' cannot be used on images with targets ({maps}): it does not say what becomes of the target. Override OnTargets: TargetEffect.None where it changes values only, "
            + "TargetEffect.Follows where it moves pixels and moves those of the target (work.TargetPixels) alike.",
            Assert.Throws<UsageException>(() => Augmentation.Sequence(new RandomHorizontalFlip(), new Shifted()).TargetShape(Square, maps)).Message);
        Assert.StartsWith("The augmentation 'augmix' cannot be used on images with targets", Assert.Throws<UsageException>(() => new AugMix().TargetShape(Square, maps)).Message, StringComparison.Ordinal);
        Assert.Equal("The augmentation 'flip' moves pixels, and targets that are numbers of 4 cannot follow: what they say about places would be wrong. Use augmentations that change values only "
            + "(jitter, blur, cutout ...), or make the moved images with their numbers beforehand.",
            Assert.Throws<UsageException>(() => Augmentation.Parse("cutout 4, flip").TargetShape(Square, TargetSet.Numbers(new Shape(4, 1, 1), new float[4]))).Message);
        Assert.Equal("'flip' moves pixels, so images of 1x12x12 need targets of the same size or a whole multiple of it: received pictures of 1x6x6, which is 0.5 times as high and 0.5 times as wide.",
            Assert.Throws<ShapeException>(() => new RandomHorizontalFlip().TargetShape(Square, TargetSet.Images(Shape.Image(1, 6, 6), new byte[36]))).Message);
        Assert.Equal(Shape.Image(1, 6, 6), new Cutout(3).TargetShape(Square, TargetSet.Images(Shape.Image(1, 6, 6), new byte[36])));
    }

    // Image and target have the same values, the target each of them scale x scale times.
    private static ImageSet Labels(Shape shape, int scale)
    {
        byte[] pixels = [.. Enumerable.Range(0, shape.Area).Select(i => (byte)(1 + i))];
        var (height, width) = (shape.Height * scale, shape.Width * scale);
        byte[] labels = [.. Enumerable.Range(0, height * width).Select(i => pixels[(i / width / scale * shape.Width) + (i % width / scale)])];
        return new ImageSet("pair", shape, pixels, TargetSet.LabelMaps(height, width, labels, [.. Enumerable.Range(0, 256).Select(i => $"{i}")]));
    }

    private static (float[] Image, float[] Target) Run(string description, ImageSet set, Shape shape, uint index)
    {
        var augmentation = Augmentation.Parse(description);
        var image = new float[augmentation.OutputShape(shape).Count];
        var target = new float[augmentation.TargetShape(shape, set.Targets!).Count];
        var workspace = new float[augmentation.WorkspaceFloats(shape, set.Targets!)];
        Array.Fill(workspace, float.NaN);
        augmentation.ApplyPair(set, 0, 1, 2, index, image, target, workspace);
        return (image, target);
    }

    private sealed record Shifted : Augmentation
    {
        protected internal override void Change(ref AugmentationWork work) => work.Pixels[1..].CopyTo(work.Pixels);
    }
}
