using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Blocks;

/// <summary>What stands in the gate of a squeeze and excitation, where it is not that of the paper.</summary>
/// <param name="Middle">Numbers between the two dense layers; where squeezed from what differs from network to network, this is counted
/// by hand.</param>
public sealed record GateStyle(int Middle)
{
    /// <summary>Behind the first dense layer; ReLU by default.</summary>
    public Func<Feature, Feature> Activation { get; init; } = x => x.Relu();

    /// <summary>Behind the second, to bring its numbers between 0 and 1; the sigmoid by default.</summary>
    public Func<Feature, Feature> Gate { get; init; } = x => x.Sigmoid();

    /// <summary>Whether both dense layers add a learned constant.</summary>
    public bool HasBias { get; init; } = true;
}

/// <summary>Blocks that weigh what they read by what they read.</summary>
public static class AttentionBlocks
{
    /// <summary>
    /// Squeeze and excitation: from the mean of every channel a small network decides how much each channel counts for this image, between 0 and 1.
    /// <code>
    /// x -+-------------------------------------------------------------- times
    ///     \-- mean per channel -- dense, C / reduction -- ReLU -- dense, C -- sigmoid --/
    /// </code>
    /// Source: Hu, Shen and Sun, "Squeeze-and-excitation networks", arXiv 1709.01507.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="reduction">How many times fewer numbers than channels there are in the middle, rounded down; at least 1 number stays.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <exception cref="UsageException">The reduction is below 1.</exception>
    public static Feature SqueezeExcite(this Feature x, int reduction = 16, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (reduction < 1)
            throw new UsageException($"Squeeze and excitation has its channels divided by a reduction of at least 1 in the middle: received {reduction}. The paper uses 16.");
        return x.SqueezeExcite(new GateStyle(Math.Max(1, x.Shape.Channels / reduction)), name);
    }

    /// <summary>
    /// The same with a width, activations and biases of its own, as in MobileNetV3 (hard sigmoid), EfficientNet (SiLU; a quarter of what
    /// the block around reads)
    /// and RegNet. Sources: Howard et al., arXiv 1905.02244; Tan and Le, arXiv 1905.11946.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="style">What stands in the gate.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <exception cref="UsageException">The middle has no number.</exception>
    public static Feature SqueezeExcite(this Feature x, GateStyle style, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(style);
        if (style.Middle < 1) throw new UsageException($"Squeeze and excitation has at least 1 number in the middle: received {style.Middle}.");
        return x.Scope(name, x => x.Multiply(style.Gate(
            style.Activation(x.GlobalAveragePool().Linear(style.Middle, style.HasBias)).Linear(x.Shape.Channels, style.HasBias))));
    }

    /// <summary>
    /// Efficient channel attention: each channel is weighed by its own mean and those of its neighbours in the list of channels, through
    /// one kernel of k numbers that all share. k weights do what the dense layers of squeeze and excitation need thousands for.
    /// <code>
    /// x -+------------------------------------------------------ times
    ///     \-- mean per channel -- 1-D convolution, k -- sigmoid --/
    /// </code>
    /// Source: Wang et al., "ECA-Net", arXiv 1910.03151.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="kernel">Taps of the kernel, an odd number; by default the paper's for this many channels C: the odd number at or
    /// above (log2 C + 1) / 2, cut off, and at least 3.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <exception cref="UsageException">The kernel has an even number of taps, or none.</exception>
    public static Feature EfficientChannelAttention(this Feature x, int? kernel = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var channels = x.Shape.Channels;
        var taps = kernel ?? Math.Max(3, (int)((Math.Log2(channels) + 1) / 2) | 1);
        if (taps < 1 || taps % 2 == 0)
            throw new UsageException($"The kernel of a channel attention stands centred on its channel, so it has an odd number of taps: received {taps}. "
                + "The paper has 3 for up to 64 channels, 5 for up to 1,024.");
        return x.Scope(name, x => x.Multiply(x
            .GlobalAveragePool().Reshape(1, channels, 1)
            .Conv(1, (taps, 1), padding: Padding.Half((taps, 1)), bias: false)
            .Reshape(channels, 1, 1).Sigmoid()));
    }

    /// <summary>
    /// Global response normalisation: channels whose map is strong compared with the others are made stronger, so that channels compete.
    /// With G the length of each channel's map and N = G / (mean of G over the channels + epsilon): y = weight x N + bias + x. Both
    /// parameters start at 0, and the block as the identity.
    /// <code>
    /// x -+-- length per channel, over their mean -- times weight, plus 1 -- times x -- plus bias
    /// </code>
    /// Source: Woo et al., "ConvNeXt V2", arXiv 2301.00808, section 3.2.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="epsilon">Keeps the quotient finite where all maps are 0.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature GlobalResponseNorm(this Feature x, float epsilon = 1e-6f, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Scope(name, x =>
        {
            var channels = Shape.Vector(x.Shape.Channels);
            var lengths = x.L2Norm(Axes.Space);
            var share = lengths.Divide(lengths.Mean(Axes.Channels).Add(epsilon));
            return x.Multiply(share.Multiply(x.LearnedParameter(channels)).Add(1))
                .Add(x.LearnedParameter(channels));
        });
    }
}
