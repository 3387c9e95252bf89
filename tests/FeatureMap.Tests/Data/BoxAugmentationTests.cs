using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Boxes move with the pixels that they are around.</summary>
public sealed class BoxAugmentationTests
{
    private static readonly BoxPyramid Pyramid = new(Shape.Image(3, 64, 96), 2);

    [Theory]
    [InlineData("flip 1", 96 - 40, 8, 96 - 20, 24)]
    [InlineData("vertical-flip 1", 20, 64 - 24, 40, 64 - 8)]
    [InlineData("affine mirror=1", 96 - 40, 8, 96 - 20, 24)]
    [InlineData("none", 20, 8, 40, 24)]
    public void A_mirrored_box_by_hand(string text, float left, float top, float right, float bottom)
    {
        var moved = Assert.Single(Moved(Augmentation.Parse(text), [new(20, 8, 40, 24, 1)]));
        Assert.Equal((left, top, right, bottom, 1), (moved.Left, moved.Top, moved.Right, moved.Bottom, moved.Class));
    }

    [Fact]
    public void What_leaves_a_window_is_cut_off_and_little_of_it_does_not_count()
    {
        // A window of 32 x 48 in the middle begins at row 16, column 24.
        var moved = Moved(new CenterCrop(32, 48), [new(20, 20, 40, 30, 0), new(10, 20, 26, 40, 1), new(0, 0, 20, 60, 0)]);
        Assert.Equal([new(0, 4, 16, 14, 0), new TargetBox(0, 4, 2, 24, 1) { Counts = false }], moved);
        var half = Moved(new ResizeTo(32, 48), [new(20, 20, 40, 30, 0)]);
        Assert.Equal([new(10, 10, 20, 15, 0)], half);
    }

    /// <summary>A bright rectangle is where its box says, whatever was done to both.</summary>
    [Theory]
    [InlineData("affine shift=9 zoom=0.4 mirror=0.5")]
    [InlineData("resized-crop scale=0.4:1")]
    [InlineData("crop 8, flip")]
    [InlineData("randaugment 2 5")]
    public void Boxes_stay_around_their_pixels(string text)
    {
        var augmentation = Augmentation.Parse(text);
        var (shape, found) = (Pyramid.Image, 0);
        for (uint scene = 0; scene < 60; scene++)
        {
            var random = new RandomSequence(3, RandomPurpose.Testing, scene);
            int left = random.NextInt(60), top = random.NextInt(30), width = 12 + random.NextInt(20), height = 12 + random.NextInt(20);
            var pixels = new byte[shape.Count];
            for (var y = top; y < top + height; y++)
                for (var channel = 0; channel < 3; channel++)
                    pixels.AsSpan((channel * shape.Area) + (y * shape.Width) + left, width).Fill(255);
            var set = new ImageSet("boxes", shape, pixels, TargetSet.Boxes(Pyramid, [[new(left, top, left + width, top + height, 0)]]));
            var (image, room) = (new float[shape.Count], new TargetBox[1]);
            var count = augmentation.MoveBoxes(set, 0, 5, 2, scene, image, room, new float[augmentation.WorkspaceFloats(shape,
                set.Targets!)]);
            if (count == 0 || !room[0].Counts || text.StartsWith("randaugment", StringComparison.Ordinal)) continue;
            found++;
            float lit = 0, inside = 0;
            for (var y = 0; y < shape.Height; y++)
                for (var x = 0; x < shape.Width; x++)
                {
                    var value = image[(y * shape.Width) + x];
                    lit += value;
                    if (x + 0.5 > room[0].Left && x + 0.5 < room[0].Right && y + 0.5 > room[0].Top && y
                        + 0.5 < room[0].Bottom) inside += value;
                }
            Assert.InRange(inside / lit, 0.9, 1);
            Assert.InRange(inside / 255 / room[0].Area, 0.85, 1.1);
        }
        Assert.True(found > 30 || text.StartsWith("randaugment", StringComparison.Ordinal), $"{found}");
    }

    [Fact]
    public void What_cannot_move_boxes_is_refused()
    {
        var set = Set([[new(1, 2, 30, 40, 1)]]);
        Assert.Contains("moves each pixel by itself", Assert.Throws<UsageException>(() =>
            Augmentation.Parse("flip, elastic").TargetShape(Pyramid.Image, set.Targets!)).Message, StringComparison.Ordinal);
        Assert.Equal("The boxes are to become numbers on images of 3x64x96, and 'crop height=32 width=32' makes 3x32x32 of the 3x64x96. "
            + "Both must be the network's input.", Assert.Throws<ShapeException>(() =>
            Augmentation.Parse("crop height=32 width=32").TargetShape(Pyramid.Image, set.Targets!)).Message);
        Assert.Equal("A box of image 1 is of class 2: with 2 classes they are 0 to 1.", Assert.Throws<DataException>(() =>
            TargetSet.Boxes(Pyramid, [[], [new(1, 1, 2, 2, 2)]])).Message);
        Assert.StartsWith("A box of image 0 has no area", Assert.Throws<DataException>(() =>
            TargetSet.Boxes(Pyramid, [[new(5, 1, 5, 2, 1)]])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Boxes_are_part_of_the_sum_of_a_set_and_go_along_with_parts_of_it()
    {
        var set = Set([[new(1, 2, 30, 40, 1)], [], [new(3, 3, 9, 9, 0) { Counts = false }]]);
        Assert.Equal("2 boxes in 2 classes", $"{set.Targets}");
        Assert.NotEqual(set.Sha256(), Set([[new(1, 2, 30, 41, 1)], [], [new(3, 3, 9, 9, 0) { Counts = false }]]).Sha256());
        Assert.NotEqual(set.Sha256(), Set([[new(1, 2, 30, 40, 1)], [], [new(3, 3, 9, 9, 0)]]).Sha256());
        var part = set.Subset([2, 1]);
        Assert.False(Assert.Single(part.Targets!.BoxesOf(part.TargetOf(0)).ToArray()).Counts);
        Assert.Empty(part.Targets.BoxesOf(part.TargetOf(1)).ToArray());
    }

    private static TargetBox[] Moved(Augmentation augmentation, TargetBox[] boxes)
    {
        var set = Set([boxes]);
        var room = new TargetBox[boxes.Length];
        var count = augmentation.MoveBoxes(set, 0, 0, 0, 0, new float[augmentation.OutputShape(Pyramid.Image).Count], room,
            new float[augmentation.WorkspaceFloats(Pyramid.Image, set.Targets!)]);
        return room[..count];
    }

    private static ImageSet Set(TargetBox[][] boxes) =>
        new("boxes", Pyramid.Image, new byte[boxes.Length * Pyramid.Image.Count], TargetSet.Boxes(Pyramid, boxes));
}
