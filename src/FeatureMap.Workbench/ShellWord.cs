namespace FeatureMap.Workbench;

/// <summary>Words of a command line that is shown, so that it can be pasted into a shell.</summary>
public static class ShellWord
{
    /// <summary>A word as it is typed: in quotes where it has characters that a shell reads otherwise.</summary>
    public static string Of(string text)
    {
        const string plain = "/\\.-_+:,=@%";
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || plain.Contains(letter, StringComparison.Ordinal)))
            return text;
        return OperatingSystem.IsWindows() ? $"\"{text}\"" : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }
}
