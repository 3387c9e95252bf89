namespace FeatureMap.Ops;

public abstract partial class BinPool
{
    internal override void ExportOnnx(OnnxExport graph)
    {
        var grids = Grids(graph.InputShapes[0]);
        OnnxValue[] pooled = [.. grids.Select(grid => Pooled(graph, grid))];
        if (this is SpatialPyramidPool)
            graph.Result("Concat", [.. pooled.Select(level => graph.Node("Flatten", [level], new OnnxAttribute("axis", 1)) with { Rank = 2 })], new OnnxAttribute("axis", 1));
        else
            graph.Result(pooled[0]);
    }

    // ONNX has no bins. Even ones are windows; uneven means are sums along both axes with fixed weights; uneven maxima are cut out one by one, along one axis
    // after the other.
    private OnnxValue Pooled(OnnxExport graph, BinGrid grid)
    {
        var image = graph.Image();
        if (grid.Count == 1) return graph.Node(TakesMaximum ? "GlobalMaxPool" : "GlobalAveragePool", [image]);
        if (grid.Rows.IsEven && grid.Columns.IsEven)
        {
            long[] window = [grid.Rows.Input / grid.Rows.Count, grid.Columns.Input / grid.Columns.Count];
            return graph.Node(TakesMaximum ? "MaxPool" : "AveragePool", [graph.Pooled()], new OnnxAttribute("kernel_shape", window), new OnnxAttribute("strides", window));
        }
        return TakesMaximum ? Maxima(graph, Maxima(graph, image, 2, grid.Rows), 3, grid.Columns) : graph.Mapped(image, Means(grid.Rows), Means(grid.Columns));
    }

    private static OnnxValue Maxima(OnnxExport graph, OnnxValue value, int axis, BinAxis bins) => graph.Node(
        "Concat", [.. bins.Bins.Select(bin => graph.Reduced("ReduceMax", graph.Piece(value, axis, bin.First, bin.End), axis))], new OnnxAttribute("axis", axis));

    private static AxisTable Means(BinAxis bins) => new(
        bins.Input, bins.Bins.Select(bin => (IReadOnlyCollection<AxisTap>)[.. Enumerable.Range(bin.First, bin.End - bin.First).Select(position => new AxisTap(position, 1f / (bin.End - bin.First)))]));
}
