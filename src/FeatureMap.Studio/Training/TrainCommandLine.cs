using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The arguments of a training, as a user would type them.</summary>
internal static class TrainCommandLine
{
    // Settings that have options of their own.
    private static readonly string[] Options = ["epochs", "seed", "threads"];

    /// <summary>A new run.</summary>
    public static IReadOnlyList<string> Of(TrainArguments arguments)
    {
        var line = new List<string> { "train" };
        // What begins with '-' would be read as an option.
        if (arguments.Recipe is { } recipe) line.Add(Shown(recipe));
        foreach (var place in arguments.Data) line.AddRange(["--data", Shown(place)]);
        foreach (var (key, value) in arguments.Assignments)
            if (Options.Contains(key)) line.AddRange([$"--{key}", value]);
            else line.AddRange(["--set", $"{key}={(key == "network" ? Shown(value) : value)}"]);
        if (arguments.Out is { } root && Path.GetFullPath(root) != Path.GetFullPath("runs")) line.AddRange(["--out", Shown(root)]);
        return line;
    }

    /// <summary>A run that goes on.</summary>
    public static IReadOnlyList<string> Resume(string path) => ["train", "--resume", Shown(path)];

    /// <summary>The line for a shell.</summary>
    public static string Text(IReadOnlyList<string> arguments) => "featuremap " + string.Join(' ', arguments.Select(ShellWord.Of));

    // Short where it lies below the folder in which the studio was begun, as somebody there would type it. A word alone could be the name
    // of a recipe, an architecture or a published set.
    private static string Shown(string text)
    {
        if (!Path.IsPathFullyQualified(text)) return text;
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, text);
        if (relative.StartsWith("..", StringComparison.Ordinal)) return text;
        return relative.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && relative[0] != '-' ? relative : $"./{relative}";
    }
}
