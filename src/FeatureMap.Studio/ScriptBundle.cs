using System.Text;
using System.Text.RegularExpressions;

namespace FeatureMap.Studio;

/// <summary>
/// Modules put into one script: a page asks once instead of once for each, and a file can have them at all, as a browser loads no modules
/// from disk. It knows what our scripts use: imports of one line, exports before a declaration, and no two that import each other.
/// </summary>
internal static partial class ScriptBundle
{
    /// <summary>A module and all that it imports, each once in a scope of its own, those that are imported first.</summary>
    public static string Of(string entry)
    {
        var (text, done) = (new StringBuilder("\"use strict\";\n(() => {\n"), new HashSet<string>());
        Append(entry, text, done);
        return text.Append("})();\n").ToString();
    }

    private static void Append(string name, StringBuilder text, HashSet<string> done)
    {
        if (!done.Add(name)) return;
        var module = Assets.Text(name);
        foreach (Match import in Import().Matches(module)) Append(import.Groups["module"].Value, text, done);
        module = Import().Replace(module, found => $"const {{{found.Groups["names"].Value}}} = {Scope(found.Groups["module"].Value)};");
        var exports = string.Join(", ", Export().Matches(module).Select(found => found.Groups["name"].Value));
        text.Append("const ").Append(Scope(name)).Append(" = (() => {\n");
        text.Append(Export().Replace(module, found => found.Groups["kept"].Value));
        text.Append("return { ").Append(exports).Append(" };\n})();\n");
    }

    private static string Scope(string module) => $"${module[..^".js".Length].Replace('-', '_')}";

    [GeneratedRegex("^import \\{(?<names>[^;]*)\\} from \"\\./(?<module>[a-z-]+\\.js)\";$", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex("^export (?<kept>(async )?(function|const|class) (?<name>[A-Za-z]+))", RegexOptions.Multiline)]
    private static partial Regex Export();
}
