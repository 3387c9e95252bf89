using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// What a setting of an op is where a text or a program does not say it: the value that the op has by itself. <c>network.json</c> says
/// every setting, so nothing here changes what a file means.
/// </summary>
internal static class UsualSettings
{
    // An op, and the settings that have no usual value: a convolution must say its channels and its kernel.
    private static readonly Dictionary<string, (Op Op, Dictionary<string, object> Values, string[] Needed)> Known = new (Op Op,
        string[] Needed)[]
    {
        (new Conv2d(1, 1), ["channels", "kernel"]), (new ConvTranspose2d(1, 1), ["channels", "kernel"]),
        (new Linear(1), ["outputs"]), (new AngularLinear(1), ["outputs"]),
        (new MaxPool2d(1), ["kernel"]), (new AveragePool2d(1), ["kernel"]),
        (new AdaptiveAveragePool2d(1), ["output"]), (new AdaptiveMaxPool2d(1), ["output"]),
        (new SpatialPyramidPool(1), ["levels"]), (new BatchNorm(), []), (new LayerNorm(), []), (new InstanceNorm(), []),
        (new GroupNorm(1), ["groups"]), (new LocalResponseNorm(5), []), (new ChannelShuffle(1), ["groups"]),
        (new PixelShuffle(1), ["factor"]), (new PixelUnshuffle(1), ["factor"]),
        (new Resize2d(ResizeTarget.Scale(1), ResizeMode.Nearest), ["mode"]),
        (new Pad2d(0), ["pixels"]), (new Slice(), []), (new Reshape(Shape.Vector(1)), ["shape"]),
        (new Transpose(Axis.Channels, Axis.Rows, Axis.Columns), ["channels", "rows", "columns"]),
        (new Constant(Shape.Vector(1), 0), ["values"]), (new LearnedParameter(Shape.Vector(1)), ["shape"]),
        (new Dropout(0), ["probability"]), (new ChannelDropout(0), ["probability"]), (new AlphaDropout(0), ["probability"]),
        (new StochasticDepth(0), ["probability"]), (new LeakyRelu(), []), (new PRelu(), []), (new ThresholdedRelu(), []),
        (new HardShrink(), []), (new SoftShrink(), []), (new Elu(), []), (new Celu(), []), (new Gelu(), []), (new Silu(), []),
        (new Softplus(), []), (new HardSigmoid(), []), (new HardTanh(), []), (new Clip(0), []), (new RaiseTo(1), ["exponent"]),
        (new ScaleShift(1), []), (new ReduceSum(Axes.All), []), (new ReduceMean(Axes.All), []), (new ReduceMax(Axes.All), []),
        (new ReduceMin(Axes.All), []), (new ReduceProduct(Axes.All), []), (new ReduceL1(Axes.All), []), (new ReduceL2(Axes.All), []),
        (new ReduceLogSumExp(Axes.All), []), (new ReduceSumSquare(Axes.All), []),
    }.ToDictionary(known => known.Op.Name, known => (known.Op, known.Op.SettingValues.ToDictionary(setting => setting.Name, setting =>
        setting.Value), known.Needed));

    /// <summary>The value of a setting that is not said; null where it must be.</summary>
    /// <param name="op">Name of the op.</param>
    /// <param name="setting">Name of the setting.</param>
    /// <param name="given">The settings that are said.</param>
    public static object? Of(string op, string setting, IReadOnlyDictionary<string, object> given)
    {
        if (Inside(op, given) is { } inner) return setting == "layer" ? null : Of(inner, setting, given);
        // Windows of a pooling stand side by side where nothing else is said.
        if (op is nameof(MaxPool2d) or nameof(AveragePool2d) && setting == "stride") return given.GetValueOrDefault("kernel");
        if (op == nameof(Clip)) return "none";
        // Pixels lie between pixels where they are mixed, and at their corners where one of them is taken.
        if (op == nameof(Resize2d) && setting == "coordinates")
            return Enum.TryParse<ResizeMode>($"{given.GetValueOrDefault("mode")}", out var mode) ? $"{Resize2d.UsualCoordinates(mode)}"
                : null;
        if (op == nameof(Resize2d) && setting is "verticalScale" or "horizontalScale" && given.GetValueOrDefault("size") is int[] size
            && !size.All(side => side == 0)) return 0d;
        return Known.TryGetValue(op, out var known) && !known.Needed.Contains(setting) ? known.Values.GetValueOrDefault(setting) : null;
    }

    /// <summary>The settings that are said, completed by those that are not.</summary>
    public static Dictionary<string, object> Complete(string op, IReadOnlyDictionary<string, object> given)
    {
        var all = new Dictionary<string, object>(given);
        foreach (var name in Names(op, given))
            if (!all.ContainsKey(name) && Of(op, name, given) is { } usual) all[name] = usual;
        return all;
    }

    /// <summary>
    /// A value in the form that a setting has: one number for all of a row, as in <c>kernel=3</c>, and one for a vector, as in
    /// <c>shape=10</c>.
    /// </summary>
    public static object Fitted(string op, string setting, object value, IReadOnlyDictionary<string, object> given)
    {
        if (Inside(op, given) is { } inner && setting != "layer") return Fitted(inner, setting, value, given);
        if (!Known.TryGetValue(op, out var known) || !known.Values.TryGetValue(setting, out var form)) return value;
        return (form, value) switch
        {
            (int[] { Length: 3 }, int one) => new[] { one, 1, 1 },
            (int[] row, int one) => Enumerable.Repeat(one, row.Length).ToArray(),
            (double[], int one) => new[] { one },
            (double[], double one) => new[] { one },
            _ => value,
        };
    }

    /// <summary>What the settings of an op may be, in their order; none where it has none.</summary>
    /// <param name="op">Name of the op.</param>
    /// <param name="given">The settings that are said.</param>
    public static IReadOnlyList<OpSettingForm> Forms(string op, IReadOnlyDictionary<string, object> given)
    {
        if (op != nameof(WeightNorm)) return Known.TryGetValue(op, out var known) ? OpSettings.Forms(known.Op) : [];
        // What the layer inside takes is known when it is said which one that is.
        var isSaid = Inside(op, given) is { } inner && Known.TryGetValue(inner, out var layer) && layer.Op is WeightedOp;
        var forms = OpSettings.Forms(new WeightNorm(isSaid ? (WeightedOp)Known[Inside(op, given)!].Op : new Conv2d(1, 1)));
        return isSaid ? forms : [.. forms.Where(form => form.Name == "layer")];
    }

    private static IEnumerable<string> Names(string op, IReadOnlyDictionary<string, object> given) =>
        Inside(op, given) is { } inner ? Names(inner, given) : Known.TryGetValue(op, out var known) ? known.Values.Keys : [];

    // Weight normalisation has the settings of the layer inside of it.
    private static string? Inside(string op, IReadOnlyDictionary<string, object> given) =>
        op == nameof(WeightNorm) && given.GetValueOrDefault("layer") is string layer && layer != op ? layer : null;
}
