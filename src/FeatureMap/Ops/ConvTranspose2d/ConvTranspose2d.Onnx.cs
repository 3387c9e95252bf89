namespace FeatureMap.Ops;

public sealed partial class ConvTranspose2d
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
        [new("ConvTranspose", ReadOnnx, "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides")];

    // Weights have the same order here and there: inputs x outputs / groups x height x width. Padding is written in numbers: runtimes split "same" differently.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var geometry = Geometry(graph.InputShapes[0]);
        var (vertical, horizontal) = (PaintedAxis.Of(geometry.Vertical), PaintedAxis.Of(geometry.Horizontal));
        if (vertical.Output < 1 || horizontal.Output < 1)
        {
            ExportCut(graph, geometry);
            return;
        }
        OnnxAttribute[] attributes =
        [
            .. OnnxAttribute.Windows(Kernel, Stride, new Padding(vertical.Before, horizontal.Before, vertical.After, horizontal.After)),
            OnnxAttribute.Pair("output_padding", (vertical.Added, horizontal.Added)),
            OnnxAttribute.Pair("dilations", Dilation),
            new("group", Groups),
        ];
        var (rows, columns) = (geometry.Input.Height - vertical.Output, geometry.Input.Width - horizontal.Output);
        if (rows == 0 && columns == 0)
        {
            graph.Result("ConvTranspose", HasBias ? [graph.Image(), graph.Parameter(0), graph.Parameter(1)] : [graph.Image(), graph.Parameter(0)], attributes);
            return;
        }
        // Rows and columns that no patch reaches: zeros, and then the bias.
        var value = graph.Node("ConvTranspose", [graph.Image(), graph.Parameter(0)], attributes);
        value = graph.Node("Pad", [value, graph.Constant("pads", 0, 0, 0, 0, 0, 0, rows, columns)]);
        graph.Result(WithBias(graph, value));
    }

    /// <summary>
    /// Where the padding cuts off all patches along an axis, only what is added behind them is left: all patches, zeros behind, and the
    /// piece that counts.
    /// </summary>
    private void ExportCut(OnnxExport graph, ConvGeometry geometry)
    {
        var (input, output) = (graph.InputShapes[0], geometry.Input);
        var (endRow, endColumn) = (geometry.Padding.Top + output.Height, geometry.Padding.Left + output.Width);
        var rows = ((input.Height - 1) * Stride.Vertical) + geometry.Vertical.Extent;
        var columns = ((input.Width - 1) * Stride.Horizontal) + geometry.Horizontal.Extent;
        var value = graph.Node(
            "ConvTranspose", [graph.Image(), graph.Parameter(0)],
            OnnxAttribute.Pair("kernel_shape", Kernel),
            OnnxAttribute.Pair("strides", Stride),
            OnnxAttribute.Pair("dilations", Dilation),
            new OnnxAttribute("group", Groups));
        value = graph.Node("Pad", [value, graph.Constant("pads", 0, 0, 0, 0, 0, 0, Math.Max(0, endRow - rows), Math.Max(0, endColumn - columns))]);
        var starts = graph.Constant("starts", geometry.Padding.Top, geometry.Padding.Left);
        value = graph.Node("Slice", [value, starts, graph.Constant("ends", endRow, endColumn), graph.Constant("axes", 2, 3)]);
        graph.Result(WithBias(graph, value));
    }

    private OnnxValue WithBias(OnnxExport graph, OnnxValue value) =>
        HasBias ? graph.Node("Add", [value, graph.Constant("bias", [1, OutputChannels, 1, 1], graph.ParameterValues(1))]) : value;

    private static void ReadOnnx(OnnxImport node)
    {
        var image = node.Image();
        var axes = image.Dimensions.Count - 1;
        var weight = node.Constant(1, "weight");
        if (weight.Dimensions.Count != axes + 2)
            throw node.Wrong($"its weight {weight} should have {axes + 2} axes: inputs x outputs / groups x the kernel's sizes");
        var groups = node.Whole("group", 1);
        if (groups < 1 || weight.Dimensions[0] != image.Shape.Channels || image.Shape.Channels % groups != 0)
            throw node.Wrong($"its weight {weight} is for {weight.Dimensions[0]} input channels in {groups} groups, and its input has {image.Shape.Channels}");
        var window = new OnnxWindow(node, image, [.. weight.Dimensions.Skip(2)]);
        var added = node.Wholes("output_padding") is { } rows ? OnnxWindow.Pair(node, "output_padding", rows, axes, least: 0) : 0;
        var extent = WindowAxis.ExtentOf(window.Kernel, window.Dilation);
        var vertical = new PaintedAxis(image.Shape.Height, extent.Vertical, window.Stride.Vertical, window.Padding.Top, window.Padding.Bottom, added.Vertical);
        var horizontal = new PaintedAxis(image.Shape.Width, extent.Horizontal, window.Stride.Horizontal, window.Padding.Left, window.Padding.Right, added.Horizontal);
        var automatic = node.Text("auto_pad", "NOTSET");
        var isUpper = automatic == "SAME_UPPER";
        if (node.Wholes("output_shape") is { } given)
        {
            // Some graphs give all axes, batch and channels among them.
            var sizes = OnnxWindow.Pair(node, "output_shape", given.Length == axes + 2 ? given[2..] : given, axes);
            (vertical, horizontal) = (vertical.FittedTo(sizes.Vertical, isUpper), horizontal.FittedTo(sizes.Horizontal, isUpper));
        }
        else if (automatic.StartsWith("SAME", StringComparison.Ordinal))
        {
            (vertical, horizontal) = (vertical.FittedTo((long)vertical.Input * vertical.Stride, isUpper), horizontal.FittedTo((long)horizontal.Input * horizontal.Stride, isUpper));
        }
        var layer = new ConvTranspose2d((int)(weight.Dimensions[1] * groups), window.Kernel)
        {
            Stride = window.Stride,
            Padding = new Padding(vertical.Before, horizontal.Before, vertical.After, horizontal.After),
            OutputPadding = (vertical.Added, horizontal.Added),
            Dilation = window.Dilation,
            Groups = (int)groups,
            HasBias = node.Has(2),
        };
        var values = node.Reals(1, "weight");
        node.ResultLike(image, node.Layer(layer, [image], null, node.Has(2) ? [values, node.Reals(2, "bias", layer.OutputChannels)] : [values]));
    }

    /// <summary>One axis of a node: sizes of input and patch, and what is cut off or added.</summary>
    private readonly record struct PaintedAxis(int Input, int Extent, int Stride, int Before, int After, int Added)
    {
        public int Output => ((Input - 1) * Stride) + Extent - Before - After + Added;

        /// <summary>The axis of a layer: the windows of the convolution that it turns round.</summary>
        public static PaintedAxis Of(WindowAxis axis) => new PaintedAxis(axis.Outputs, axis.Extent, axis.Stride, axis.Before, axis.After, 0).Giving(axis.Input);

        /// <summary>
        /// The same with output padding that gives this size. ONNX Runtime takes it below the stride only; what is more can cut less off the end instead, and what is
        /// then left to add reads no input at all and stays out.
        /// </summary>
        public PaintedAxis Giving(int size)
        {
            var missing = size - Output;
            return missing < Stride ? this with { Added = missing } : this with { After = After - Math.Min(After, missing) };
        }

        /// <summary>
        /// Padding that gives an output of this size, by the rule of ONNX: an odd pixel is cut off at the end where the rule is SAME_UPPER, else at the beginning. What
        /// is missing is added at the end.
        /// </summary>
        public PaintedAxis FittedTo(long size, bool isUpper)
        {
            var total = ((Input - 1L) * Stride) + Extent + Added - size;
            if (total < 0) return this with { Before = 0, After = 0, Added = (int)Math.Min(Added - total, int.MaxValue) };
            total = Math.Min(total, int.MaxValue); // beyond any padding that is possible
            var (less, more) = ((int)(total / 2), (int)(total - (total / 2)));
            return this with { Before = isUpper ? less : more, After = isUpper ? more : less };
        }
    }
}
