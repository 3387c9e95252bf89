namespace FeatureMap.Zoo;

/// <summary>The command that makes a run again.</summary>
public static class RunCommand
{
    // Settings that have options of their own.
    private static readonly string[] Options = ["epochs", "seed", "from"];

    /// <summary>
    /// The words of the command: recipe, data and every setting that is not as the recipe has it. They name no place of a machine: of
    /// files and folders the name alone, so it is typed where they are. Threads are left out, as no bit depends on them.
    /// </summary>
    /// <param name="configuration">What the run was made with.</param>
    /// <param name="registry">Which recipes there are; those of the library where null.</param>
    /// <returns>The words, not quoted for any shell; none where no command can say it: a program began the run, also with a recipe of its
    /// own, or a lab did.</returns>
    public static IReadOnlyList<string> Of(RunConfiguration configuration, Registry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration.Recipe.Length == 0 || configuration.Lab is not null || configuration.OnlyInCode.Count > 0) return [];
        var known = (registry ?? Registry.Default).Recipes;
        if (known.FirstOrDefault(one => string.Equals(one.Name, configuration.Recipe,
            StringComparison.OrdinalIgnoreCase)) is not { } recipe)
            return [];
        var settings = configuration.Settings;
        List<string> line = ["featuremap", "train", recipe.Name];
        if (settings.Data.Name.Length > 0)
        {
            var isPath = Path.IsPathFullyQualified(settings.Data.Name);
            line.AddRange(isPath ? ["--data", Placeless(settings.Data.Name)] : ["--set", $"data={settings.Data.Name}"]);
        }
        foreach (var setting in RecipeSettings.All.Where(one => !one.IsPart && one.Name is not ("data" or "threads")
            && one.HasEffect(settings) && !one.IsSame(settings, recipe.Settings)))
        {
            var value = Placeless(setting.Format(settings));
            line.AddRange(Options.Contains(setting.Name) ? [$"--{setting.Name}", value] : ["--set", $"{setting.Name}={value}"]);
        }
        return line;
    }

    private static string Placeless(string value) => Path.IsPathFullyQualified(value)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(value)) is { Length: > 0 } name ? name : value : value;
}
