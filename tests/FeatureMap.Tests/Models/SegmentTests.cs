using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Models;

/// <summary>A class for every pixel, of pictures of any size.</summary>
public sealed class SegmentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(8, 8)]
    [InlineData(19, 11)]
    [InlineData(5, 30)]
    [InlineData(3, 2)]
    public void Pictures_of_any_size_are_read_in_tiles_or_mirrored(int height, int width)
    {
        var model = Threshold();
        byte[] pixels = [.. Enumerable.Range(0, height * width).Select(i => (byte)(i * 37 % 256))];
        var map = model.Segment(pixels, Shape.Image(1, height, width));
        Assert.Equal((height, width), (map.Height, map.Width));
        Assert.Equal(pixels.Select(pixel => pixel > 127 ? (byte)1 : (byte)0), map.Labels);
        Assert.Equal(map.Labels.Count(label => label == 1), map.Pixels[1]);
    }

    [Fact]
    public void A_map_is_saved_with_a_palette_and_read_back_as_the_mask_that_it_is()
    {
        var map = new LabelMap(2, 3, [0, 1, 2, 2, 1, 0], ["a", "b", "c"]);
        var path = folder["mask.png"];
        map.Save(path);
        Assert.True(LabelMap.IsWrittenHere(path));
        var mask = MaskFile.Read(File.ReadAllBytes(path), path, isTwoClasses: false);
        Assert.Equal([0, 1, 2, 2, 1, 0], mask.Values.Select(value => (int)value));
        // 1 is dark red: the lowest bit of the number is the highest of red.
        Assert.Equal([0, 128, 0], Picture.Load(path) is var seen ? [seen.Pixels[0], seen.Pixels[1], seen.Pixels[7]] : []);
        Assert.False(LabelMap.IsWrittenHere(folder.Write("other.png", PngWriter.Write([0, 1], Shape.Image(1, 1, 2)))));
    }

    [Fact]
    public void Scaling_takes_the_pixel_whose_middle_is_nearest()
    {
        var map = new LabelMap(1, 4, [0, 1, 2, 3], ["a", "b", "c", "d"]);
        Assert.Equal([1, 3], map.Resized(1, 2).Labels);
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], map.Resized(1, 8).Labels);
    }

    [Fact]
    public void Whole_images_are_judged_as_their_maps_are()
    {
        var model = Threshold();
        byte[] pixels = [.. Enumerable.Range(0, 2 * 12 * 10).Select(i => (byte)(i * 91 % 256))];
        byte[] truth = [.. pixels.Select((pixel, i) => i % 5 == 0 ? (byte)255 : pixel > 100 ? (byte)1 : (byte)0)];
        var set = new ImageSet("t", Shape.Image(1, 12, 10), pixels, TargetSet.LabelMaps(12, 10, truth, ["low", "high"], 255));
        var judged = SegmentationJudgement.Of(model, set);
        // A pixel is wrong where it is 101 to 127 and counts.
        int Wrong(int from, int count) => Enumerable.Range(from, count).Count(i => truth[i] != 255 && pixels[i] is > 100 and <= 127);
        int Counted(int from, int count) => Enumerable.Range(from, count).Count(i => truth[i] != 255);
        Assert.Equal((Counted(0, 240), Wrong(0, 240)), (judged.CountedPixels, judged.CountedPixels - judged.RightPixels));
        Assert.Equal([Wrong(0, 120), Wrong(120, 120)], judged.PerImage.Select(one => one.CountedPixels - one.RightPixels));
        Assert.Equal([Counted(0, 120), Counted(120, 120)], judged.PerImage.Select(one => one.CountedPixels));
        Assert.Equal((double)Wrong(0, 240) / Counted(0, 240), judged.PixelError, 12);
        // In tiles it is the same as in one piece.
        var whole = SegmentationJudgement.Of(model.WithInput(Shape.Image(1, 12, 10)), set);
        Assert.Equal(whole.MeanIntersectionOverUnion, judged.MeanIntersectionOverUnion);
        Assert.Equal(whole.PerImage, judged.PerImage);
    }

    [Fact]
    public void A_classifier_makes_no_masks_and_says_so()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x => x.GlobalAveragePool().Linear(2));
        var model = new Model(Weights.Initialize(network, 0), Normalization.None(1), ["a", "b"]);
        Assert.False(model.GivesLabelMaps);
        Assert.Contains("UNet.Build", Assert.Throws<ShapeException>(() => model.Segment(new byte[64], Shape.Image(1, 8, 8))).Message,
            StringComparison.Ordinal);
    }

    // A network for tiles of 8x8 whose score is pixel / 255 - 0.5.
    private static Model Threshold()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x => x.Subtract(0.5));
        return new Model(Weights.Initialize(network, 0), Normalization.None(1), ["low", "high"]);
    }
}
