using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>All ops, with their cases: tests, gradient check, benchmark and self-test walk this list.</summary>
internal static class OpCatalogue
{
    /// <summary>One line per room. A test compares it with the types of the assembly, so that no op is forgotten.</summary>
    public static IReadOnlyList<CatalogueEntry> Entries { get; } =
    [
        Entry<Abs>(),
        Entry<AdaptiveAveragePool2d>(),
        Entry<AdaptiveMaxPool2d>(),
        Entry<Add>(),
        Entry<AlphaDropout>(),
        Entry<AngularLinear>(),
        Entry<ArcFaceMargin>(),
        Entry<ArgMax>(),
        Entry<AveragePool2d>(),
        Entry<BatchNorm>(),
        Entry<Ceil>(),
        Entry<Celu>(),
        Entry<CenterLoss>(),
        Entry<ChannelDropout>(),
        Entry<ChannelShuffle>(),
        Entry<Clip>(),
        Entry<Concat>(),
        Entry<Constant>(),
        Entry<Conv2d>(),
        Entry<ConvTranspose2d>(),
        Entry<CosFaceMargin>(),
        Entry<Divide>(),
        Entry<Dropout>(),
        Entry<Elu>(),
        Entry<Equal>(),
        Entry<Erf>(),
        Entry<Exp>(),
        Entry<Flatten>(),
        Entry<Floor>(),
        Entry<Gelu>(),
        Entry<GlobalAveragePool>(),
        Entry<GlobalMaxPool>(),
        Entry<Greater>(),
        Entry<GreaterOrEqual>(),
        Entry<GroupNorm>(),
        Entry<HardShrink>(),
        Entry<HardSigmoid>(),
        Entry<HardSwish>(),
        Entry<HardTanh>(),
        Entry<InstanceNorm>(),
        Entry<L2Normalize>(),
        Entry<LayerNorm>(),
        Entry<LeakyRelu>(),
        Entry<LearnedParameter>(),
        Entry<Linear>(),
        Entry<LocalResponseNorm>(),
        Entry<Log>(),
        Entry<LogSoftmax>(),
        Entry<MatrixProduct>(),
        Entry<MaxPool2d>(),
        Entry<Maximum>(),
        Entry<Minimum>(),
        Entry<Mish>(),
        Entry<Multiply>(),
        Entry<PRelu>(),
        Entry<Pad2d>(),
        Entry<PixelShuffle>(),
        Entry<PixelUnshuffle>(),
        Entry<Power>(),
        Entry<RaiseTo>(),
        Entry<ReduceL1>(),
        Entry<ReduceL2>(),
        Entry<ReduceLogSumExp>(),
        Entry<ReduceMax>(),
        Entry<ReduceMean>(),
        Entry<ReduceMin>(),
        Entry<ReduceProduct>(),
        Entry<ReduceSum>(),
        Entry<ReduceSumSquare>(),
        Entry<Relu>(),
        Entry<Relu6>(),
        Entry<Reshape>(),
        Entry<Resize2d>(),
        Entry<Round>(),
        Entry<ScaleShift>(),
        Entry<Selu>(),
        Entry<Sigmoid>(),
        Entry<Sign>(),
        Entry<Silu>(),
        Entry<Slice>(),
        Entry<SoftShrink>(),
        Entry<Softmax>(),
        Entry<SoftmaxCrossEntropy>(),
        Entry<Softplus>(),
        Entry<Softsign>(),
        Entry<SpatialPyramidPool>(),
        Entry<SphereFaceMargin>(),
        Entry<StochasticDepth>(),
        Entry<Subtract>(),
        Entry<Tanh>(),
        Entry<ThresholdedRelu>(),
        Entry<Transpose>(),
        Entry<TripletLoss>(),
        Entry<WeightNorm>(),
        Entry<Where>(),
    ];

    private static Dictionary<Type, CatalogueEntry> ByType { get; } = Entries.ToDictionary(entry => entry.Type);

    /// <summary>The room of an op.</summary>
    public static CatalogueEntry Of(Op op) => ByType[op.GetType()];

    /// <summary>An op like this one but for one setting.</summary>
    public static Op With(Op op, string setting, object value)
    {
        var settings = op.SettingValues.ToDictionary(given => given.Name, given => given.Value);
        settings[setting] = value;
        return Of(op).FromSettings(new OpSettings(op.Name, settings));
    }

    private static CatalogueEntry Entry<TRoom>() where TRoom : Op, IOpRoom =>
        new(typeof(TRoom), () => TRoom.Cases, TRoom.RandomCase, TRoom.FromSettings, () => TRoom.OnnxOperators, () => TRoom.KnownValues,
            TRoom.WithoutGolden);
}

/// <summary>Draws a random case of an op.</summary>
internal delegate OpCase RandomCaseMaker(ref RandomSequence random);

/// <summary>One op of the catalogue. What a room lists is made when somebody asks for it.</summary>
internal sealed class CatalogueEntry(
    Type type, Func<IReadOnlyList<OpCase>> cases, RandomCaseMaker randomCase, Func<OpSettings, Op> fromSettings,
    Func<IReadOnlyList<OnnxOperator>> onnxOperators, Func<IReadOnlyList<KnownValue>> knownValues, string? withoutGolden)
{
    public Type Type => type;

    public IReadOnlyList<OpCase> Cases => field ??= cases();

    public RandomCaseMaker RandomCase => randomCase;

    public Func<OpSettings, Op> FromSettings => fromSettings;

    public IReadOnlyList<OnnxOperator> OnnxOperators => field ??= onnxOperators();

    public IReadOnlyList<KnownValue> KnownValues => field ??= knownValues();

    public string? WithoutGolden => withoutGolden;
}
