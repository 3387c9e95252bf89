using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The three computations of a convolution as maps, each made of the path that its geometry asks for (<c>Convolution.Paths.cs</c>). A
/// convolution runs them in their order; a transposed convolution runs the input gradient forward and the forward map as its gradient.
/// </summary>
internal static class ConvMaps
{
    /// <summary>A dense product as the convolution that it is.</summary>
    public static ConvGeometry DenseGeometry(int inputs, int outputs) => new(Shape.Vector(inputs), outputs, 1, 1, Padding.Valid, 1, 1);

    /// <summary>y = w * x + b.</summary>
    public static ILinearMap Forward<TLanes>(ConvGeometry geometry) where TLanes : unmanaged, ILanes<TLanes>
    {
        var path = Convolution.ForwardPath(geometry);
        if (path == Convolution.MatrixProduct) return DenseMap<TLanes>.Plain(geometry.OutputChannels, geometry.Input.Count);
        return path == Convolution.Winograd ? WinogradMap<TLanes>.Forward(geometry)
            : path == Convolution.PlaneFilter ? PlaneFilterMap<TLanes>.Forward(geometry)
            : path == Convolution.Panels ? PanelMap<TLanes>.Forward(geometry) : new ConvForward<TLanes>(geometry);
    }

    /// <summary>dx from dy; its bias, which only a transposed convolution has, is added per channel of x.</summary>
    public static ILinearMap InputGradient<TLanes>(ConvGeometry geometry) where TLanes : unmanaged, ILanes<TLanes>
    {
        var path = Convolution.InputGradientPath(geometry);
        if (path == Convolution.MatrixProduct) return DenseMap<TLanes>.Transposed(geometry.Input.Count, geometry.OutputChannels, geometry.Input.Area);
        return path == Convolution.Winograd ? WinogradMap<TLanes>.InputGradient(geometry)
            : path == Convolution.PlaneFilter ? PlaneFilterMap<TLanes>.InputGradient(geometry)
            : path == Convolution.Panels ? PanelMap<TLanes>.InputGradient(geometry) : new ConvInputGradient<TLanes>(geometry);
    }

    /// <summary>dw from x and dy.</summary>
    public static IWeightGradient WeightGradient<TLanes>(ConvGeometry geometry) where TLanes : unmanaged, ILanes<TLanes>
    {
        var path = Convolution.WeightGradientPath(geometry);
        if (path == Convolution.MatrixProduct) return new DenseWeightGradient<TLanes>(geometry.OutputChannels, geometry.Input.Count);
        if (path == Convolution.WinogradGradient) return new WinogradWeightGradient<TLanes>(geometry);
        if (path == Convolution.ChannelsTurned) return new ConvTurnedGradient<TLanes>(geometry);
        return path == Convolution.PlaneFilter ? new PlaneFilterWeightGradient<TLanes>(geometry) : new ConvWeightGradient<TLanes>(geometry);
    }

    /// <summary>dw over all shards at once, where a sum per shard would be more to keep than to compute; null elsewhere.</summary>
    public static BlockGradient? BlockGradient<TLanes>(ConvGeometry geometry, int shards) where TLanes : unmanaged, ILanes<TLanes> =>
        Conv2d.SmallMap(geometry) is { } small ? new SmallMapGradient<TLanes>(small, shards)
        : Convolution.WeightGradientPath(geometry) == Convolution.WinogradGradient && Convolution.HasMoreWeightsThanPixels(geometry)
            ? new WinogradBlockGradient<TLanes>(geometry, shards)
        : null;
}

/// <summary>
/// How maps cut their targets: in bands of rows first, because every block of outputs would read the whole source again; where bands get
/// too thin for the weights that each of them reads, in blocks of outputs.
/// </summary>
internal static class MapCuts
{
    /// <summary>Outputs of a block for which reading (and transforming) the source costs little beside the products.</summary>
    public const int LeastOutputs = 32;

    private const int LeastPixels = 64;

    public static int LeastRows(int columns) => (LeastPixels + columns - 1) / columns;

    public static MapPart[] Of(CutAxis rows, CutAxis outputs, int parts) =>
        Array.ConvertAll(CutAxis.Cut(rows, outputs, parts), part => new MapPart(part.First, part.Second));
}
