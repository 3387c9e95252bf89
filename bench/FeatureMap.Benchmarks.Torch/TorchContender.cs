using System.Reflection;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Networks;
using FeatureMap.Torch;
using TorchSharp;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>libtorch through TorchSharp, in both memory formats.</summary>
internal sealed class TorchContender : IContender
{
    public string Name => "libtorch";

    public string Version => $"{torch.__version__} through TorchSharp {Informational(typeof(torch).Assembly)}, eager, float32";

    public IReadOnlyList<ITrainingRunner> Prepare(NetworkSpecification network, int batch, int threads)
    {
        var weights = Weights.Initialize(network.Network, seed: 0);
        var images = new FixedBatch(network.Network, batch);
        return [.. Enum.GetValues<MemoryFormat>().Select(format => new TorchRunner(weights, images, threads, format))];
    }

    /// <summary>Loads the native library now; null, or why it cannot be loaded.</summary>
    public static string? TryLoad()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            FreedMemory.Keep();
            return null;
        }
        catch (Exception exception) when (exception is NotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            return exception.Message;
        }
    }

    private static string Informational(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
