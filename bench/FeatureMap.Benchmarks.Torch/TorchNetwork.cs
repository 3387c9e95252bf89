using FeatureMap.Benchmarks.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>Order of the numbers in memory: image, channel, row, column or image, row, column, channel.</summary>
internal enum MemoryFormat
{
    Contiguous,
    ChannelsLast,
}

internal static class TorchNetwork
{
    public static Sequential Build(NetworkSpecification network, MemoryFormat format) =>
        nn.Sequential(network.Layers.Select(layer => Translate(layer, format)));

    /// <summary>The same numbers in the other order: the shape stays [N, C, H, W], and the strides choose libtorch's kernels.</summary>
    public static Tensor Arrange(Tensor tensor, MemoryFormat format)
    {
        if (format == MemoryFormat.Contiguous)
            return tensor.contiguous();

        // The strides are set by hand, because with one channel both orders are the same bytes and only the strides name the format.
        long channels = tensor.shape[1], height = tensor.shape[2], width = tensor.shape[3];
        long[] strides = [height * width * channels, 1, width * channels, channels];
        Tensor arranged = tensor.permute(0, 2, 3, 1).contiguous().as_strided(tensor.shape, strides).clone();
        return arranged.stride().SequenceEqual(strides)
            ? arranged
            : throw new InvalidOperationException($"The strides for channels-last became {string.Join(", ", arranged.stride())}.");
    }

    // What a user of libtorch who wants speed would write: ReLU in place, weights in the memory format of the images.
    private static TensorModule Translate(Layer layer, MemoryFormat format) => layer switch
    {
        ConvolutionLayer convolution => Convolution(convolution, format),
        BatchNormLayer norm => nn.BatchNorm2d(norm.Channels),
        ReluLayer => nn.ReLU(inplace: true),
        MaxPoolLayer pool => nn.MaxPool2d(pool.Size),
        DropoutLayer dropout => nn.Dropout(dropout.Probability),
        GlobalAveragePoolLayer => nn.AdaptiveAvgPool2d(1),
        FlattenLayer => nn.Flatten(),
        LinearLayer linear => nn.Linear(linear.InputFeatures, linear.OutputFeatures),
        _ => throw new NotSupportedException($"{layer.GetType().Name} has no translation to TorchSharp."),
    };

    private static Conv2d Convolution(ConvolutionLayer layer, MemoryFormat format)
    {
        Conv2d module = nn.Conv2d(
            layer.InputChannels, layer.OutputChannels, layer.Kernel, stride: layer.Stride, padding: layer.Padding,
            dilation: layer.Dilation, groups: layer.Groups, bias: layer.Bias);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withoutGradients = no_grad();
        module.weight = (Parameter)new Parameter(Arrange(module.weight!, format)).DetachFromDisposeScope();
        return module;
    }
}
