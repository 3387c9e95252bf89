using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Interchange;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class InspectCommandTests
{
    private static string Save(TemporaryFolder folder, string name, Func<Feature, Feature> body, params string[] classes)
    {
        var file = folder[name];
        OnnxFile.Save(OnnxSamples.Model(Network.Build(Shape.Image(3, 8, 8), body), classes), file);
        return file;
    }

    private static string Pets(TemporaryFolder folder) => Save(folder, "pets.onnx", x => x.Conv(4, kernel: 3).BatchNorm().Relu().GlobalAveragePool().Linear(2), "cat", "dog");

    private static string Picture(TemporaryFolder folder, int side = 8) => folder.Write($"{side}.png", PngWriter.Write(Idx.Noise(3 * side * side, 3), Shape.Image(3, side, side)));

    [Fact]
    public void An_image_is_explained_by_a_page_and_a_document()
    {
        using var folder = new TemporaryFolder();
        var page = folder["why.html"];
        var result = Tool.Run("inspect", Pets(folder), Picture(folder), "--class", "dog", "--out", page, "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal((page, "relu1"), (result.Text("page"), result.Text("gradCamLayer")));
        var image = result.Json.GetProperty("images")[0];
        Assert.Equal(["Grad-CAM", "Gradient", "SmoothGrad", "Gradient x input", "Occlusion"], image.GetProperty("maps").EnumerateArray().Select(map => map.GetProperty("kind").GetString()!));
        Assert.All(image.GetProperty("maps").EnumerateArray(), map => Assert.Equal(1, map.GetProperty("class").GetInt32()));
        Assert.Equal("The confusion matrix and the channels' favourite images: they need labelled data.", Assert.Single(result.Json.GetProperty("leftOut").EnumerateArray().Select(one => one.GetString())));
        var html = File.ReadAllText(page);
        foreach (var section in new[] { "images", "layers", "fields", "kernels", "features", "left-out" })
            Assert.Contains($"<section id=\"{section}\">", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<section id=\"confusion\">", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        // The class by its number: only the command says so.
        Assert.Equal(html.Replace("--class dog", "--class 1", StringComparison.Ordinal), Again(folder, page));
    }

    [Fact]
    public void Without_images_the_data_give_some()
    {
        using var folder = new TemporaryFolder();
        var data = folder.Write("pets.zip", Trees.Zip(ClassFolder.OnePart(10, "cat", "dog")));
        var result = Tool.Run("inspect", Pets(folder), "--data", data, "--out", folder["pages"]);
        Assert.Equal(0, result.Code);
        Assert.Contains("Measured on ", result.Output, StringComparison.Ordinal);
        Assert.Contains("Grad-CAM looks at", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Left out", result.Output, StringComparison.Ordinal);
        var html = File.ReadAllText(folder["pages/inspect.html"]);
        Assert.Contains("<section id=\"confusion\">", html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"favourites\">", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_without_classes_says_what_is_left_out()
    {
        using var folder = new TemporaryFolder();
        var file = Save(folder, "sharper.onnx", x => x.Conv(4, kernel: 3, padding: 1).Relu().Conv(12, kernel: 3, padding: 1).PixelShuffle(2));
        var result = Tool.Run("inspect", file, Picture(folder), "--out", folder.Location);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains(
            "Left out: Predictions, Grad-CAM, saliency, occlusion and the confusion matrix: the network gives 3x16x16 per image (channels x height x width) and no scores of classes.\n",
            result.Output, StringComparison.Ordinal);
        Assert.Contains("<section id=\"fields\">", File.ReadAllText(folder["inspect.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        using var folder = new TemporaryFolder();
        var (file, picture) = (Pets(folder), Picture(folder));
        Assert.Equal(
            "error: The network has no layer 'relu7'. Did you mean 'relu1'? Its layers with a plane: conv1, relu1.",
            Tool.Run("inspect", file, picture, "--layer", "relu7", "--out", folder.Location).Error.TrimEnd());
        Assert.Equal(
            "error: The network has no class 'dgo'. Did you mean 'dog'? A class is given by its name, or by its number from 0 to 1.",
            Tool.Run("inspect", file, picture, "--class", "dgo").Error.TrimEnd());
        Assert.Equal(
            "error: Give images to look at, or the data to choose them from: featuremap inspect model.onnx seven.png, or featuremap inspect model.onnx --dataset mnist",
            Tool.Run("inspect", file).Error.TrimEnd());
        Assert.EndsWith(
            "the image has 9 x 9 pixels (width x height), the network expects 8 x 8. Scale the image, or let it be scaled with --resize.",
            Tool.Run("inspect", file, Picture(folder, 9)).Error.TrimEnd(), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["inspect.html"]));
    }

    private static string Again(TemporaryFolder folder, string page)
    {
        Tool.Run("inspect", folder["pets.onnx"], folder["8.png"], "--class", "1", "--out", page, "--json");
        return File.ReadAllText(page);
    }
}
