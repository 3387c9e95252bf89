namespace FeatureMap.Ops;

public sealed partial class PixelUnshuffle
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("SpaceToDepth", ReadOnnx, "blocksize")];

    // The operator knows the depth-first order only. In the other one rows and columns fall apart into blocks and places inside them, which move to the channels.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var shape = graph.InputShapes[0];
        if (Order == ChannelOrder.DepthColumnRow) graph.Result("SpaceToDepth", [graph.Image()], new OnnxAttribute("blocksize", Factor));
        else graph.Exchanged([shape.Channels, shape.Height / Factor, Factor, shape.Width / Factor, Factor], 0, 1, 3, 5, 2, 4);
    }

    private static void ReadOnnx(OnnxImport node) =>
        SubPixels.Result(node, new PixelUnshuffle(SubPixels.ReadFactor(node)) { Order = ChannelOrder.DepthColumnRow }, SubPixels.ReadImage(node));
}
