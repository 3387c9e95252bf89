using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary><c>--device</c> of the tool without native code.</summary>
public sealed class DeviceTests
{
    [Theory]
    [InlineData("train", "mnist-1k")]
    [InlineData("lab", "compare-optimizers")]
    [InlineData("evaluate", "no-run")]
    [InlineData("predict", "no-run", "no-image.png")]
    public void A_gpu_is_asked_of_the_other_tool(params string[] command)
    {
        var result = Tool.Run([.. command, "--device", "cuda"]);
        Assert.Equal(2, result.Code);
        Assert.Empty(result.Output);
        Assert.StartsWith("error: 'featuremap' computes on the processor, without any native code, and has no device 'cuda'. GPUs are "
            + "computed on by featuremap-torch, which takes the same commands through libtorch", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Trim().Split('\n'));
    }

    [Fact]
    public void The_processor_may_be_named()
    {
        var result = Tool.Run("predict", "no-run", "no-image.png", "--device", "processor");
        Assert.Equal(1, result.Code);
        Assert.Contains("no-run", result.Error, StringComparison.Ordinal);
    }
}
