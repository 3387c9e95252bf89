using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class SlimCommandTests
{
    [Fact]
    public void The_slim_network_is_written_and_computes_the_same()
    {
        using var folder = new TemporaryFolder();
        NetworkFile.Save(folder["network.json"], Network.Build(Shape.Image(1, 4, 4), x => x.MaxPool(4).Conv(5, kernel: 3, padding: 1).Relu().Flatten().Linear(3)));
        var document = Tool.Run("slim", folder["network.json"], "--out", folder["slim"], "--json").Json;
        Assert.Equal((5 * 8, 68, 28), (document.GetProperty("dead").GetInt64(), document.GetProperty("parameters").GetInt64(), document.GetProperty("slimParameters").GetInt64()));
        Assert.Equal(0, document.GetProperty("largestDifference").GetDouble());
        Assert.Equal(28, NetworkFile.Load(folder["slim/network.json"]).TrainableCount);
    }

    [Fact]
    public void Nothing_is_written_where_nothing_is_dead()
    {
        var result = Tool.Run("slim", "mnist-20k");
        Assert.Equal((0, "mnist-20k has no dead weights: every tap of every convolution meets a pixel. Nothing was written."), (result.Code, result.Output.TrimEnd()));
    }

    [Fact]
    public void An_unknown_name_is_explained() =>
        Assert.Equal((2, "error: There is no recipe or architecture 'passthrough-14'. Did you mean 'passthrough-13'?"), (Tool.Run("slim", "passthrough-14").Code, Tool.Run("slim", "passthrough-14").Error.Split('\n')[0].TrimEnd()));
}
