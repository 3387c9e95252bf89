using System.Text.RegularExpressions;

namespace FeatureMap.Tests.House;

/// <summary>The files of the repository that the tests were built from.</summary>
internal static partial class Repository
{
    private static readonly string[] Skipped = ["bin", "obj", ".git", ".vs", ".idea", "TestResults", "BenchmarkDotNet.Artifacts", "runs",
        "artifacts", "node_modules"];
    private static readonly string[] TextEndings = [".cs", ".csproj", ".props", ".targets", ".slnx", ".md", ".json", ".yml", ".yaml",
        ".xml", ".txt", ".sh", ".py", ".html", ".css", ".js", ".editorconfig", ".gitignore", "run", "LICENSE"];

    public static string Root { get; } = FindRoot();

    /// <summary>C# files below a folder, generated ones left out.</summary>
    public static IReadOnlyList<string> Sources(string folder) =>
        [.. Files(Path.Combine(Root, folder)).Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Every text file that is no build output.</summary>
    public static IReadOnlyList<string> Texts() => [.. Files(Root).Where(file =>
        TextEndings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal))).Order(StringComparer.Ordinal)];

    /// <summary>The path inside the repository, with slashes.</summary>
    public static string Short(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>The code of a C# file without comments and without the content of its strings.</summary>
    public static string Code(string path) => CommentsAndStrings().Replace(File.ReadAllText(path), " ");

    /// <summary>The texts of a C# file in their quotes, comments left out; a text with another inside a hole comes in parts.</summary>
    public static IEnumerable<string> Strings(string path) =>
        CommentsAndStrings().Matches(File.ReadAllText(path)).Select(match => match.Value).Where(text => text[0] != '/');

    private static IEnumerable<string> Files(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            yield return file;
        foreach (var below in Directory.EnumerateDirectories(folder))
            if (!Skipped.Contains(Path.GetFileName(below)))
                foreach (var file in Files(below))
                    yield return file;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FeatureMap.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("The tests of the house read the sources: run them from a build inside the repository.");
    }

    [GeneratedRegex("\"\"\".*?\"\"\"|@\"(?:[^\"]|\"\")*\"|\"(?:\\\\.|[^\"\\\\\n])*\"|//[^\n]*|/\\*.*?\\*/", RegexOptions.Singleline)]
    private static partial Regex CommentsAndStrings();
}
