using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>
/// What comes with each convolution of a block: a bias or not, a normalisation and an activation behind it. The blocks are the figures of their papers; a
/// style is what later networks changed in them.
/// </summary>
/// <example><code>x.BasicBlock(64, style: ConvStyle.Normalized with { Activation = x => x.LeakyRelu(0.1f) })</code></example>
public sealed record ConvStyle
{
    /// <summary>Convolution, batch normalisation, ReLU; no bias, which the normalisation would subtract.</summary>
    public static ConvStyle Normalized { get; } = new() { Norm = x => x.BatchNorm(), Activation = x => x.Relu(), HasBias = false };

    /// <summary>Convolution with bias, ReLU: networks from before batch normalisation (VGG, GoogLeNet, SqueezeNet).</summary>
    public static ConvStyle Plain { get; } = new() { Activation = x => x.Relu() };

    /// <summary>Convolution with bias and nothing behind it.</summary>
    public static ConvStyle Biased { get; } = new();

    /// <summary>Only the products: no bias, nothing behind.</summary>
    public static ConvStyle Bare { get; } = new() { HasBias = false };

    /// <summary>Normalisation behind each convolution; null for none.</summary>
    public Func<Feature, Feature>? Norm { get; init; }

    /// <summary>Activation behind the normalisation; null for none.</summary>
    public Func<Feature, Feature>? Activation { get; init; }

    /// <summary>Whether each convolution adds a learned constant.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Whether length and direction of each kernel are learned apart; see <see cref="Ops.WeightNorm"/>.</summary>
    public bool HasWeightNorm { get; init; }

    /// <summary>How the convolutions start; He normal where null.</summary>
    public Initializer? Initializer { get; init; }

    /// <summary>The same without an activation: the last convolution before an addition.</summary>
    public ConvStyle WithoutActivation => Activation is null ? this : this with { Activation = null };

    internal Feature Conv(Feature x, int channels, PerAxis kernel, PerAxis? stride = null, Padding? padding = null, PerAxis? dilation = null, int groups = 1) =>
        x.Conv(channels, kernel, stride, padding ?? Padding.Half(kernel, dilation), dilation, groups, HasBias, Initializer, HasWeightNorm);

    /// <summary>Normalisation, then activation: behind a convolution, or before one in pre-activation blocks.</summary>
    internal Feature Dress(Feature x) => Activate(Norm is null ? x : Norm(x));

    internal Feature Activate(Feature x) => Activation is null ? x : Activation(x);
}
