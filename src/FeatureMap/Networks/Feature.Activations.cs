using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: activations.
public sealed partial class Feature
{
    /// <summary>max(0, x); see <see cref="Ops.Relu"/>.</summary>
    public Feature Relu(string? name = null) => Then(new Relu(), name);

    /// <summary>x above 0, slope times x below; see <see cref="Ops.LeakyRelu"/>.</summary>
    public Feature LeakyRelu(float slope = 0.01f, string? name = null) => Then(new LeakyRelu(slope), name);
}
