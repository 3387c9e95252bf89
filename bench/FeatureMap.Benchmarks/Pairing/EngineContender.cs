using FeatureMap.Benchmarks.Networks;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>Our side. The engine is plugged in here: translate the layers, plan for batch and threads, return one runner.</summary>
public sealed class EngineContender : IContender
{
    public string Name => "FeatureMap";

    public string Version => typeof(Shape).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    public IReadOnlyList<ITrainingRunner> Prepare(NetworkSpecification network, int batch, int threads) => [];
}
