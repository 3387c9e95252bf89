using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: normalisations.
public sealed partial class Feature
{
    /// <summary>Batch normalisation; see <see cref="Ops.BatchNorm"/>.</summary>
    public Feature BatchNorm(float epsilon = 1e-5f, float momentum = 0.1f, string? name = null) =>
        Then(new BatchNorm { Epsilon = epsilon, Momentum = momentum }, name);
}
