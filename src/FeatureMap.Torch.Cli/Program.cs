using FeatureMap.Cli;

namespace FeatureMap.Torch.Cli;

/// <summary>The <c>featuremap-torch</c> tool: the commands of <c>featuremap</c>, with devices of libtorch.</summary>
internal static class Program
{
    private static int Main(string[] args) => FeatureMap.Cli.Program.Start(args, new TorchTool());
}
