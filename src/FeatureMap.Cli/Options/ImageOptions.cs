using System.CommandLine;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>The options for data of image files; each is also a setting of the same name.</summary>
internal sealed class ImageOptions
{
    private readonly (string Setting, Option<string?> Option)[] all =
        [Of("image-size", "SIZE"), Of("fit", "HOW"), Of("image-colours", "WORD"), Of("task", "WORD"), Of("unreadable", "WORD"), Of("validation-split", "PART"), Of("split-seed", "S")];

    public void AddTo(Command command)
    {
        foreach (var (_, option) in all)
            command.Options.Add(option);
    }

    /// <summary>The options that were given, as settings.</summary>
    public IEnumerable<(string Key, string Value)> Assignments(ParseResult parse)
    {
        foreach (var (setting, option) in all)
            if (parse.GetValue(option) is { } value)
                yield return (setting, value);
    }

    /// <exception cref="UsageException">A value is out of range.</exception>
    public ClassFolderOptions Read(ParseResult parse) =>
        Setting<DataChoice>.Apply(new(), DataChoice.Settings, Assignments(parse)).Images;

    private static (string, Option<string?>) Of(string setting, string value) =>
        (setting, new($"--{setting}")
        {
            Description = $"{RecipeSettings.Get(setting).Meaning}: {RecipeSettings.Get(setting).Range}",
            HelpName = value
        });
}
