using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Interchange;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class ExportCommandTests
{
    [Fact]
    public void A_model_is_exported_verified_and_used_as_a_file_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var model = OnnxSamples.Model(FeatureMap.Zoo.Recipes.Get("mnist-20k").Build(Shape.Image(1, 28, 28), 10), "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
        ModelFile.Save(model, folder.Location);
        var file = folder["digits.onnx"];
        var export = Tool.Run("export", folder.Location, "--onnx", file, "--verify", "--json");
        Assert.Equal((0, ""), (export.Code, export.Error));
        var verified = export.Json.GetProperty("verified");
        Assert.True(verified.GetProperty("passed").GetBoolean());
        Assert.InRange(verified.GetProperty("largestRelative").GetDouble(), 0, 1e-4);
        Assert.Contains("operator set 13", Tool.Run("export", folder.Location, "--onnx", file, "--opset", "13", "--keep-batch-norm").Output, StringComparison.Ordinal);

        Assert.Equal(Tool.Run("summary", "mnist-20k").Output.Split('\n')[1..], Tool.Run("summary", file).Output.Split('\n')[1..]);
        var image = folder.Write("image.png", PngWriter.Write(Idx.Noise(784, 3), Shape.Image(1, 28, 28)));
        var answer = Tool.Run("predict", file, image, "--json");
        Assert.Equal(model.Predict(Idx.Noise(784, 3)).ClassName, answer.Json.GetProperty("predictions")[0].GetProperty("class").GetString());
    }

    [Fact]
    public void Predict_says_what_an_image_of_16_hardly_used_bits_becomes()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(OnnxSamples.Model(FeatureMap.Zoo.Recipes.Get("mnist-20k").Build(Shape.Image(1, 28, 28), 10)), folder.Location);
        byte[] rows = [.. Enumerable.Range(0, 28).SelectMany(row => (byte[])[0, .. Enumerable.Range(0, 28).SelectMany(x => new byte[] { (byte)(row / 2), (byte)(9 * x) })])];
        var image = folder.Write("twelve.png", SampleImages.Png(28, 28, 16, 0, rows));
        var answer = Tool.Run("predict", folder.Location, image, "--json");
        Assert.Equal(0, answer.Code);
        Assert.Contains($"{image}: its samples of 16 bits end at 3,571 of 65,535, as those of a camera with 12 bits do, and only the high "
            + "byte of a sample is kept", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_file_is_evaluated_as_its_run_would_be()
    {
        using var folder = new TemporaryFolder();
        var model = OnnxSamples.Model(Network.Build(Shape.Image(3, 8, 8), x => x.Conv(4, kernel: 3).Relu().GlobalAveragePool().Linear(2)), "cat", "dog");
        var file = folder["pets.onnx"];
        OnnxFile.Save(model, file);
        var judged = Tool.Run("evaluate", file, "--data", folder.Write("pets.zip", Trees.Zip(ClassFolder.OnePart(10, "cat", "dog"))), "--json");
        Assert.Equal(0, judged.Code);
        Assert.Equal((file, "pets.zip"), (judged.Text("run"), judged.Text("dataset")));
        Assert.InRange(judged.Json.GetProperty("accuracy").GetDouble(), 0, 1);
        Assert.StartsWith("error: Which data set?", Tool.Run("evaluate", file).Error, StringComparison.Ordinal);
        var birds = folder.Write("birds.zip", Trees.Zip(ClassFolder.OnePart(5, "crow", "dog")));
        Assert.EndsWith(
            $"error: pets.onnx tells the classes cat, dog apart; {birds} has crow, dog. Its labels would mean other things: give data with the same class folders.",
            Tool.Run("evaluate", file, "--data", birds).Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Views_are_judged_predicted_and_exported_alike()
    {
        using var folder = new TemporaryFolder();
        var model = OnnxSamples.Model(Network.Build(Shape.Image(3, 8, 8), x => x.Conv(4, kernel: 3).BatchNorm().Relu().Flatten().Linear(2).Multiply(0.02)), "cat", "dog");
        ModelFile.Save(model, folder.Location);
        var data = folder.Write("pets.zip", Trees.Zip(ClassFolder.OnePart(10, "cat", "dog")));
        var export = Tool.Run("export", folder.Location, "--onnx", folder["seen.onnx"], "--views", "mirror-shift", "--verify", "--json");
        Assert.True(export.Json.GetProperty("verified").GetProperty("passed").GetBoolean());

        // The file has the views inside: it is judged as the model is with them.
        string Loss(params string[] arguments) => $"{Tool.Run(["evaluate", .. arguments, "--data", data, "--json"]).Json.GetProperty("loss").GetDouble():F4}";
        var weights = folder[ModelFile.WeightsName];
        Assert.Equal(Loss(weights, "--views", "mirror-shift"), Loss(folder["seen.onnx"]));
        Assert.Equal(Loss(weights), Loss(weights, "--views", "one"));
        Assert.Contains("views: mirror", Tool.Run("evaluate", weights, "--data", data, "--views", "mirror").Output, StringComparison.Ordinal);

        var image = folder.Write("image.png", PngWriter.Write(Idx.Noise(192, 3), Shape.Image(3, 8, 8)));
        string Top(params string[] arguments) => $"{Tool.Run(["predict", .. arguments, image, "--json"]).Json.GetProperty("predictions")[0].GetProperty("probability").GetDouble():F4}";
        Assert.Equal($"{TestTimeAugmentation.Apply(model, TestTimeViews.Mirror).Predict(Idx.Noise(192, 3)).Probability:F4}", Top(weights, "--views", "mirror"));
        Assert.NotEqual(Top(weights), Top(weights, "--views", "mirror"));
        Assert.Equal(Top(weights, "--views", "mirror-shift"), Top(folder["seen.onnx"]));
        Assert.Equal("error: --views is one, mirror or mirror-shift: received 'miror'. Did you mean 'mirror'?", Tool.Run("evaluate", "none", "--views", "miror").Error.TrimEnd());
    }

    [Fact]
    public void The_command_says_what_it_needs()
    {
        Assert.Equal("error: --onnx is missing: the file to write, such as --onnx model.onnx.", Tool.Run("export", "run").Error.TrimEnd());
        Assert.Equal("error: --opset is a whole number from 13 to 21: received '12'.", Tool.Run("export", "run", "--onnx", "a", "--opset", "12").Error.TrimEnd());
        Assert.Equal("error: --input is pixels or normalized: received 'pixel'. Did you mean 'pixels'?", Tool.Run("export", "run", "--onnx", "a", "--input", "pixel").Error.TrimEnd());
        Assert.StartsWith("error: none.onnx does not exist", Tool.Run("summary", "none.onnx").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Backend_tests_are_counted_with_reasons()
    {
        using var folder = new TemporaryFolder();
        OnnxNodeTestTests.Write(folder, "test_relu", [OnnxGraphs.Node("Relu", "x", "y")], [0, 2, 0, 4]);
        OnnxNodeTestTests.Write(folder, "test_unheard", [OnnxGraphs.Node("Unheard", "x", "y")], [0, 2, 0, 4]);
        var fine = Tool.Run("verify", "onnx", folder.Location);
        Assert.Equal(0, fine.Code);
        Assert.Contains("    1  no layer stands for the operator 'Unheard'", fine.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 0 failed, 1 out of scope.\n", fine.Output, StringComparison.Ordinal);

        OnnxNodeTestTests.Write(folder, "test_wrong", [OnnxGraphs.Node("Relu", "x", "y")], [1, 2, 0, 4]);
        var wrong = Tool.Run("verify", "onnx", folder.Location, "--json");
        Assert.Equal(1, wrong.Code);
        Assert.Equal((1, 1, 1), (wrong.Json.GetProperty("passed").GetInt32(), wrong.Json.GetProperty("failed").GetInt32(), wrong.Json.GetProperty("skipped").GetInt32()));
        Assert.Equal("test_wrong", wrong.Json.GetProperty("failures")[0].GetProperty("name").GetString());
        Assert.Equal("number 0 of the output 'y' is 0, and 1 was expected", wrong.Json.GetProperty("failures")[0].GetProperty("reason").GetString());
    }
}
