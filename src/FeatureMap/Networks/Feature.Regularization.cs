using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: noise in training.
public sealed partial class Feature
{
    /// <summary>In training, numbers become 0 with this probability and the others grow by 1 / (1 - probability); see <see cref="Ops.Dropout"/>.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Feature Dropout(float probability, string? name = null) => Then(new Dropout(probability), name);

    /// <summary>The same for whole planes, the right kind for feature maps; see <see cref="Ops.ChannelDropout"/>.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Feature ChannelDropout(float probability, string? name = null) => Then(new ChannelDropout(probability), name);

    /// <summary>
    /// In training, whole images become 0 with this probability and the others grow by 1 / (1 - probability): put it at the end of a residual branch, as in
    /// <c>x = branch.StochasticDepth(0.1f).Add(x)</c>; see <see cref="Ops.StochasticDepth"/>.
    /// </summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Feature StochasticDepth(float probability, string? name = null) => Then(new StochasticDepth(probability), name);

    /// <summary>Dropout behind SELU, which keeps mean 0 and variance 1; see <see cref="Ops.AlphaDropout"/>.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Feature AlphaDropout(float probability, string? name = null) => Then(new AlphaDropout(probability), name);
}
