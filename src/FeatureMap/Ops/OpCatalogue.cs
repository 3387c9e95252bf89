using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>All ops, with their cases: tests, gradient check, benchmark and self-test walk this list.</summary>
internal static class OpCatalogue
{
    /// <summary>One line per room. A test compares it with the types of the assembly, so that no op is forgotten.</summary>
    public static IReadOnlyList<CatalogueEntry> Entries { get; } =
    [
        Entry<AdaptiveAveragePool2d>(),
        Entry<AdaptiveMaxPool2d>(),
        Entry<Add>(),
        Entry<AlphaDropout>(),
        Entry<AngularLinear>(),
        Entry<ArcFaceMargin>(),
        Entry<AveragePool2d>(),
        Entry<BatchNorm>(),
        Entry<CenterLoss>(),
        Entry<Celu>(),
        Entry<ChannelDropout>(),
        Entry<ChannelShuffle>(),
        Entry<Concat>(),
        Entry<Conv2d>(),
        Entry<CosFaceMargin>(),
        Entry<Dropout>(),
        Entry<Elu>(),
        Entry<Flatten>(),
        Entry<Gelu>(),
        Entry<GlobalAveragePool>(),
        Entry<GlobalMaxPool>(),
        Entry<GroupNorm>(),
        Entry<InstanceNorm>(),
        Entry<L2Normalize>(),
        Entry<LayerNorm>(),
        Entry<LeakyRelu>(),
        Entry<Linear>(),
        Entry<LocalResponseNorm>(),
        Entry<MaxPool2d>(),
        Entry<Pad2d>(),
        Entry<PixelShuffle>(),
        Entry<PixelUnshuffle>(),
        Entry<Relu>(),
        Entry<Reshape>(),
        Entry<Resize2d>(),
        Entry<Slice>(),
        Entry<SoftmaxCrossEntropy>(),
        Entry<SpatialPyramidPool>(),
        Entry<SphereFaceMargin>(),
        Entry<StochasticDepth>(),
        Entry<TripletLoss>(),
        Entry<Transpose>(),
        Entry<HardSigmoid>(),
        Entry<HardSwish>(),
        Entry<HardTanh>(),
        Entry<LogSoftmax>(),
        Entry<Mish>(),
        Entry<PRelu>(),
        Entry<Relu6>(),
        Entry<Selu>(),
        Entry<Sigmoid>(),
        Entry<Silu>(),
        Entry<Softmax>(),
        Entry<Softplus>(),
        Entry<Softsign>(),
        Entry<Tanh>(),
        Entry<ThresholdedRelu>(),
    ];

    /// <summary>An op like this one but for one setting.</summary>
    public static Op With(Op op, string setting, object value)
    {
        var settings = op.SettingValues.ToDictionary(given => given.Name, given => given.Value);
        settings[setting] = value;
        return Entries.Single(entry => entry.Type == op.GetType()).FromSettings(new SettingReader(op.Name, settings));
    }

    private static CatalogueEntry Entry<TRoom>() where TRoom : Op, IOpRoom => new(typeof(TRoom), TRoom.Cases, TRoom.RandomCase, TRoom.FromSettings, TRoom.OnnxOperators);
}

/// <summary>Draws a random case of an op.</summary>
internal delegate OpCase RandomCaseMaker(ref RandomSequence random);

/// <summary>One op of the catalogue.</summary>
internal sealed record CatalogueEntry(Type Type, IReadOnlyList<OpCase> Cases, RandomCaseMaker RandomCase, Func<SettingReader, Op> FromSettings, IReadOnlyList<OnnxOperator> OnnxOperators);
