using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class WeightsCommandTests
{
    [Fact]
    public void The_list_has_all_and_marks_what_is_not_for_commerce()
    {
        var (code, output, _) = Tool.Run("weights", "list");
        Assert.Equal(0, code);
        Assert.Contains("resnet18-f37072fd.pth", output, StringComparison.Ordinal);
        Assert.Contains("CC-BY-NC-4.0 (!)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_names_and_missing_files_are_told()
    {
        var (code, _, error) = Tool.Run("weights", "get", "resnt-18");
        Assert.Equal((2, "error: There are no known weights 'resnt-18'. Did you mean 'resnet-18'?"), (code, error.Trim()));
        (code, _, error) = Tool.Run("weights", "get", "resnet-18", "--mirror", "nowhere");
        Assert.Equal((2, "error: --mirror is the address of a folder, such as https://example.org/weights/: received 'nowhere'."), (code, error.Trim()));
        (code, _, error) = Tool.Run("weights", "get", "convnextv2-atto");
        Assert.Equal(1, code);
        Assert.Contains("NOT FOR COMMERCIAL USE", error, StringComparison.Ordinal);
        Assert.Contains("Bring the file convnextv2_atto.fcmae_ft_in1k.safetensors from https://huggingface.co/timm/convnextv2_atto.fcmae_ft_in1k", error, StringComparison.Ordinal);
    }
}
