using FeatureMap.Benchmarks.Networks;
using FeatureMap.Networks;
using FeatureMap.Ops;
using TorchSharp;
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
    public static TorchSharp.Modules.Sequential Build(NetworkSpecification network, MemoryFormat format) =>
        nn.Sequential(network.Network.Layers.Skip(1).SelectMany(layer => Translate(layer, format)));

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
    private static TensorModule[] Translate(Layer layer, MemoryFormat format) => layer.Op switch
    {
        Conv2d convolution => [Convolution(convolution, layer.InputShapes[0], format)],
        BatchNorm => [nn.BatchNorm2d(layer.Output.Channels)],
        Relu => [nn.ReLU(inplace: true)],
        MaxPool2d pool => [nn.MaxPool2d(pool.Kernel.Vertical)],
        Dropout dropout => [nn.Dropout(dropout.Probability)],
        GlobalAveragePool => [nn.AdaptiveAvgPool2d(1), nn.Flatten()],
        Linear linear => [nn.Linear(layer.InputShapes[0].Channels, linear.Outputs)],
        _ => throw new NotSupportedException($"{layer} has no translation to TorchSharp."),
    };

    private static TorchSharp.Modules.Conv2d Convolution(Conv2d op, Shape input, MemoryFormat format)
    {
        TorchSharp.Modules.Conv2d module = nn.Conv2d(
            input.Channels, op.OutputChannels, op.Kernel.Vertical, stride: op.Stride.Vertical, padding: op.Padding.Top,
            dilation: op.Dilation.Vertical, groups: op.Groups, bias: op.HasBias);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withoutGradients = no_grad();
        module.weight = (TorchSharp.Modules.Parameter)new TorchSharp.Modules.Parameter(Arrange(module.weight!, format)).DetachFromDisposeScope();
        return module;
    }
}
