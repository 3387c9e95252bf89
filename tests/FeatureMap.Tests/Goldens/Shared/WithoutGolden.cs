using FeatureMap.Ops;

namespace FeatureMap.Tests.Goldens;

/// <summary>The ops that libtorch cannot judge, each with the reason that its room states. Every other op of the catalogue has a file.</summary>
internal static class WithoutGolden
{
    public static IReadOnlyDictionary<string, string> Reasons { get; } = OpCatalogue.Entries.Where(entry => entry.WithoutGolden is not null)
        .ToDictionary(entry => entry.Type.Name, entry => entry.WithoutGolden!);
}
