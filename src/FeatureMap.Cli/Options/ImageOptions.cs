using System.CommandLine;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>The options for data of image files; each is also a setting of the same name.</summary>
/// <param name="only">The settings that a command has; all of them where none is named.</param>
internal sealed class ImageOptions(params string[] only)
{
    private readonly (string Setting, Option<string?> Option)[] all = [.. All().Where(one => only.Length == 0
        || only.Contains(one.Setting))];

    private static (string Setting, Option<string?> Option)[] All() =>
    [
        Of("image-size", "SIZE"), Of("fit", "HOW"), Of("image-colours", "WORD"), Of("task", "WORD"), Of("image-folder", "DIR"),
            Of("file-column", "NAME"), Of("label-column", "NAME"), Of("label-separator", "LETTER"), Of("label-names", "NAMES"), Of("number-column", "NAMES"),
            Of("mask-classes", "NAMES"), Of("mask-ignore", "NUMBER"),
            Of("mask-colours", "FILE"), Of("unreadable", "WORD"),
        Of("decode", "WHEN"), Of("validation-split", "PART"), Of("split-seed", "S"),
    ];

    /// <summary>Adds them; <c>--images</c> is another name of <c>--image-folder</c> where the command has no option of this name.</summary>
    public void AddTo(Command command)
    {
        var (_, folder) = Array.Find(all, one => one.Setting == "image-folder");
        if (command.Options.All(option => option.Name != "--images")) folder.Aliases.Add("--images");
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
