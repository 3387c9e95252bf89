using FeatureMap.Data;
using FeatureMap.Tests.Cli;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class AugmentationPreviewTests
{
    [Fact]
    public void The_sheet_shows_the_image_and_what_a_training_would_see()
    {
        var set = new ImageSet("test", new(1, 64, 64), Idx.Noise(3 * 4096, 1), new int[3], ["only"]);
        var augmentation = Augmentation.Parse("crop 4, flip");
        var (pixels, shape) = AugmentationPreview.Draw(set, augmentation, images: 2, epochs: 3, seed: 8);
        Assert.Equal(new Shape(1, (2 * 68) + 4, (4 * 68) + 12), shape);
        for (var y = 0; y < 64; y++)
        {
            Assert.Equal(set.Pixels(1).Slice(y * 64, 64), pixels.AsSpan(((4 + 68 + y) * shape.Width) + 4, 64));
            var variant = Pictures.Run(augmentation, set.Pixels(1).ToArray(), set.ImageShape, 8, 2, 1);
            Assert.Equal(variant.AsSpan(y * 64, 64).ToArray().Select(value => (byte)value), pixels.AsSpan(((4 + 68 + y) * shape.Width) + 12 + (3 * 68), 64).ToArray());
        }
        Assert.All(pixels[..shape.Width], value => Assert.Equal(40, value));
    }

    [Fact]
    public void Small_images_are_enlarged_and_standardised_ones_made_visible()
    {
        var set = new ImageSet("test", new(3, 10, 20), Idx.Noise(5 * 600, 1), new int[5], ["only"]);
        var (_, shape) = AugmentationPreview.Draw(set, Augmentation.Parse("resize 16 16"), images: 99, epochs: 1);
        Assert.Equal(new Shape(3, (5 * ((16 * 3) + 4)) + 4, (2 * ((20 * 3) + 4)) + 12), shape); // cells of 16 x 20, three times as large
        var (pixels, _) = AugmentationPreview.Draw(set, Augmentation.Parse("keras featurewise-std=yes"), images: 1, epochs: 1);
        Assert.Contains((byte)255, pixels);
        Assert.Equal("A preview shows 1 to 1,000 images: received 0.", Assert.Throws<UsageException>(() => AugmentationPreview.Draw(set, Augmentation.None, images: 0)).Message);
    }

    [Fact]
    public void The_tool_writes_it()
    {
        using var world = new SmallWorld();
        var file = world["sheet.png"];
        var result = Tool.Run("data", "preview", "mnist", "--data", world.Data, "--augmentation", "crop 4, cutout 8", "--images", "3", "--epochs", "2", "--seed", "7", "--out", file, "--json");
        Assert.Equal(("crop 4, cutout 8", 3, 2, 7), (result.Text("augmentation"), Number("images"), Number("epochs"), Number("seed")));
        var pixels = ImageFile.Load(file, new(1, Number("height"), Number("width")));
        Assert.Equal(AugmentationPreview.Draw(Datasets.Get("mnist", new DataOptions { Folders = [world.Data] }).Training, Augmentation.Parse("crop 4, cutout 8"), 3, 2, 7).Pixels, pixels);

        var prose = Tool.Run("data", "preview", "mnist", "--data", world.Data, "--out", file);
        Assert.Equal(0, prose.Code);
        Assert.StartsWith("mnist: affine shift=1.5 rotation=8 zoom=0.08 shear=4", prose.Output, StringComparison.Ordinal);
        Assert.Contains("552 x 484 pixels, 8 images (left) in 8 variants each", prose.Output, StringComparison.Ordinal);

        AssertWrong("error: --images is a whole number from 1 to 1,000: received 'many'.", "--images", "many");
        AssertWrong("error: The augmentation 'flp' cannot be read: there is no 'flp'. Did you mean 'flip'?", "--augmentation", "flp");
        Assert.Equal(1, Tool.Run("data", "preview", "mnist", "--data", world.Data, "--out", world["no/such/folder.png"]).Code);

        var words = Tool.Run("data", "augmentations");
        Assert.Contains("cutout size [holes] [value=0]", words.Output, StringComparison.Ordinal);
        Assert.Equal(Augmentation.Words.Count, Tool.Run("data", "augmentations", "--json").Json.GetProperty("augmentations").GetArrayLength());

        int Number(string name) => result.Json.GetProperty(name).GetInt32();
        void AssertWrong(string message, params string[] more)
        {
            var wrong = Tool.Run(["data", "preview", "mnist", "--data", world.Data, "--out", file, .. more]);
            Assert.Equal(2, wrong.Code);
            Assert.StartsWith(message, wrong.Error, StringComparison.Ordinal);
        }
    }
}
