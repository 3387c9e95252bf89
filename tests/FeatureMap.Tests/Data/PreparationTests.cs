using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>How pictures were prepared for weights: as text, and as what a model does.</summary>
public sealed class PreparationTests
{
    private static Model Model { get; } = new(
        Weights.Initialize(Network.Build(Shape.Image(3, 4, 5), x => x.Conv(4, kernel: 3).Relu().Flatten().Linear(3)), 1),
            Normalization.None(3), ["a", "b", "c"]);

    private static readonly byte[] Pixels = Idx.Noise(60, 3);

    private static byte[] Reversed => [.. Pixels[40..60], .. Pixels[20..40], .. Pixels[..20]];

    [Theory]
    [InlineData("imagenet")]
    [InlineData("unit")]
    [InlineData("signed size=160")]
    [InlineData("imagenet size=224x288 crop=0.95")]
    [InlineData("bgr")]
    [InlineData("rgb")]
    [InlineData("bgr 103.06:115.9:123.15")]
    [InlineData("rgb 127.5:127.5:127.5 deviation=128:128:128")]
    [InlineData("bgr deviation=2:3:4 size=96 crop=0.875")]
    [InlineData("rgb 33")]
    public void A_text_comes_back(string text)
    {
        var read = Preparation.Parse(text);
        Assert.Equal(read, Preparation.Parse($"{read}"));
        Assert.Equal(text.Replace("=160", "=160x160", StringComparison.Ordinal).Replace("=96", "=96x96", StringComparison.Ordinal), $"{read}");
    }

    [Fact]
    public void Means_are_those_of_the_pixel()
    {
        Assert.Equal(Preparation.Bgr(103.06, 115.90, 123.15), Preparation.Parse("bgr 103.06:115.9:123.15"));
        Assert.Equal(Preparation.Signed,
            Preparation.Parse("rgb 127.5 deviation=127.5:127.5:127.5") with { CropShare = Preparation.Signed.CropShare });
        Assert.Equal(Preparation.Bgr(1, 20, 3), Preparation.MinusMeanImage(ColourOrder.Bgr, [0, 2, 10, 30, 3, 3]));
        Assert.Equal(0.875, Preparation.ImageNet.CropShare);
    }

    [Fact]
    public void A_model_takes_red_green_and_blue_whatever_its_weights_were_trained_on()
    {
        // By hand: blue first, minus its mean, and no scale.
        double[] mean = [10, 20, 30];
        var direct = new Model(Model.Weights, new([.. mean.Select(one => one / 255)], [1 / 255.0, 1 / 255.0, 1 / 255.0]), Model.ClassNames);
        var prepared = Model.WithPreparation(Preparation.Bgr(mean));
        Assert.Equal(direct.Compute(Reversed), prepared.Compute(Pixels));
        Assert.NotEqual(direct.Compute(Pixels), prepared.Compute(Pixels));
        Assert.Equal("bgr", prepared.Network.Layers[1].Name);
        Assert.Equal(Model.Compute(Pixels), Model.WithPreparation(Preparation.Unit).Compute(Pixels));
    }

    [Fact]
    public void It_is_kept_by_every_file_and_so_is_how_pictures_are_made_to_fit()
    {
        using var folder = new TemporaryFolder();
        var prepared = Model.WithPreparation(Preparation.Bgr(10, 20, 30));
        var kept = new Model(prepared.Weights, prepared.Normalization, prepared.ClassNames) { Fit = ImageFit.Crop(0.875) };
        Directory.CreateDirectory(folder["m"]);
        ModelFile.Save(kept, folder["m"]);
        OnnxFile.Save(kept, folder["m.onnx"]);
        foreach (var read in (Model[])[ModelFile.Load(folder["m"]), OnnxFile.Load(folder["m.onnx"])])
        {
            Assert.Equal(kept.Compute(Pixels), read.Compute(Pixels));
            Assert.Equal(ImageFit.Crop(0.875), read.Fit);
        }
        Assert.Equal(ImageFit.Crop(0.875), kept.CutAt("relu1").Fit);
        Directory.CreateDirectory(folder["old"]);
        ModelFile.Save(prepared, folder["old"]); // without a fit, as files were before there was one
        Assert.Null(ModelFile.Load(folder["old"]).Fit);

        var file = SafetensorsFile.Read(Path.Combine(folder["m"], ModelFile.WeightsName));
        SafetensorsFile.Write(Path.Combine(folder["m"], ModelFile.WeightsName), file.Tensors, new Dictionary<string,
            string>(file.Metadata)
        { ["fit"] = "crop 7" });
        Assert.Equal("'fit' in the metadata of model.safetensors does not describe how pictures of other sizes are made to fit.",
            Assert.Throws<DataException>(() => ModelFile.Load(folder["m"])).Message);
    }

    [Theory]
    [InlineData("caffe", "there is no 'caffe'")]
    [InlineData("bgr 1:2", "received 2 means and 0 deviations")]
    [InlineData("bgr 1:2:3 deviation=0", "the deviation above 0")]
    [InlineData("imagenet crop=2", "received '2'")]
    [InlineData("imagenet, bgr", "one preparation is described at a time")]
    public void Other_texts_are_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<UsageException>(() => Preparation.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Colours_that_the_network_does_not_read_are_refused()
    {
        var gray = new Model(Weights.Initialize(Network.Build(Shape.Image(1, 4, 4), x => x.Flatten().Linear(2)), 1),
            Normalization.None(1), []);
        Assert.Equal("The preparation 'imagenet' is for 3 colours, and the network reads 1.",
            Assert.Throws<ShapeException>(() => gray.WithPreparation(Preparation.ImageNet)).Message);
        Assert.StartsWith("Only three colours have an order", Assert.Throws<ShapeException>(() =>
            gray.WithPreparation(Preparation.Parse("bgr 33"))).Message, StringComparison.Ordinal);
    }
}
