using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>Which lesson explains an op.</summary>
public static class OpLessons
{
    /// <summary>The id of the lesson that explains what the op computes; null where none does.</summary>
    /// <param name="op">An op as it stands in a network: what it does there decides, such as a kernel of 1.</param>
    public static string? Of(Op op)
    {
        ArgumentNullException.ThrowIfNull(op);
        return op switch
        {
            WeightNorm norm => Of(norm.Inner),
            Conv2d { Groups: > 1 } grouped => grouped.Groups == grouped.OutputChannels ? "depthwise" : "grouped",
            Conv2d convolution when convolution.Kernel == 1 => "pointwise",
            Conv2d convolution when convolution.Dilation != 1 => "dilation",
            Conv2d convolution when convolution.Stride != 1 => "strides",
            Conv2d => "convolution",
            ConvTranspose2d => "transposed",
            MaxPool2d or AveragePool2d => "max-pool",
            SpatialPyramidPool or AdaptivePool2d => "pyramid",
            BatchNorm or ImageNorm => "normalization",
            DropoutMask => "dropout",
            GlobalAveragePool => "global-average",
            PixelShuffle or PixelUnshuffle => "pixel-shuffle",
            Resize2d => "checkerboard",
            ChannelShuffle => "grouped",
            Add => "residual",
            Concat => "blocks",
            Linear => "one-by-one",
            ChannelSoftmax => "loss",
            Activation or PRelu => "activation",
            _ => null,
        };
    }
}
