using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Torch;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>Our training session with libtorch as its device: what it costs beside a loop that somebody wrote for libtorch.</summary>
internal sealed class DeviceContender : IContender
{
    private readonly TorchDevice device = TorchDevice.Open(TorchDevice.TorchProcessorName);

    public string Name => "session on libtorch";

    public string Version => device.Facts[0].Value;

    public IReadOnlyList<ITrainingRunner> Prepare(NetworkSpecification network, int batch, int threads) =>
        [new EngineContender.Runner(network.Network, batch, threads, device)];
}
