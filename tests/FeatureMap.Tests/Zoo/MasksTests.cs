using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>Networks and trainings for images with masks.</summary>
public sealed class MasksTests
{
    [Theory]
    [InlineData("resnet-18", 64, 2)]
    [InlineData("mobilenet-v2", 64, 3)]
    [InlineData("efficientnet-b0", 96, 2)]
    [InlineData("vgg-16", 64, 4)]
    [InlineData("squeezenet-1.1", 64, 2)]
    [InlineData("convnext-atto", 64, 2)]
    public void A_decoder_goes_up_over_any_network(string name, int side, int classes)
    {
        var image = Shape.Image(3, side, side);
        var network = UNet.Over(Architectures.Get(name).Build(), classes, image);
        Assert.Equal((image, new Shape(classes, side, side)), (network.Input, network.Output));
        // The body is that of the network, so its weights go along by name; nothing of the classifier is left.
        var body = Architectures.Get(name).Build();
        Assert.All(UNet.BodyLayers(network).Concat(UNet.BodyNorms(network)), layer => Assert.Contains(body.Layers, one =>
            one.Name == layer));
        Assert.DoesNotContain(network.Layers, layer => layer.Output.Channels == 1000);
        Assert.NotEmpty(UNet.BodyLayers(network));
    }

    [Fact]
    public void The_decoder_reads_the_last_map_of_each_size()
    {
        var backbone = Network.Build(Shape.Image(3, 32, 32), x =>
        {
            x = x.Conv(4, kernel: 3, stride: 2, padding: 1, name: "half").Relu(name: "half-relu");
            x = x.Conv(4, kernel: 3, stride: 2, padding: 1, name: "quarter").Relu(name: "quarter-relu");
            return x.GlobalAveragePool().Linear(10);
        });
        var network = UNet.Over(backbone, 1);
        Assert.Equal(["half-relu", "quarter-relu"], network.Layers.Where(layer => !layer.Name.StartsWith("decoder/",
            StringComparison.Ordinal)
            && network.Layers.Any(reader => reader.Name.StartsWith("decoder/", StringComparison.Ordinal)
                && reader.Inputs.Contains(layer.Index)) && layer.Index > 0)
            .Select(layer => layer.Name));
        Assert.Contains(network.Layers, layer => layer.Name.StartsWith("decoder/", StringComparison.Ordinal) && layer.Inputs.Contains(0));
        var flat = Network.Build(Shape.Image(3, 8, 8), x => x.Conv(4, kernel: 3, padding: 1));
        Assert.Contains("nothing for a decoder", Assert.Throws<ShapeException>(() => UNet.Over(flat, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("no map of more than one pixel", Assert.Throws<ShapeException>(() => UNet.Over(Network.Build(Shape.Vector(4), x =>
            x.Linear(3)), 1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512, 512, 0, 128, 16)]
    [InlineData(40, 100, 0, 32, 64)]
    [InlineData(128, 128, 0, 128, 64)]
    [InlineData(90, 90, 0, 80, 64)]
    [InlineData(10, 12, 0, 10, 64)]
    [InlineData(200, 300, 64, 64, 15)]
    public void Patches_follow_from_the_images(int height, int width, int patch, int side, int times)
    {
        var data = Drawn(height, width, height > 300 ? 20 : 5);
        var settings = new RecipeSettings { Patch = patch };
        var options = settings.ToOptions(data);
        Assert.Equal(Shape.Image(1, side, side), Masks.InputOf(data, settings));
        Assert.Equal(Shape.Image(1, side, side), options.Augmentation.OutputShape(data.ImageShape));
        Assert.Equal(Math.Max(times, (255 + data.Training.Count) / data.Training.Count), ((RepeatSampler)options.Sampler).Times);
    }

    [Fact]
    public void What_is_said_is_kept_and_what_contradicts_is_refused()
    {
        var data = Drawn(64, 64, 5);
        var own = new TrainingOptions
        {
            Loss = Loss.Mse(),
            Sampler = Sampler.Repeat(3),
            Augmentation = Augmentation.Parse("crop height=24 width=24, flip")
        };
        var options = new RecipeSettings { Training = own }.ToOptions(data);
        Assert.Equal((own.Loss, own.Sampler, own.Augmentation), (options.Loss, options.Sampler, options.Augmentation));
        Assert.Throws<UsageException>(() => new RecipeSettings { Training = own, Patch = 32 }.ToOptions(data));
        Assert.Throws<UsageException>(() => new RecipeSettings { Patch = 65 }.ToOptions(data));
        var classes = new RecipeSettings();
        Assert.Same(classes.Training, classes.ToOptions(Datasets.Digits()));
        // What a run keeps says it all, and means the same when it is read again.
        var kept = Masks.Resolved(new RecipeSettings { Patch = 48 }, data);
        Assert.Equal((0, "crop height=48 width=48"), (kept.Patch, $"{kept.Training.Augmentation}"));
        Assert.Equal((kept.Training.Augmentation, kept.Training.Sampler, kept.Training.Loss), kept.ToOptions(data) is var again
            ? (again.Augmentation, again.Sampler, again.Loss) : default);
        // A patch of the whole image is cut by nothing, and is no smaller one for whoever goes on.
        var (large, whole) = (Drawn(160, 160, 3), new RecipeSettings { Patch = 160 });
        Assert.Equal(large.ImageShape, Masks.InputOf(large, Masks.Resolved(whole, large)));
    }

    [Fact]
    public void Masks_are_learnt_from_patches_and_whole_images_are_judged()
    {
        var data = Drawn(40, 48, 6);
        var options = Masks.OptionsFor(data) with { Epochs = 2, BatchSize = 16, Threads = 2, Sampler = Sampler.Repeat(8) };
        var run = Trainer.Fit(Masks.NetworkFor(data), data, options);
        Assert.Equal(["background", "disk"], run.Model.ClassNames);
        Assert.Same(Augmentation.None, run.Model.Preparation);
        // 40 rows and 48 columns in tiles of 32: two by two of each image while it trains; whole images in the end.
        Assert.Equal(4 * data.Validation.Count, run.Validation!.Values.Count);
        Assert.Equal(data.Validation.Count * 40L * 48, run.Segmentation!.CountedPixels);
        Assert.True(run.Segmentation.PixelError < 0.3, $"{run.Segmentation}");
    }

    // Light disks on a dark ground.
    private static SplitData Drawn(int height, int width, int count)
    {
        var (pixels, labels) = (new byte[count * height * width], new byte[count * height * width]);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (image, y, x) = (i / (height * width), i / width % height, i % width);
            var isIn = Math.Pow(y - (height / 2) - image, 2) + Math.Pow(x - (width / 3), 2) < height * height / 9.0;
            (pixels[i], labels[i]) = ((byte)((isIn ? 150 : 60) + (i * 31 % 40)), isIn ? (byte)1 : (byte)0);
        }
        var set = new ImageSet("disks", Shape.Image(1, height, width), pixels, TargetSet.LabelMaps(height, width, labels, ["background",
            "disk"]));
        var (training, validation) = set.Split(1.0 / count, 0);
        return new("disks", training, validation, "drawn");
    }
}
