using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>Masks of one's own by the tool: from the folder to the masks of other pictures.</summary>
public sealed class MaskCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_of_images_and_masks_is_trained_judged_and_used()
    {
        var place = Place("cells", 8);
        var trained = Tool.Run("train", place, "--epochs", "2", "--set", "batch-size=16", "--set", "patch=32", "--set", "sampler=repeat 8",
            "--threads", "2",
            "--out", folder["runs"]);
        Assert.True(trained.Code == 0, trained.Output + trained.Error);
        Assert.Contains("8 images of 48x56 pixels (height x width), gray, with masks: images/ with masks/.", trained.Error,
            StringComparison.Ordinal);
        Assert.Contains("0 is called background and 255 object", trained.Error, StringComparison.Ordinal);
        Assert.Contains("6 training + 2 validation images with masks", trained.Output, StringComparison.Ordinal);
        Assert.Contains("8 patches of 32x32 from each image of 48x56", trained.Output, StringComparison.Ordinal);
        Assert.Contains("% of 5,376 are wrong, in 2 whole images held out", trained.Output, StringComparison.Ordinal);
        var run = Directory.GetDirectories(folder["runs"]).Single();

        var judged = Tool.Run("evaluate", run, "--csv", folder["images.csv"]);
        Assert.True(judged.Code == 0, judged.Error);
        Assert.Contains("mIoU", judged.Output, StringComparison.Ordinal);
        Assert.Contains("object", judged.Output, StringComparison.Ordinal);
        Assert.Equal(3, File.ReadAllLines(folder["images.csv"]).Length);
        Assert.StartsWith("image,file,pixels,wrong,pixelError,meanIntersectionOverUnion", File.ReadAllText(folder["images.csv"]),
            StringComparison.Ordinal);

        // A picture of another size; its mask is written beside it, is a mask itself, and is written again but over nothing else.
        var picture = folder.Write("new/other.png", Disk(70, 20, 30));
        Assert.Equal(0, Tool.Run("predict", run, picture, "--csv", folder["areas.csv"]).Code);
        var mask = MaskFile.Read(File.ReadAllBytes(folder["new/other-mask.png"]), "m", isTwoClasses: true);
        Assert.Equal((70, 30), (mask.Height, mask.Width));
        Assert.StartsWith("file,mask,height,width,background,object,error", File.ReadAllText(folder["areas.csv"]),
            StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("predict", run, picture).Code);
        File.WriteAllBytes(folder["new/other-mask.png"], Disk(70, 20, 30));
        var refused = Tool.Run("predict", run, picture);
        Assert.Equal(1, refused.Code);
        Assert.Contains("nothing is written over it. Choose another folder by --masks", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, Tool.Run("predict", run, folder["new"], "--masks", folder["new"]).Code);
        var all = Tool.Run("predict", run, Path.Combine(place, "images"));
        Assert.True(all.Code == 0, all.Output + all.Error);
        // What was predicted is no part of the data.
        Assert.Equal(0, Tool.Run("predict", run, Path.Combine(place, "images", "2.png")).Code);
        var info = Tool.Run("data", "info", place);
        Assert.True(info.Code == 0, info.Error);
        Assert.Contains("1 mask that a network made, such as images/2-mask.png, is left out.", info.Error, StringComparison.Ordinal);
        Assert.Contains("pixels", info.Output, StringComparison.Ordinal);
        Assert.True(LabelMap.IsWrittenHere(Path.Combine(place, "images-predicted", "3.png")));

        Assert.Equal(0, Tool.Run("report", run).Code);
        Assert.Contains("Class by class", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
        var exported = Tool.Run("export", run, "--onnx", folder["cells.onnx"]);
        Assert.True(exported.Code == 0, exported.Error);
        Assert.DoesNotContain("Before", exported.Output, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("predict", folder["cells.onnx"], picture, "--masks", folder["onnx"]).Code);
        Assert.Equal(0, Tool.Run("evaluate", folder["cells.onnx"], "--data", place).Code);
        Assert.Equal(2, Tool.Run("predict", run, picture, "--views", "mirror").Code);
        Assert.Equal(0, Tool.Run("evaluate", run, "--html", folder["judged.html"]).Code);
        Assert.Contains("Worst images", File.ReadAllText(folder["judged.html"]), StringComparison.Ordinal);
        foreach (var command in new[] { "inspect", "serve" })
        {
            var one = Tool.Run(command, run);
            Assert.NotEqual(0, one.Code);
            Assert.Contains("gives a class for every pixel", one.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_training_that_was_stopped_goes_on_to_the_same_weights()
    {
        var place = Place("cells", 5);
        string[] asked = ["train", place, "--epochs", "2", "--set", "batch-size=16", "--set", "patch=32", "--set", "sampler=repeat 4",
            "--threads", "1", "--no-report"];
        var whole = Tool.Run([.. asked, "--out", folder["whole"], "--json"]);
        using var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, "1/2", [.. asked, "--out", folder["stopped"]]);
        Assert.Equal(1, stopped.Code);
        var resumed = Tool.Run("train", "--resume", Directory.GetDirectories(folder["stopped"]).Single(), "--json");
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(whole.Text("weightsSha256"), resumed.Text("weightsSha256"));
    }

    [Fact]
    public void A_decoder_is_learnt_over_pretrained_weights_whose_norms_stay()
    {
        var place = Place("cells", 5);
        var network = Network.Build(Shape.Image(3, 32, 32), x =>
        {
            x = x.Conv(8, kernel: 3, stride: 2, padding: 1, bias: false, name: "first").BatchNorm(name: "norm").Relu();
            return x.Conv(8, kernel: 3, stride: 2, padding: 1, name: "second").Relu().GlobalAveragePool().Linear(4);
        });
        var body = new Model(Weights.Initialize(network, 7), Normalization.None(3), ["a", "b", "c", "d"]);
        ModelFile.Save(body, Directory.CreateDirectory(folder["body"]).FullName);
        var trained = Tool.Run("train", place, "--from", folder["body"], "--epochs", "1", "--set", "batch-size=16", "--set", "patch=32",
            "--set", "sampler=repeat 8",
            "--threads", "2", "--out", folder["runs"]);
        Assert.True(trained.Code == 0, trained.Output + trained.Error);
        Assert.Contains("3x32x32 -> 1x32x32", trained.Output, StringComparison.Ordinal);
        var run = Directory.GetDirectories(folder["runs"]).Single();
        var model = ModelFile.Load(run);
        float[] Of(Model one, string name) => one.Weights.Parameters.First(parameter => parameter.Name == name).Values.ToArray();
        Assert.Equal(Of(body, "norm.running_mean"), Of(model, "norm.running_mean"));
        Assert.NotEqual(Of(body, "first.weight"), Of(model, "first.weight"));
        Assert.True(Of(body, "first.weight").Zip(Of(model, "first.weight")).All(pair => Math.Abs(pair.First - pair.Second) < 0.05));
        Assert.Equal(0, Tool.Run("evaluate", run).Code);
        Assert.Contains("leave head-only and head-epochs out", Tool.Run("train", place, "--from", folder["body"], "--head-only", "--out",
            folder["runs"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_with_classes_only_is_refused()
    {
        var place = Place("cells", 5);
        var recipe = Tool.Run("train", "mnist-20k", "--data", place, "--out", folder["runs"]);
        Assert.NotEqual(0, recipe.Code);
        Assert.Contains("has masks, a class for every pixel. Leave the recipe out", recipe.Error, StringComparison.Ordinal);
        var classes = Tool.Run("train", "own-masks", "--data", ClassFolder.Write(folder, "photos", ClassFolder.OnePart(4, "a", "b")),
            "--out", folder["runs"]);
        Assert.Contains("has none: give a folder or an archive with a folder of images and one of masks", classes.Error,
            StringComparison.Ordinal);
        Assert.Contains("leave class-weights out", Tool.Run("train", place, "--set", "class-weights=balanced", "--out",
            folder["runs"]).Error, StringComparison.Ordinal);
        Assert.Contains("leave progressive out", Tool.Run("train", place, "--set", "progressive=16", "--out", folder["runs"]).Error,
            StringComparison.Ordinal);
        Assert.Contains("patch=48 or less", Tool.Run("train", place, "--set", "patch=64", "--out", folder["runs"]).Error,
            StringComparison.Ordinal);
    }

    // Light disks on a dark ground, each with its mask.
    private string Place(string name, int count) => ClassFolder.Write(folder, name, Enumerable.Range(0, count).SelectMany(i => ((string,
        byte[])[])
        [($"images/{i}.png", Disk(48, 10 + i, 56)), ($"masks/{i}.png", Disk(48, 10 + i, 56, isMask: true))]));

    private static byte[] Disk(int height, int across, int width, bool isMask = false) => PngWriter.Write(
        [.. Enumerable.Range(0, height * width).Select(i =>
        {
            var isIn = Math.Pow((i / width) - (height / 2), 2) + Math.Pow((i % width) - across, 2) < 120;
            return isMask ? (byte)(isIn ? 255 : 0) : (byte)((isIn ? 160 : 50) + (i * 29 % 40));
        })], Shape.Image(1, height, width));
}
