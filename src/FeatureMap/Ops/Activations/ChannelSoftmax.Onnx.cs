namespace FeatureMap.Ops;

public abstract partial class ChannelSoftmax
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(Name, [graph.Input()], new OnnxAttribute("axis", 1));

    /// <summary>
    /// Along one axis since operator set 13, the last one unless said. Before, from the axis on (1 unless said) all numbers together.
    /// </summary>
    private protected static void ReadOnnx(OnnxImport node, ChannelSoftmax op)
    {
        var input = node.Feature();
        var sizes = input.Dimensions;
        var axis = node.Axis(input, node.Whole("axis", node.Opset < 13 ? 1 : -1));
        if (node.Opset < 13) input = input with { Dimensions = [.. sizes.Take(axis), OnnxImport.Product(sizes.Skip(axis))] };
        if (input.Dimensions[axis] == 1)
        {
            // Over one class: 1, or log 1 = 0. Detectors of one class end so.
            node.Result(node.Layer(new ScaleShift(0, op.IsLog ? 0 : 1), [input], sizes));
            return;
        }
        node.Result(node.AlongChannels(op, input, axis) with { Dimensions = sizes });
    }
}
