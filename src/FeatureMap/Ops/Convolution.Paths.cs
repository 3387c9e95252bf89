using FeatureMap.Lanes;

namespace FeatureMap.Ops;

// Which kernel computes each of the three maps of a convolution: decided here, by the geometry alone; the kernels are made of the decision (ConvMaps), and tables show it.
public abstract partial class Convolution
{
    /// <summary>Channels on both sides from which the products of Winograd tiles outweigh their transforms (measured).</summary>
    internal const int WinogradChannels = 12;

    /// <summary>Channels on both sides from which copying the pixels of a 1x1 kernel side by side pays (measured).</summary>
    internal const int PanelChannels = 16;

    /// <summary>Channels on both sides from which they do for the weight gradient, where both factors are transformed (measured).</summary>
    internal const int WinogradGradientChannels = 32;

    /// <summary>
    /// Channels on both sides from which turning them pays for the weight gradient of a 1x1 kernel or where there is a stride (measured:
    /// with 16 registers up to four times as fast; with 32, twice on maps that no cache holds and as fast on small ones).
    /// </summary>
    internal const int TurnedChannels = 32;

    internal static readonly KernelPath MatrixProduct = new(
        "matrix product", "the kernel covers the whole input, so all of it is one dense product; sliding would multiply padding on the way back");

    internal static readonly KernelPath Winograd = new(
        "Winograd",
        "3x3 with stride 1 and enough channels: tiles of 2x2 outputs, which lie a dilation apart, take 16 instead of 36 multiplications, "
        + "and the transforms are paid once per channel");

    internal static readonly KernelPath WinogradGradient = new(
        "Winograd, channels in lanes",
        "3x3 with stride 1 and many channels: 16 instead of 36 multiplications per 2x2 outputs, as matrix products over images and tiles");

    internal static readonly KernelPath ChannelsTurned = new(
        "channels turned",
        "many weights share a pixel: turned once, so that a register holds channels of one image, it serves all of them");

    private static readonly KernelPath OneRow = new(
        "one row", "a kernel of one column reads rows that follow each other without gaps, so the plane is one long row without ragged tiles");

    internal static readonly KernelPath Panels = new(
        "panels", "a 1x1 kernel reads pixels that lie planes apart; copied side by side once, they serve all outputs from the cache");

    internal static readonly KernelPath PlaneFilter = new(
        "plane filter", "every output reads one channel (depthwise): weights stay in registers, two rows share what they read");

    private static readonly KernelPath SingleOutputs = new(
        "single outputs", "fewer than 3 outputs share their inputs, so a tile holds 8 pixels of one output");

    private static readonly KernelPath Direct = new(
        "direct", "register tiles of 8 outputs x 3 pixels keep the multiply-add units busy; wide layers and idle lanes read a copy");

    private static readonly KernelPath Phases = new(
        "phases", "positions that lie stride pixels apart read the same taps, so each phase is a tap sum of its own and no inserted zero is multiplied");

    /// <summary>How y = w * x is computed: forward in a convolution, on the way back in a transposed one.</summary>
    internal static KernelPath ForwardPath(ConvGeometry geometry) =>
        IsMatrixProduct(geometry) ? MatrixProduct
        : UsesWinograd(geometry) ? Winograd
        : IsPlaneFilter(geometry) ? PlaneFilter
        : UsesPanels(geometry) ? Panels : Tiles(geometry, geometry.OutputChannelsPerGroup);

    /// <summary>How dx is computed from dy: on the way back in a convolution, forward in a transposed one.</summary>
    internal static KernelPath InputGradientPath(ConvGeometry geometry) =>
        IsMatrixProduct(geometry) ? MatrixProduct
        : UsesWinograd(geometry) ? Winograd
        : IsPlaneFilter(geometry) ? PlaneFilter
        : UsesPanels(geometry) ? Panels
        : geometry is not { Vertical.Stride: 1, Horizontal.Stride: 1 } ? Phases : Tiles(geometry, geometry.InputChannelsPerGroup);

    /// <summary>How dw is computed, shard by shard.</summary>
    internal static KernelPath WeightGradientPath(ConvGeometry geometry) =>
        IsMatrixProduct(geometry) ? MatrixProduct
        : UsesWinograd(geometry) && LeastChannels(geometry) >= WinogradGradientChannels ? WinogradGradient
        : UsesTurned(geometry) ? ChannelsTurned
        : IsPlaneFilter(geometry) ? PlaneFilter : Tiles(geometry, geometry.OutputChannelsPerGroup);

    /// <summary>Whether a weight gradient is larger than what the convolution reads and writes in a shard.</summary>
    internal static bool HasMoreWeightsThanPixels(ConvGeometry geometry) =>
        (long)geometry.OutputChannels * geometry.InputChannelsPerGroup * geometry.Taps
        >= ((long)geometry.Input.Count + geometry.Output.Count) * LaneLayout.Lanes;

    /// <summary>
    /// One window position that is the input itself. In the lane layout channels, rows and columns then are one list of numbers in the order of the weights.
    /// </summary>
    internal static bool IsMatrixProduct(ConvGeometry geometry) =>
        geometry.Groups == 1 && geometry.Padding == default && geometry is { Vertical.Dilation: 1, Horizontal.Dilation: 1 }
        && geometry.Vertical.Kernel == geometry.Input.Height && geometry.Horizontal.Kernel == geometry.Input.Width;

    /// <summary>Whether what one output row reads ends where the next one's begins.</summary>
    internal static bool IsOneRow(ConvGeometry geometry) =>
        geometry is { Vertical.Stride: 1, Horizontal: { Kernel: 1, Stride: 1, Before: 0, After: 0 } } && geometry.Output.Width == geometry.Input.Width;

    // 3x3, stride 1, one group and enough channels; in both directions, because the conditions are the same seen from either side. With a
    // dilation, for each of the maps that are woven into each other.
    private static bool UsesWinograd(ConvGeometry geometry) =>
        geometry is { Vertical: { Kernel: 3, Stride: 1 }, Horizontal: { Kernel: 3, Stride: 1 }, Groups: 1 }
        && geometry.Vertical.Dilation == geometry.Horizontal.Dilation && LeastChannels(geometry) >= WinogradChannels
        && Math.Min(geometry.Output.Height, geometry.Output.Width) >= 4 * geometry.Vertical.Dilation;

    // One input channel per group, too few outputs of it for a tile, and rows of taps that fit the registers. A single tap has nothing to
    // keep there.
    private static bool IsPlaneFilter(ConvGeometry geometry) =>
        geometry is { InputChannelsPerGroup: 1, OutputChannelsPerGroup: < TapSumShape.LeastTile, Taps: > 1 }
        && geometry is { Horizontal.Kernel: <= PlaneFilterTile.MostTaps };

    private static bool UsesPanels(ConvGeometry geometry) =>
        geometry is { Taps: 1, Groups: 1, Input.Channels: >= PanelChannels, OutputChannels: >= PanelChannels }
        && geometry.Padding == default;

    // 1x1 where many weights share a pixel; with a stride, as images in the lanes then read from far apart.
    private static bool UsesTurned(ConvGeometry geometry) =>
        geometry.Groups == 1 && LeastChannels(geometry) >= TurnedChannels
        && (geometry.Taps == 1 || geometry is not { Vertical.Stride: 1, Horizontal.Stride: 1 });

    private static int LeastChannels(ConvGeometry geometry) => Math.Min(geometry.Input.Channels, geometry.OutputChannels);

    private static KernelPath Tiles(ConvGeometry geometry, int outputs) => outputs < TapSumShape.LeastTile ? SingleOutputs : IsOneRow(geometry) ? OneRow : Direct;
}
