using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Ops;
using FeatureMap.Tests.Interchange;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Cli;

/// <summary>What an ONNX file leaves open is said on the command line, in every command that takes one.</summary>
public sealed class OnnxChoiceTests
{
    [Theory]
    [InlineData("summary")]
    [InlineData("lint")]
    [InlineData("slim")]
    [InlineData("export")]
    public void A_size_and_an_output_are_chosen(string command)
    {
        using var folder = new TemporaryFolder();
        var file = Write(folder, [-1, 3, -1, -1]);
        string[] rest = command switch { "slim" => ["--out", folder["slim"]], "export" => ["--onnx", folder["e.onnx"], "--input", "normalized"], _ => [] };
        var unchosen = Tool.Run([command, file, .. rest]);
        Assert.Equal(1, unchosen.Code);
        Assert.Equal("error: f.onnx has 2 outputs, and a network has one: 'a' (open), 'b' (open). Choose one of them by its name. On the "
            + "command line: --output a or all.", unchosen.Error.ReplaceLineEndings(" ").Trim());
        var unsized = Tool.Run([command, file, "--output", "b", .. rest]);
        Assert.Equal("error: f.onnx leaves the size of its input 'x' open: N x 3 x N x N. Say it when loading, such as 3 x 224 x 224. On "
            + "the command line: --input 3x224x224.", unsized.Error.ReplaceLineEndings(" ").Trim());
        var chosen = Tool.Run([command, file, "--output", "b", "--input", "3x8x9", .. rest]);
        Assert.Equal((0, ""), (chosen.Code, chosen.Error));
        if (command == "summary") Assert.Contains("2x6x7", chosen.Output, StringComparison.Ordinal);
        if (command == "export") Assert.Contains("N x 3 x 8 x 9, normalised numbers", chosen.Output, StringComparison.Ordinal);
        var wrong = Tool.Run([command, file, "--output", "b", "--input", "eight", .. rest]);
        Assert.Equal(2, wrong.Code);
    }

    [Fact]
    public void Pictures_tell_the_size()
    {
        using var folder = new TemporaryFolder();
        var model = Model([Node("Conv", "x w", "c"), Node("GlobalAveragePool", "c", "g"), Node("Flatten", "g", "y")], [Reals("w", [2, 3, 3, 3])], [-1, 3, -1, -1]);
        var file = folder.Write("f.onnx", OnnxWriter.Model(model).ToArray());
        new FeatureMap.Data.Picture("a", new Shape(3, 7, 11), new byte[3 * 7 * 11]).Save(folder["a.png"]);
        var predicted = Tool.Run("predict", file, folder["a.png"], "--json");
        Assert.Equal(0, predicted.Code);
        Assert.StartsWith("note: The model has no names for its 2 classes", predicted.Error, StringComparison.Ordinal);
        Assert.Equal(1, predicted.Json.GetProperty("predictions").GetArrayLength());
        Assert.Equal(1, Tool.Run("predict", file, folder["a.png"], "--input", "3x9x9").Code);
        Assert.Equal(0, Tool.Run("predict", file, folder["a.png"], "--input", "3x9x9", "--resize").Code);
    }

    [Fact]
    public void A_training_takes_an_output_and_the_size_of_its_images()
    {
        using var world = new SmallWorld();
        using var folder = new TemporaryFolder();
        var model = Model([Node("Conv", "x w", "c"), Node("GlobalAveragePool", "c", "g"), Node("Flatten", "g", "b"), Node("Sigmoid", "b", "a")], [Reals("w", [10, 1, 3, 3])], [-1, 1, -1, -1]);
        model = model with { Graph = model.Graph with { Outputs = [Port("a", [-1, 10]), Port("b", [-1, 10])] } };
        var file = folder.Write("f.onnx", OnnxWriter.Model(model).ToArray());
        var refused = Tool.Run(world.Train("--set", $"network={file}"));
        Assert.Equal(1, refused.Code);
        Assert.Contains("f.onnx has 2 outputs", refused.Error, StringComparison.Ordinal);
        var trained = Tool.Run(world.Train("--set", $"network={file}", "--set", "output=b", "--epochs", "1", "--json"));
        Assert.Equal(0, trained.Code);
        Assert.Equal(90, trained.Json.GetProperty("parameters").GetInt64());
        var evaluated = Tool.Run("evaluate", file, "--output", "b", "--dataset", "mnist", "--data", world.Data, "--json");
        Assert.Equal(0, evaluated.Code);
    }

    [Fact]
    public void Channels_last_are_said()
    {
        using var folder = new TemporaryFolder();
        var model = Model([Node("Transpose", "x", "t", new OnnxAttribute("perm", [0, 3, 1, 2])), Node("Relu", "t", "y")], input: [-1, 8, 9, 3]);
        var result = Tool.Run("summary", folder.Write("f.onnx", OnnxWriter.Model(model).ToArray()));
        Assert.Equal("note: f.onnx takes images with the channels last (N x 8 x 9 x 3); the network takes them first, 3x8x9, as "
            + "everywhere here.", result.Error.ReplaceLineEndings(" ").Trim());
        Assert.Contains("3x8x9", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lint", "mnist-20k", "--output", "a", "error: --output chooses among the outputs of an ONNX file, and mnist-20k is none: leave it out.")]
    [InlineData("lint", "mnist-20k", "--input", "1x28x28", "error: --input is the shape of an image for an ONNX file that leaves it open, and mnist-20k is none: leave it out.")]
    [InlineData("summary", "mnist-20k", "--output", "a", "error: --output chooses among the outputs of an ONNX file, and mnist-20k is none: leave it out.")]
    public void Elsewhere_there_is_nothing_to_choose(string command, string network, string option, string value, string message)
    {
        var result = Tool.Run(command, network, option, value);
        Assert.Equal((2, message), (result.Code, result.Error.ReplaceLineEndings(" ").Trim()));
    }

    private static string Write(TemporaryFolder folder, long[] input)
    {
        var model = Model([Node("Conv", "x w", "c"), Node("Sigmoid", "c", "a"), Node("Relu", "c", "b")], [Reals("w", [2, 3, 3, 3])], input);
        model = model with { Graph = model.Graph with { Outputs = [new OnnxPort("a", OnnxType.Float32, null), new OnnxPort("b", OnnxType.Float32, null)] } };
        return folder.Write("f.onnx", OnnxWriter.Model(model).ToArray());
    }
}
