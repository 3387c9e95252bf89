using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The arguments of a training, a lab, a range test or a trial, as a user would type them.</summary>
internal static class TrainCommandLine
{
    // Settings that have options of their own.
    private static readonly string[] Options = ["epochs", "seed", "threads"], LabOptions = ["epochs", "seed", "seeds", "threads",
        "image-size"];

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
        AddRoot(line, arguments.Out);
        return line;
    }

    /// <summary>A trial of it: some steps, and what they tell.</summary>
    public static IReadOnlyList<string> Trial(TrainArguments arguments) => [.. Of(arguments), "--estimate"];

    /// <summary>A range test of it, whose numbers go into a file.</summary>
    public static IReadOnlyList<string> RateTest(TrainArguments arguments, string file)
    {
        var line = new List<string> { "lr-find" };
        if (arguments.Recipe is { } recipe) line.Add(Shown(recipe));
        foreach (var place in arguments.Data) line.AddRange(["--data", Shown(place)]);
        foreach (var (key, value) in RateAssignments(arguments))
            line.AddRange(["--set", $"{key}={(key == "network" ? Shown(value) : value)}"]);
        return [.. line, "--out", Shown(file)];
    }

    /// <summary>The settings that a range test is made with: its rates are its own.</summary>
    public static IEnumerable<(string Key, string Value)> RateAssignments(TrainArguments arguments) =>
        arguments.Assignments.Where(one => one.Key != "learning-rate");

    /// <summary>A new lab.</summary>
    public static IReadOnlyList<string> Of(LabArguments arguments)
    {
        var line = new List<string> { "lab", arguments.Lab! };
        if (arguments.IsQuick) line.Add("--quick");
        foreach (var place in arguments.Data) line.AddRange(["--data", Shown(place)]);
        foreach (var (key, value) in arguments.Assignments)
            line.AddRange(LabOptions.Contains(key) ? [$"--{key}", value] : ["--set", $"{key}={value}"]);
        AddRoot(line, arguments.Out);
        return line;
    }

    /// <summary>A lab that goes on.</summary>
    public static IReadOnlyList<string> ResumeLab(string path) => ["lab", "--resume", Shown(path)];

    /// <summary>A run that goes on.</summary>
    public static IReadOnlyList<string> Resume(string path) => ["train", "--resume", Shown(path)];

    /// <summary>The line for a shell.</summary>
    public static string Text(IReadOnlyList<string> arguments) => "featuremap " + string.Join(' ', arguments.Select(ShellWord.Of));

    private static void AddRoot(List<string> line, string? root)
    {
        if (root is not null && Path.GetFullPath(root) != Path.GetFullPath("runs")) line.AddRange(["--out", Shown(root)]);
    }

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
