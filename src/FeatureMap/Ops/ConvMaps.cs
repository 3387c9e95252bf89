using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The three computations of a convolution as maps, each on the path that its geometry asks for. A convolution runs them in their order; a transposed
/// convolution runs the input gradient forward and the forward map as its gradient.
/// </summary>
internal static class ConvMaps
{
    /// <summary>Channels on both sides from which the products of Winograd tiles outweigh their transforms (measured).</summary>
    public const int WinogradChannels = 12;

    /// <summary>Pixels of the output up to which a weight gradient with channels in the lanes beats one with images in the lanes (measured).</summary>
    public const int SmallMapPixels = 16;

    /// <summary>Input channels from which it does.</summary>
    public const int SmallMapChannels = 32;

    /// <summary>3x3, stride 1, one group and enough channels; in both directions, because the conditions are the same seen from either side.</summary>
    public static bool UsesWinograd(ConvGeometry geometry) =>
        geometry is { KernelHeight: 3, KernelWidth: 3, StrideVertical: 1, StrideHorizontal: 1, DilationVertical: 1, DilationHorizontal: 1, Groups: 1 }
        && geometry.Input.Channels >= WinogradChannels && geometry.OutputChannels >= WinogradChannels && geometry.OutputHeight >= 4 && geometry.OutputWidth >= 4;

    /// <summary>
    /// One window position that is the input itself. In the lane layout channels, rows and columns then are one list of numbers in the order of the weights.
    /// </summary>
    public static bool IsMatrixProduct(ConvGeometry geometry) =>
        geometry.Groups == 1 && geometry.Padding == default && geometry.DilationVertical == 1 && geometry.DilationHorizontal == 1
        && geometry.KernelHeight == geometry.Input.Height && geometry.KernelWidth == geometry.Input.Width;

    /// <summary>One tap per pixel and nothing around it: a matrix product per pixel.</summary>
    public static bool IsPointwise(ConvGeometry geometry) =>
        geometry is { Taps: 1, StrideVertical: 1, StrideHorizontal: 1 } && geometry.Padding == default;

    /// <summary>
    /// The geometry for <see cref="SmallMapGradient{TLanes}"/> where that is the better weight gradient: few pixels, and enough channels to fill registers. Where the kernel covers
    /// the whole input, every number of it is a channel of a single pixel. Null elsewhere.
    /// </summary>
    public static ConvGeometry? SmallMap(ConvGeometry geometry)
    {
        if (IsMatrixProduct(geometry)) geometry = DenseGeometry(geometry.Input.Count, geometry.OutputChannels);
        return geometry.Groups == 1 && geometry.Output.Area <= SmallMapPixels && geometry.Input.Channels >= SmallMapChannels && geometry.OutputChannels >= 8 ? geometry : null;
    }

    /// <summary>A dense product as the convolution that it is.</summary>
    public static ConvGeometry DenseGeometry(int inputs, int outputs) => new(Shape.Vector(inputs), outputs, 1, 1, 1, 1, Padding.Valid, 1, 1, 1);

    /// <summary>y = w * x + b.</summary>
    public static ILinearMap Forward<TLanes>(ConvGeometry geometry) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (IsMatrixProduct(geometry)) return DenseMap<TLanes>.Plain(geometry.OutputChannels, geometry.Input.Count);
        return UsesWinograd(geometry) ? WinogradMap<TLanes>.Forward(geometry) : new ConvForward<TLanes>(geometry);
    }

    /// <summary>dx from dy; its bias, which only a transposed convolution has, is added per channel of x.</summary>
    public static ILinearMap InputGradient<TLanes>(ConvGeometry geometry) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (IsMatrixProduct(geometry)) return DenseMap<TLanes>.Transposed(geometry.Input.Count, geometry.OutputChannels, geometry.Input.Area);
        return UsesWinograd(geometry) ? WinogradMap<TLanes>.InputGradient(geometry) : new ConvInputGradient<TLanes>(geometry);
    }

    /// <summary>dw from x and dy.</summary>
    public static IWeightGradient WeightGradient<TLanes>(ConvGeometry geometry) where TLanes : unmanaged, ILanes<TLanes> => IsMatrixProduct(geometry)
        ? new DenseWeightGradient<TLanes>(geometry.OutputChannels, geometry.Input.Count)
        : new ConvWeightGradient<TLanes>(geometry);
}

/// <summary>A 3x3 convolution with stride 1 by Winograd tiles, in either direction.</summary>
internal sealed unsafe class WinogradMap<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly WinogradSum<TLanes> sum;
    private readonly nint outputStep, channelStep;
    private readonly int[] tapIndex;

    private WinogradMap(WinogradShape shape, nint outputStep, nint channelStep, int[] tapIndex)
    {
        sum = new WinogradSum<TLanes>(shape);
        (this.outputStep, this.channelStep, this.tapIndex) = (outputStep, channelStep, tapIndex);
    }

    public long ScratchFloats => sum.ScratchFloats;

    public static WinogradMap<TLanes> Forward(ConvGeometry geometry) =>
        new(ConvShapes.WinogradForward(geometry), geometry.InputChannelsPerGroup * geometry.Taps, geometry.Taps, [.. Enumerable.Range(0, geometry.Taps)]);

    /// <summary>The roles of the channels turn, and so do the kernels, by half a turn.</summary>
    public static WinogradMap<TLanes> InputGradient(ConvGeometry geometry) =>
        new(ConvShapes.WinogradInputGradient(geometry), geometry.Taps, geometry.InputChannelsPerGroup * geometry.Taps, [.. Enumerable.Range(0, geometry.Taps).Reverse()]);

    public void Pack(float* weights) => sum.Pack(weights, outputStep, channelStep, tapIndex);

    public void Run(float* source, float* target, float* bias, float* scratch) => sum.Run(source, target, bias, scratch);
}
