using FeatureMap.Interchange;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>The text of a network in the tool: written, read wherever a network is taken, and mended.</summary>
public sealed class NetworkTextCommandTests
{
    [Fact]
    public void A_text_is_written_changed_read_and_trained()
    {
        using var folder = new TemporaryFolder();
        var (text, code) = (folder["net.txt"], folder["net.cs"]);
        var written = Tool.Run("summary", "lenet-5", "--text", text, "--code", code);
        Assert.Equal((0, ""), (written.Code, written.Error));
        Assert.Equal(NetworkText.Write(RunInput.Network("lenet-5").Network), File.ReadAllText(text));
        Assert.Equal(NetworkCode.WriteProgram(RunInput.Network("lenet-5").Network), File.ReadAllText(code));
        File.WriteAllText(text, File.ReadAllText(text).Replace("outputs=120", "outputs=8", StringComparison.Ordinal));
        Assert.Contains("linear1", Tool.Run("summary", text).Output, StringComparison.Ordinal);
        Assert.Contains("linear1", Tool.Run("plan", text, "--batch", "2").Output, StringComparison.Ordinal);
        using var world = new SmallWorld();
        var trained = Tool.Run(world.Train("--epochs", "1", "--set", $"network={text}", "--json"));
        Assert.True(trained.Code == 0, trained.Error);
        var run = trained.Text("run");
        Assert.Equal(NetworkFile.ToJson(NetworkText.Load(text)), File.ReadAllText(Path.Combine(run, "network.json")));
    }

    [Fact]
    public void What_the_linter_can_mend_is_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["net.txt"],
            "input: 1x28x28\nConv2d channels=8 kernel=3\nBatchNorm\nRelu\nGlobalAveragePool\nLinear outputs=10\nSoftmax\n");
        var result = Tool.Run("lint", folder["net.txt"], "--fix", folder["mended.txt"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("mended double-softmax: softmax1 is left out", result.Output, StringComparison.Ordinal);
        Assert.Contains("mended bias-bn: conv1: bias=false", result.Output, StringComparison.Ordinal);
        Assert.Equal("input: 1x28x28\nconv1: Conv2d channels=8 kernel=3 bias=false\nbatchNorm1: BatchNorm\nrelu1: Relu\n"
            + "globalAveragePool1: GlobalAveragePool\nlinear1: Linear outputs=10\n", File.ReadAllText(folder["mended.txt"]));
        var json = Tool.Run("lint", folder["net.txt"], "--fix", folder["mended.json"], "--json").Json;
        Assert.Equal(2, json.GetProperty("mended").GetArrayLength());
        Assert.Equal(0, json.GetProperty("left").GetProperty("findings").GetArrayLength());
        Assert.Equal(NetworkFile.ToJson(NetworkText.Load(folder["mended.txt"])), File.ReadAllText(folder["mended.json"]));
    }

    [Fact]
    public void Slips_are_told()
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith("error: --text writes a file whose name ends in .txt",
            Tool.Run("summary", "lenet-5", "--text", folder["a.net"]).Error,
            StringComparison.Ordinal);
        Assert.StartsWith("error: --fix writes a text or JSON", Tool.Run("lint", "lenet-5", "--fix", folder["a.net"]).Error,
            StringComparison.Ordinal);
        Assert.StartsWith($"error: There is no file or run folder", Tool.Run("summary", folder["gone.txt"]).Error,
            StringComparison.Ordinal);
        File.WriteAllText(folder["bad.txt"], "input: 1x28x28\nConv2d channels=8 kernel=3\nRelux\n");
        Assert.StartsWith("error: bad.txt, line 3: there is no op 'Relux'. Did you mean 'Relu'?", Tool.Run("lint", folder["bad.txt"]).Error,
            StringComparison.Ordinal);
    }
}
