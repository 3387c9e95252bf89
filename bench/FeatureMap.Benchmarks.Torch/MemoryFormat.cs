using static TorchSharp.torch;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>Order of the numbers in memory: image, channel, row, column or image, row, column, channel.</summary>
internal enum MemoryFormat
{
    Contiguous,
    ChannelsLast,
}

internal static class MemoryFormats
{
    public static string Word(this MemoryFormat format) => format == MemoryFormat.Contiguous ? "contiguous" : "channels-last";

    /// <summary>
    /// The same numbers in the other order: the shape stays [N, C, H, W], and the strides choose libtorch's kernels. What has not four
    /// dimensions has one order only.
    /// </summary>
    public static Tensor Arrange(this MemoryFormat format, Tensor tensor)
    {
        if (format == MemoryFormat.Contiguous || tensor.shape.Length != 4)
            return tensor.contiguous();

        // The strides are set by hand, because with one channel both orders are the same bytes and only the strides name the format.
        long channels = tensor.shape[1], height = tensor.shape[2], width = tensor.shape[3];
        long[] strides = [height * width * channels, 1, width * channels, channels];
        Tensor arranged = tensor.permute(0, 2, 3, 1).contiguous().as_strided(tensor.shape, strides).clone();
        return arranged.stride().SequenceEqual(strides)
            ? arranged
            : throw new InvalidOperationException($"The strides for channels-last became {string.Join(", ", arranged.stride())}.");
    }
}
