namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Conv", ReadOnnx, "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")];

    // Weights have the same order here and there: outputs x inputs / groups x height x width.
    internal override void ExportOnnx(OnnxExport graph)
    {
        OnnxValue[] inputs = HasBias ? [graph.Image(), graph.Parameter(0), graph.Parameter(1)] : [graph.Image(), graph.Parameter(0)];
        var windows = OnnxAttribute.Windows(Kernel, Stride, Geometry(graph.InputShapes[0]).Padding);
        graph.Result("Conv", inputs, [.. windows, OnnxAttribute.Pair("dilations", Dilation), new OnnxAttribute("group", Groups)]);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var image = node.Image();
        var weight = node.Constant(1, "weight");
        if (weight.Dimensions.Count != image.Dimensions.Count + 1)
            throw node.Wrong($"its weight {weight} should have {image.Dimensions.Count + 1} axes: outputs x inputs / groups x the kernel's sizes");
        var window = new OnnxWindow(node, image, [.. weight.Dimensions.Skip(2)]);
        var groups = node.Whole("group", 1);
        if (groups < 1 || groups * weight.Dimensions[1] != image.Shape.Channels)
            throw node.Wrong($"its weight {weight} is for {groups} x {weight.Dimensions[1]} input channels, and its input has {image.Shape.Channels}");
        var conv = new Conv2d(weight.Dimensions[0], window.Kernel)
        {
            Stride = window.Stride,
            Padding = window.Padding,
            Dilation = window.Dilation,
            Groups = (int)groups,
            HasBias = node.Has(2),
        };
        var values = node.Reals(1, "weight");
        node.ResultLike(image, node.Layer(conv, [image], null, node.Has(2) ? [values, node.Reals(2, "bias", conv.OutputChannels)] : [values]));
    }
}
