using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: normalisations.
public sealed partial class Feature
{
    /// <summary>Batch normalisation: every channel over all images and pixels of the batch; see <see cref="Ops.BatchNorm"/>.</summary>
    /// <param name="epsilon">Added to the variance; Keras' default is 1e-3.</param>
    /// <param name="momentum">Weight of the newest batch in the running averages; Keras writes 1 minus this.</param>
    /// <param name="affine">Whether a scale and a shift per channel are learned.</param>
    /// <param name="name">The layer's name; <c>batchNorm1</c>, <c>batchNorm2</c>, ... by default.</param>
    public Feature BatchNorm(float epsilon = 1e-5f, float momentum = 0.1f, bool affine = true, string? name = null) =>
        Then(new BatchNorm { Epsilon = epsilon, Momentum = momentum, IsAffine = affine }, name);

    /// <summary>Layer normalisation: all numbers of an image together, or the channels of each pixel; see <see cref="Ops.LayerNorm"/>.</summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="perPixel">Whether each pixel is normalised over its channels by itself (ConvNeXt; what Keras does by default).</param>
    /// <param name="affine">Whether scales and shifts are learned: one per number, or per channel.</param>
    /// <param name="name">The layer's name; <c>layerNorm1</c>, <c>layerNorm2</c>, ... by default.</param>
    /// <exception cref="ShapeException">There is only one number to normalise.</exception>
    public Feature LayerNorm(float epsilon = 1e-5f, bool perPixel = false, bool affine = true, string? name = null) =>
        Then(new LayerNorm { Epsilon = epsilon, PerPixel = perPixel, IsAffine = affine }, name);

    /// <summary>Group normalisation: groups of neighbouring channels of an image; see <see cref="Ops.GroupNorm"/>.</summary>
    /// <param name="groups">Number of groups; must divide the channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether a scale and a shift per channel are learned.</param>
    /// <param name="name">The layer's name; <c>groupNorm1</c>, <c>groupNorm2</c>, ... by default.</param>
    /// <exception cref="ShapeException">The groups do not divide the channels, or a group is one number.</exception>
    public Feature GroupNorm(int groups, float epsilon = 1e-5f, bool affine = true, string? name = null) =>
        Then(new GroupNorm(groups) { Epsilon = epsilon, IsAffine = affine }, name);

    /// <summary>Instance normalisation: every plane of an image by itself; see <see cref="Ops.InstanceNorm"/>.</summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether a scale and a shift per channel are learned; as in PyTorch they are not, by default.</param>
    /// <param name="name">The layer's name; <c>instanceNorm1</c>, <c>instanceNorm2</c>, ... by default.</param>
    /// <exception cref="ShapeException">The planes are single pixels.</exception>
    public Feature InstanceNorm(float epsilon = 1e-5f, bool affine = false, string? name = null) =>
        Then(new InstanceNorm { Epsilon = epsilon, IsAffine = affine }, name);

    /// <summary>Local response normalisation, as in AlexNet; see <see cref="Ops.LocalResponseNorm"/>.</summary>
    /// <param name="size">Neighbouring channels that are looked at.</param>
    /// <param name="alpha">Weight of their mean square.</param>
    /// <param name="beta">The power.</param>
    /// <param name="bias">What the mean square is added to; PyTorch calls it k.</param>
    /// <param name="name">The layer's name; <c>localResponseNorm1</c>, ... by default.</param>
    public Feature LocalResponseNorm(int size = 5, float alpha = 1e-4f, float beta = 0.75f, float bias = 1, string? name = null) =>
        Then(new LocalResponseNorm(size) { Alpha = alpha, Beta = beta, Bias = bias }, name);

    /// <summary>Brings an embedding, or the channels of every pixel, to length 1; see <see cref="Ops.L2Normalize"/>.</summary>
    /// <param name="name">The layer's name; <c>l2Normalize1</c>, ... by default.</param>
    public Feature L2Normalize(string? name = null) => Then(new L2Normalize(), name);
}
