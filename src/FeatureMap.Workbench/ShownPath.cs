namespace FeatureMap.Workbench;

/// <summary>Paths in sentences.</summary>
public static class ShownPath
{
    /// <summary>
    /// A path as it is shortest to type from here, in quotes where it needs them: what is shown can be pasted into a shell.
    /// </summary>
    public static string Of(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        var best = relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
        if (best.All(c => char.IsAsciiLetterOrDigit(c) || "/\\.-_+:,=@%".Contains(c, StringComparison.Ordinal)))
            return best.StartsWith('-') ? $"./{best}" : best;
        if (OperatingSystem.IsWindows()) return $"\"{best}\"";
        var escaped = best.Replace("\\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal);
        if (VisibleText.Of(best) != best) return $"$'{VisibleText.Of(escaped)}'";
        return best.AsSpan().ContainsAny("\"$`\\!") ? $"'{best.Replace("'", @"'\''", StringComparison.Ordinal)}'" : $"\"{best}\"";
    }
}
