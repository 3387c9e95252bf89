using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class LintCommandTests
{
    [Fact]
    public void A_good_recipe_has_nothing_and_the_command_says_what_it_could_not_check()
    {
        var result = Tool.Run("lint", "mnist-20k");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(
            $"""
            mnist-20k

            Nothing found; {Linter.Rules.Count - 3} rules looked at 15 layers.
            Not checked: budget (needs a budget: --parameter-budget, --mac-budget).
            Not checked: target-shape (needs the shape of the targets: --target).
            Not checked: rf-small (needs the size of the objects in pixels: --object-size).

            """,
            result.Output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("lint mnist-session1", 0, "hint     conv3 (layer 5): 67,610 of 68,260 parameters (99.0 %) connect 10 maps of 26x26 pixels with 10 outputs")]
    [InlineData("lint mnist-session1 --strict", 0, "1 hint (head-heavy)")]
    [InlineData("lint mnist-session1 --parameter-budget 20000", 1, "error    68,260 parameters are 48,260 over the budget of 20,000; the most, 67,610 (99.0 %), are in 'conv3'")]
    [InlineData("lint mnist-20k --mac-budget 1000000", 1, "error    1,189,680 MACs are 189,680 over the budget of 1,000,000")]
    [InlineData("lint mnist-20k --object-size 26", 0, "objects have 26")]
    [InlineData("lint mnist-20k --object-size 26 --strict", 1, "objects have 26")]
    [InlineData("lint mnist-20k --batch 1", 0, "running statistics that fit no image")]
    [InlineData("lint mnist-20k --target 26", 1, "the output is a vector of 10, and targets are a vector of 26")]
    [InlineData("lint mnist-20k --target 1x28x28", 1, "the output is a vector of 10, and targets are a map of 1x28x28")]
    [InlineData("lint mnist-session1 --ignore head-heavy,unread", 0, "Nothing found")]
    [InlineData("lint mnist-session1 --only unread", 0, "Nothing found; 1 rule looked at 6 layers.")]
    [InlineData("lint", 0, "dead-taps         kernel taps that only ever meet padding")]
    public void Options_and_exit_codes(string line, int code, string text)
    {
        var result = Tool.Run(line.Split(' '));
        Assert.Equal((code, ""), (result.Code, result.Error));
        Assert.Contains(text, result.Output.Replace("\n           ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_every_kind_are_looked_at()
    {
        using var folder = new TemporaryFolder();
        var network = Network.Build(Shape.Image(1, 9, 9), x => x.Conv(4, kernel: 3).MaxPool(2).Relu().Flatten().Linear(3).Softmax(name: "last"));
        NetworkFile.Save(folder["network.json"], network);
        OnnxFile.Save(new Model(Weights.Initialize(network, 0), Normalization.None(1), ["a", "b", "c"]), folder["model.onnx"]);
        foreach (var file in (string[])["network.json", "model.onnx"])
        {
            var result = Tool.Run("lint", folder[file], "--json", "--strict");
            Assert.Equal((1, ""), (result.Code, result.Error));
            Assert.Equal(["double-softmax", "unread"], result.Json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("rule").GetString()).Order().Where(rule => rule != "head-heavy"));
        }
    }

    [Fact]
    public void The_rules_are_listed() => Assert.Equal(Linter.Rules.Count, Tool.Run("lint", "--json").Json.GetProperty("rules").GetArrayLength());

    [Theory]
    [InlineData("lint mnist-20k --ignore cb-upp", "error: There is no lint rule 'cb-upp'. Did you mean 'cb-up'?")]
    [InlineData("lint mnist-20k --batch x", "error: --batch is a whole number of at least 1: received 'x'.")]
    [InlineData("lint mnist-20k --target 10x10", "error: --target is a number of classes or channels x height x width, such as 10 or 1x512x512: received '10x10'.")]
    [InlineData("lint mnist-21k", "error: There is no recipe or architecture 'mnist-21k'. Did you mean 'mnist-20k'?")]
    [InlineData("lint --batch 3", "error: --batch belongs to a network: featuremap lint mnist-20k --batch 3.")]
    public void Wrong_options_are_explained_and_give_2(string line, string message)
    {
        var result = Tool.Run(line.Split(' '));
        Assert.Equal((2, "", message), (result.Code, result.Output, result.Error.Split('\n')[0].TrimEnd()));
    }
}
