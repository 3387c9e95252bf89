using System.Text.Json.Nodes;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class PlanCommandTests
{
    [Fact]
    public void A_network_is_shown_with_its_stages_and_buffers()
    {
        var result = Tool.Run("plan", "mnist-20k", "--batch", "32", "--buffers");
        Assert.Equal(0, result.Code);
        Assert.StartsWith("mnist-20k, training, batches of 32: 2 slots of ", result.Output, StringComparison.Ordinal);
        Assert.Contains("in the kernel of batchNorm1", result.Output, StringComparison.Ordinal);
        Assert.Contains("CombineStatistics", result.Output, StringComparison.Ordinal);
        Assert.Contains("gradient of conv1", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_frozen_has_no_way_back()
    {
        var whole = JsonNode.Parse(Tool.Run("plan", "mnist-20k", "--batch", "32", "--json").Output)!;
        var result = Tool.Run("plan", "mnist-20k", "--batch", "32", "--frozen-to", "globalAveragePool1", "--json");
        Assert.Equal(0, result.Code);
        var plan = JsonNode.Parse(result.Output)!;
        Assert.Contains("conv1", Backward(whole));
        Assert.DoesNotContain(Backward(plan), layer =>
            layer.Contains("conv", StringComparison.Ordinal) || layer.Contains("Norm", StringComparison.Ordinal));
        Assert.Contains(Backward(plan), layer => layer.StartsWith("linear", StringComparison.Ordinal));

        static List<string> Backward(JsonNode plan) =>
            [.. plan["stages"]!.AsArray().SelectMany(stage => stage!["phases"]!.AsArray())
                .Where(phase => phase!["work"]!.GetValue<string>() is "Backward" or "GradientSums" or "ScaledGradient"
                    or "WeightGradient" or "BiasGradient" or "InputGradient")
                .Select(phase => phase!["layer"]!.GetValue<string>())];
    }

    [Fact]
    public void As_json_with_times()
    {
        var result = Tool.Run("plan", "mnist-1k", "--batch", "16", "--time", "--threads", "1", "--json");
        Assert.Equal(0, result.Code);
        var plan = JsonNode.Parse(result.Output)!;
        Assert.True(plan["microseconds"]!.GetValue<double>() > 0);
        Assert.Equal("input", plan["stages"]![1]!["phases"]![0]!["layer"]!.GetValue<string>());
    }

    [Fact]
    public void One_image_at_a_time_says_how_each_layer_runs()
    {
        var result = Tool.Run("plan", "mnist-1k", "--image", "--threads", "1");
        Assert.Equal(0, result.Code);
        Assert.StartsWith("mnist-1k, evaluation, one image at a time: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("channels in lanes", result.Output, StringComparison.Ordinal);

        var plan = JsonNode.Parse(Tool.Run("plan", "mnist-1k", "--image", "--time", "--threads", "2", "--json").Output)!;
        Assert.True(plan["image"]!.GetValue<bool>());
        var network = JsonNode.Parse(Tool.Run("plan", "mnist-1k", "--evaluation", "--json").Output)!;
        Assert.Equal(Names(network), Names(plan));
        Assert.Equal("channels in lanes", plan["layers"]![0]!["runs"]!.GetValue<string>());
        Assert.True(plan["microseconds"]!.GetValue<double>() > 0);
        var wide = JsonNode.Parse(Tool.Run("plan", "resnet-18", "--image", "--threads", "2", "--json").Output)!;
        Assert.Contains(wide["stages"]!.AsArray(), stage =>
            stage!["part"]!.GetValue<string>() == "forward" && stage["items"]!.GetValue<int>() > 1);

        static string[] Names(JsonNode plan) => [.. plan["layers"]!.AsArray().Select(layer => layer!["name"]!.GetValue<string>())];
    }

    [Fact]
    public void More_cores_are_computed_and_said_to_be()
    {
        var result = Tool.Run("plan", "mnist-1k", "--batch", "16", "--cores", "2,8");
        Assert.Equal(0, result.Code);
        Assert.StartsWith(
            "mnist-1k, a training step of 16 images, loading left out: computed, not run", result.Output, StringComparison.Ordinal);
        Assert.Contains("1, measured", result.Output, StringComparison.Ordinal);
        var all = JsonNode.Parse(Tool.Run("plan", "mnist-1k", "--batch", "16", "--cores", "2,8", "--json").Output)!["cores"]!.AsArray();
        Assert.Equal([1, 2, 8], all.Select(one => one!["cores"]!.GetValue<int>()));
        Assert.All(all, one => Assert.True(one!["microseconds"]!.GetValue<double>() > 0));
    }

    [Theory]
    [InlineData(
        "--cores takes whole numbers with commas between them, such as 8,16,32: received '8;16'.",
        "plan", "mnist-1k", "--cores", "8;16")]
    [InlineData("A machine has between 1 and 1,024 cores here: received 0.", "plan", "mnist-1k", "--cores", "0")]
    [InlineData("measures by itself: --evaluation has no effect on that", "plan", "mnist-1k", "--cores", "8", "--evaluation")]
    [InlineData(
        "--image is one image and no training: --batch goes with batches. Leave one of the two out.",
        "plan", "mnist-1k", "--image", "--batch", "4")]
    [InlineData("--batch is a whole number of at least 1: received 'many'.", "plan", "mnist-1k", "--batch", "many")]
    [InlineData("The network has no layer 'convv1'. Did you mean 'conv1'?", "plan", "mnist-1k", "--frozen-to", "convv1")]
    [InlineData("There is no recipe or architecture 'mnst-1k'. Did you mean 'mnist-1k'?", "plan", "mnst-1k")]
    public void Mistakes_are_told(string message, params string[] arguments)
    {
        var result = Tool.Run(arguments);
        Assert.Equal(2, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }
}
