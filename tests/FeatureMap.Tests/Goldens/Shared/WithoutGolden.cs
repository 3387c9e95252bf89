namespace FeatureMap.Tests.Goldens;

/// <summary>The ops that libtorch cannot judge, each with its reason. Every other op of the catalogue has a file.</summary>
internal static class WithoutGolden
{
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>
    {
        ["HardShrink"] = "compares and copies, so nothing is rounded: ActivationTests have the values and slopes of its formula",
        ["Dropout"] = "random: the mask comes from our own generator",
        ["ChannelDropout"] = "random",
        ["AlphaDropout"] = "random",
        ["StochasticDepth"] = "random",
    };
}
