using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>All ops, with their cases: tests, gradient check, benchmark and self-test walk this list.</summary>
internal static class OpCatalogue
{
    /// <summary>One line per room. A test compares it with the types of the assembly, so that no op is forgotten.</summary>
    public static IReadOnlyList<CatalogueEntry> Entries { get; } =
    [
        Entry<Add>(),
        Entry<AveragePool2d>(),
        Entry<BatchNorm>(),
        Entry<ChannelDropout>(),
        Entry<Concat>(),
        Entry<Conv2d>(),
        Entry<ConvTranspose2d>(),
        Entry<Dropout>(),
        Entry<Flatten>(),
        Entry<GlobalAveragePool>(),
        Entry<LeakyRelu>(),
        Entry<Linear>(),
        Entry<MaxPool2d>(),
        Entry<Relu>(),
        Entry<SoftmaxCrossEntropy>(),
        Entry<WeightNorm>(),
    ];

    private static CatalogueEntry Entry<TRoom>() where TRoom : Op, IOpRoom => new(typeof(TRoom), TRoom.Cases, TRoom.RandomCase, TRoom.FromSettings);
}

/// <summary>Draws a random case of an op.</summary>
internal delegate OpCase RandomCaseMaker(ref RandomSequence random);

/// <summary>One op of the catalogue.</summary>
internal sealed record CatalogueEntry(Type Type, IReadOnlyList<OpCase> Cases, RandomCaseMaker RandomCase, Func<SettingReader, Op> FromSettings);
