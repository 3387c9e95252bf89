namespace FeatureMap.Ops;

public sealed partial class PixelShuffle
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("DepthToSpace", ReadOnnx, "blocksize", "mode")];

    internal override void ExportOnnx(OnnxExport graph) => graph.Result(
        "DepthToSpace", [graph.Image()], new OnnxAttribute("blocksize", Factor), new OnnxAttribute("mode", Order == ChannelOrder.ColumnRowDepth ? "CRD" : "DCR"));

    private static void ReadOnnx(OnnxImport node)
    {
        var order = node.Text("mode", "DCR") switch
        {
            "DCR" => ChannelOrder.DepthColumnRow,
            "CRD" => ChannelOrder.ColumnRowDepth,
            var other => throw node.Wrong($"the attribute 'mode' is '{other}'; DCR and CRD are known"),
        };
        SubPixels.Result(node, new PixelShuffle(SubPixels.ReadFactor(node)) { Order = order }, SubPixels.ReadImage(node));
    }
}
