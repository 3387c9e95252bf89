using System.Globalization;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Ops as C#: as the method of <see cref="Feature"/> that appends one, or as the creation of the op itself.</summary>
internal static class LayerCode
{
    // Ops whose method has their own name and takes nothing but other layers.
    private static readonly HashSet<string> Plain =
    [
        nameof(Ops.Relu), nameof(Relu6), nameof(Selu), nameof(Mish), nameof(HardSwish), nameof(Sigmoid), nameof(Tanh), nameof(Softsign),
        nameof(Softmax), nameof(LogSoftmax), nameof(Abs), nameof(Sign), nameof(Exp), nameof(Log), nameof(Floor), nameof(Ceil), nameof(Erf),
        nameof(Round), nameof(ArgMax), nameof(L2Normalize), nameof(Flatten), nameof(GlobalAveragePool), nameof(GlobalMaxPool),
        nameof(Ops.Add), nameof(Subtract), nameof(Multiply), nameof(Divide), nameof(Maximum), nameof(Minimum), nameof(MatrixProduct),
        nameof(Power), nameof(Greater), nameof(GreaterOrEqual), nameof(Concat), nameof(Where),
    ];

    /// <summary>The method of <see cref="Feature"/> and its arguments; null where there is none that says everything.</summary>
    public static (string Name, IReadOnlyList<string> Arguments)? Method(Op op, bool isNormed) => op switch
    {
        Conv2d conv => ("Conv", [.. Windows(conv.OutputChannels, conv.Kernel, conv.Stride, 1, conv.Padding, conv.Dilation),
            .. If(conv.Groups != 1, $"groups: {conv.Groups}"), .. Weights(conv, isNormed)]),
        ConvTranspose2d conv =>
            ("ConvTranspose", [.. Windows(conv.OutputChannels, conv.Kernel, conv.Stride, 1, conv.Padding, conv.Dilation),
            .. If(conv.OutputPadding != 0, $"outputPadding: {Pair(conv.OutputPadding)}"), .. If(conv.Groups != 1, $"groups: {conv.Groups}"),
            .. Weights(conv, isNormed)]),
        Linear linear => ("Linear", [$"{linear.Outputs}", .. Weights(linear, isNormed)]),
        AngularLinear linear => ("AngularLinear", [$"{linear.Outputs}", .. If(linear.Scale != 1, $"scale: {Real(linear.Scale)}"),
            .. If(!IsSame(linear.WeightInitializer, Initializer.GlorotNormal), $"initializer: {Start(linear.WeightInitializer)}")]),
        MaxPool2d pool => ("MaxPool", Pool(pool)),
        AveragePool2d pool => ("AveragePool", [.. Pool(pool), .. If(!pool.CountsPadding, "countsPadding: false")]),
        AdaptiveAveragePool2d pool => ("AdaptiveAveragePool", [$"{pool.OutputHeight}", $"{pool.OutputWidth}"]),
        AdaptiveMaxPool2d pool => ("AdaptiveMaxPool", [$"{pool.OutputHeight}", $"{pool.OutputWidth}"]),
        SpatialPyramidPool pool => ("SpatialPyramidPool", [$"[{NumberRow.Join(", ", pool.Levels)}]",
            .. If(pool.TakesAverage, "average: true")]),
        BatchNorm norm => ("BatchNorm", [.. If(norm.Epsilon != 1e-5f, $"epsilon: {Real(norm.Epsilon)}"),
            .. If(norm.Momentum != 0.1f, $"momentum: {Real(norm.Momentum)}"), .. If(!norm.IsAffine, "affine: false")]),
        LayerNorm norm => ("LayerNorm", [.. Epsilon(norm), .. If(norm.PerPixel, "perPixel: true"), .. If(!norm.IsAffine, "affine: false")]),
        GroupNorm norm => ("GroupNorm", [$"{norm.Groups}", .. Epsilon(norm), .. If(!norm.IsAffine, "affine: false")]),
        InstanceNorm norm => ("InstanceNorm", [.. Epsilon(norm), .. If(norm.IsAffine, "affine: true")]),
        LocalResponseNorm norm => ("LocalResponseNorm", [$"{norm.Size}", Real(norm.Alpha), Real(norm.Beta), Real(norm.Bias)]),
        ChannelShuffle shuffle => ("ChannelShuffle", [$"{shuffle.Groups}"]),
        PixelShuffle shuffle => ("PixelShuffle", [$"{shuffle.Factor}", .. Order(shuffle.Order)]),
        PixelUnshuffle shuffle => ("PixelUnshuffle", [$"{shuffle.Factor}", .. Order(shuffle.Order)]),
        Pad2d { ChannelsBefore: 0, ChannelsAfter: 0 } pad => ("Pad", [$"{pad.Top}", $"{pad.Left}", $"{pad.Bottom}", $"{pad.Right}",
            .. If(pad.Mode != PadMode.Constant, $"mode: PadMode.{pad.Mode}"),
                .. If(pad.Value != 0 || float.IsNegative(pad.Value), $"value: {Real(pad.Value)}")]),
        Slice slice => ("Slice", [.. Part("channels", slice.Channels), .. Part("rows", slice.Rows), .. Part("columns", slice.Columns)]),
        Reshape reshape => ("Reshape", [$"{reshape.Output.Channels}", $"{reshape.Output.Height}", $"{reshape.Output.Width}"]),
        Transpose turned => ("Transpose", [$"Axis.{turned.Channels}", $"Axis.{turned.Rows}", $"Axis.{turned.Columns}"]),
        Dropout dropout => ("Dropout", [Real(dropout.Probability)]),
        ChannelDropout dropout => ("ChannelDropout", [Real(dropout.Probability)]),
        AlphaDropout dropout => ("AlphaDropout", [Real(dropout.Probability)]),
        StochasticDepth dropout => ("StochasticDepth", [Real(dropout.Probability)]),
        LeakyRelu { Slope: >= 0 and <= 1 } relu => ("LeakyRelu", [Real(relu.Slope)]),
        LeakyRelu relu =>
            throw new UsageException($"A leaky ReLU with the slope {relu.Slope} can only stand in a file: in C# it lies between "
            + "0 and 1. Use a PRelu, whose slope is learned, or leave the network in its file."),
        PRelu relu => ("PRelu", [Real(relu.Slope), .. If(relu.IsShared, "isShared: true")]),
        ThresholdedRelu relu => ("ThresholdedRelu", [Real(relu.Threshold)]),
        HardShrink shrink => ("HardShrink", [Real(shrink.Lambda)]),
        SoftShrink shrink => ("SoftShrink", [Real(shrink.Lambda)]),
        Elu elu => ("Elu", If(elu.Alpha != 1, Real(elu.Alpha))),
        Celu celu => ("Celu", If(celu.Alpha != 1, Real(celu.Alpha))),
        Gelu gelu => ("Gelu", If(gelu.IsApproximate, "approximate: true")),
        Silu silu => ("Silu", If(silu.Beta != 1, Real(silu.Beta))),
        Softplus softplus => ("Softplus", If(softplus.Beta != 1, Real(softplus.Beta))),
        HardSigmoid sigmoid =>
            ("HardSigmoid", If(sigmoid.Slope != 1f / 6 || sigmoid.Offset != 0.5f, Real(sigmoid.Slope), Real(sigmoid.Offset))),
        HardTanh tanh => ("HardTanh", [Real(tanh.Low), Real(tanh.High)]),
        ReduceSum sum => ("Sum", Axes(sum)),
        ReduceMean mean => ("Mean", Axes(mean)),
        ReduceMax max => ("Max", Axes(max)),
        ReduceMin min => ("Min", Axes(min)),
        ReduceProduct product => ("Product", Axes(product)),
        ReduceLogSumExp sum => ("LogSumExp", Axes(sum)),
        ReduceL1 norm => ("L1Norm", Axes(norm)),
        ReduceL2 norm => ("L2Norm", Axes(norm)),
        ReduceSumSquare sum => ("SumOfSquares", Axes(sum)),
        Equal => ("EqualTo", []),
        LearnedParameter parameter => ("LearnedParameter", [Shape(parameter.Shape),
            .. If(!IsSame(parameter.ValueInitializer, Initializer.Zeros), $"initializer: {Start(parameter.ValueInitializer)}"),
            .. If(parameter.Decays, "decays: true")]),
        _ => Plain.Contains(op.Name) ? (op.Name, []) : null,
    };

    /// <summary>The op itself, for <see cref="Feature.Then(Op, string?, ReadOnlySpan{Feature})"/>.</summary>
    public static string Creation(Op op) => op switch
    {
        WeightNorm norm => $"new WeightNorm({Creation(norm.Inner)})",
        Pad2d pad => $"new Pad2d({pad.Top}, {pad.Left}, {pad.Bottom}, {pad.Right}) {{ ChannelsBefore = {pad.ChannelsBefore}, "
            + $"ChannelsAfter = {pad.ChannelsAfter}, Mode = PadMode.{pad.Mode}, Value = {Real(pad.Value)} }}",
        Resize2d resize => Resize(resize),
        Clip clip => $"new Clip({Bound(clip.Minimum)}, {Bound(clip.Maximum)})",
        RaiseTo power => $"new RaiseTo({Real(power.Exponent)})",
        ScaleShift scale => $"new ScaleShift({Real(scale.Scale)}, {Real(scale.Shift)})",
        _ => $"new {op.Name}()",
    };

    /// <summary>A shape.</summary>
    public static string Shape(Shape shape) => $"new Shape({shape.Channels}, {shape.Height}, {shape.Width})";

    /// <summary>A number of 32 bits, with the digits that bring it back.</summary>
    public static string Real(float value) => float.IsNaN(value) ? "float.NaN"
        : float.IsInfinity(value) ? value > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity"
        : $"{value.ToString("R", CultureInfo.InvariantCulture)}f";

    private static string[] If(bool condition, params string[] arguments) => condition ? arguments : [];

    private static string Pair(PerAxis pair) => pair.Vertical == pair.Horizontal ? $"{pair.Vertical}"
        : $"({pair.Vertical}, {pair.Horizontal})";

    private static string[] Windows(int? channels, PerAxis kernel, PerAxis stride, PerAxis usualStride, Padding padding,
        PerAxis dilation) =>
    [
        .. channels is { } count ? new[] { $"{count}", $"kernel: {Pair(kernel)}" } : [Pair(kernel)],
        .. If(stride != usualStride, $"stride: {Pair(stride)}"), .. If(padding != Padding.Valid, $"padding: {Around(padding)}"),
        .. If(dilation != 1, $"dilation: {Pair(dilation)}"),
    ];

    private static string[] Pool(WindowPool pool) =>
        [.. Windows(null, pool.Kernel, pool.Stride, pool.Kernel, pool.Padding, pool.Dilation), .. If(pool.CeilMode, "ceilMode: true")];

    private static string[] Weights(WeightedOp op, bool isNormed) =>
    [
        .. If(!op.HasBias, "bias: false"),
        .. If(!IsSame(op.WeightInitializer, Initializer.HeNormal), $"initializer: {Start(op.WeightInitializer)}"),
        .. If(isNormed, "weightNorm: true"),
    ];

    private static string[] Epsilon(ImageNorm norm) => If(norm.Epsilon != 1e-5f, $"epsilon: {Real(norm.Epsilon)}");

    private static string[] Order(ChannelOrder order) => If(order != ChannelOrder.ColumnRowDepth, $"ChannelOrder.{order}");

    private static string[] Axes(Reduction reduction) => If(reduction.ReducedAxes != FeatureMap.Axes.All,
        string.Join(" | ", $"{reduction.ReducedAxes}".Split(", ").Select(axis => $"Axes.{axis}")));

    private static string[] Part(string axis, AxisSlice slice) => If(slice != AxisSlice.All,
        $"{axis}: new AxisSlice({Bound(slice.Start)}, {Bound(slice.Stop)}, {slice.Step})");

    private static string Bound(int? number) => number is { } there ? $"{there}" : "null";

    private static string Bound(float? number) => number is { } there ? Real(there) : "null";

    private static string Around(Padding padding) => padding == Padding.Same ? "Padding.Same" : padding == Padding.SameLower
        ? "Padding.SameLower"
        : padding == Padding.Each(padding.Top) ? $"{padding.Top}"
        : $"new Padding({padding.Top}, {padding.Left}, {padding.Bottom}, {padding.Right})";

    // One of a class of the user's own starts as a file would have it.
    private static string Start(Initializer initializer) => $"{initializer}" is "custom" ? "Initializer.HeNormal"
        : $"Initializer.Parse(\"{initializer}\")";

    private static bool IsSame(Initializer one, Initializer other) => $"{one}" == $"{other}";

    private static string Resize(Resize2d op)
    {
        var target = op.Target.Height > 0 ? $"ResizeTarget.Size({op.Target.Height}, {op.Target.Width})"
            : $"ResizeTarget.Scale({Real(op.Target.VerticalScale)}, {Real(op.Target.HorizontalScale)})";
        var region = op.Region;
        string[] settings =
        [
            .. If(op.Coordinates != Resize2d.UsualCoordinates(op.Mode), $"Coordinates = ResizeCoordinates.{op.Coordinates}"),
            .. If(op.Rounding != NearestRounding.Floor, $"Rounding = NearestRounding.{op.Rounding}"),
                .. If(op.Antialias, "Antialias = true"),
            .. If(op.CubicCoefficient != -0.75f, $"CubicCoefficient = {Real(op.CubicCoefficient)}"),
            .. If(op.ExcludesOutside, "ExcludesOutside = true"),
            .. If(region != ResizeRegion.Whole,
                $"Region = new ResizeRegion({Real(region.Top)}, {Real(region.Left)}, {Real(region.Bottom)}, {Real(region.Right)})"),
            .. If(op.Outside != 0 || float.IsNegative(op.Outside), $"Outside = {Real(op.Outside)}"),
        ];
        return $"new Resize2d({target}, ResizeMode.{op.Mode}){(settings.Length > 0 ? $" {{ {string.Join(", ", settings)} }}" : "")}";
    }
}
