using System.Text;
using System.Text.RegularExpressions;

namespace FeatureMap.Studio;

/// <summary>
/// Modules put into one script, for files: a browser loads no modules from disk. It knows what our scripts use: imports of one line, and
/// exports before a declaration.
/// </summary>
internal static partial class ScriptBundle
{
    /// <summary>A module and all that it imports, each once, those that are imported first.</summary>
    public static string Of(string entry)
    {
        var (text, done) = (new StringBuilder("(() => {\n\"use strict\";\n"), new HashSet<string>());
        Append(entry, text, done);
        return text.Append("})();").ToString();
    }

    private static void Append(string name, StringBuilder text, HashSet<string> done)
    {
        if (!done.Add(name)) return;
        var source = Assets.Text(name);
        foreach (Match import in Import().Matches(source))
            Append(import.Groups["name"].Value, text, done);
        text.Append(Export().Replace(Import().Replace(source, ""), "")).Append('\n');
    }

    [GeneratedRegex("^import [^;]* from \"\\./(?<name>[a-z-]+\\.js)\";$", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex("^export ", RegexOptions.Multiline)]
    private static partial Regex Export();
}
