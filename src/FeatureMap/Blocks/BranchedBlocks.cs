using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>Layers of several branches in training that are one convolution afterwards; <see cref="Models.BranchFusion"/> makes
/// it.</summary>
public static class BranchedBlocks
{
    /// <summary>
    /// The layer of RepVGG: three ways from the input, each with a normalisation of its own, are added. In training they learn better
    /// than one kernel; all three are linear, so afterwards one
    /// kernel does the same.
    /// <code>
    /// x -+-- 3x3 /s -- norm --+ -- ReLU
    ///    +-- 1x1 /s -- norm --+
    ///    +-- norm, where the shape stays
    /// </code>
    /// Source: Ding et al., "RepVGG", arXiv 2101.03697, figure 4.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="stride">Stride of both convolutions; 1 by default.</param>
    /// <param name="name">Common name of the block's layers, below which they stand in <c>wide</c>, <c>point</c> and <c>identity</c>.
    ///</param>
    public static Feature RepVggBlock(this Feature x, int channels, int stride = 1, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var style = ConvStyle.Normalized.WithoutActivation;
        return x.Scope(name, x =>
        {
            var wide = x.ConvNormActivation(channels, kernel: 3, stride, style: style, name: "wide");
            var point = x.ConvNormActivation(channels, kernel: 1, stride, style: style, name: "point");
            return (x.Shape.Channels == channels && stride == 1 ? wide.Add(point, x.Scope("identity", x => x.BatchNorm())) : wide.Add(point)).Relu();
        });
    }
}
