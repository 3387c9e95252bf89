using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Cli;

/// <summary>The library says in terms of its API what helps; this says the same in those of the command line.</summary>
internal static class FlagNames
{
    /// <summary>What the library says, and what the user of the tool types for it.</summary>
    public static IReadOnlyList<(string Said, string Typed)> All { get; } =
    [
        ("resize: true", "--resize"),
        ("withFreshHead: true", "--set fresh-head=true"),
        ("a folder that is writable", "a folder that is writable with --out"),
        ("Network.Lint explains", "featuremap lint explains"),
        (Named<TrainingOptions>(nameof(TrainingOptions.Resume)), "--resume"),
        (Named<DataOptions>(nameof(DataOptions.Folders)), "--data"),
        (Named<ImageColours>(nameof(ImageColours.Colour)), "--set image-colours=colour"),
        (Named<LintOptions>(nameof(LintOptions.Ignored)), "--ignore"),
        (Named<LintOptions>(nameof(LintOptions.Target)), "--target"),
        (Named<LintOptions>(nameof(LintOptions.ObjectSize)), "--object-size"),
        (Named<LintOptions>(nameof(LintOptions.BatchSize)), "--batch"),
        (Named<LintOptions>(nameof(LintOptions.ParameterBudget)), "--parameter-budget"),
        (Named<LintOptions>(nameof(LintOptions.MultiplyAddBudget)), "--mac-budget"),
    ];

    /// <summary>A text of the library for the user of the tool.</summary>
    public static string In(string text) =>
        All.Aggregate(text, (said, name) => said.Replace(name.Said, name.Typed, StringComparison.Ordinal));

    private static string Named<T>(string member) => $"{typeof(T).Name}.{member}";
}
