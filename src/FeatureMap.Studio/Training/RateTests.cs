using System.Globalization;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The range tests of a project: files in the folder <c>rate-tests</c> beside the runs, whoever made them. Ids are names of that list and
/// no part of any path.
/// </summary>
internal sealed class RateTests(string runs)
{
    public const string FolderName = "rate-tests";

    private const int MostListed = 200;
    private readonly Lock gate = new();
    private readonly HashSet<string> given = [];

    private string Folder => Path.Combine(runs, FolderName);

    /// <summary>Their ids, the newest first.</summary>
    public IReadOnlyList<string> Ids => [.. Files().Select(IdOf)];

    /// <summary>One of them; null where there is none, or none that can be read (yet).</summary>
    public RangeTestFile? Read(string id) => Files().FirstOrDefault(file => IdOf(file) == id) is { } path ? RangeTestFile.Read(path) : null;

    /// <summary>The place of a new one.</summary>
    public string NewPath(string recipe)
    {
        var stem = $"{recipe}-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        lock (gate)
            for (var number = 1; ; number++)
            {
                var path = Path.Combine(Folder, number == 1 ? $"{stem}.json" : $"{stem}-{number}.json");
                if (!File.Exists(path) && given.Add(path)) return path;
            }
    }

    public static string IdOf(string path) => Path.GetFileNameWithoutExtension(path);

    private IReadOnlyList<string> Files()
    {
        try
        {
            return [.. new DirectoryInfo(Folder).EnumerateFiles("*.json").Where(file => file.LinkTarget is null)
                .OrderByDescending(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal).Take(MostListed)
                .Select(file => file.FullName)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // there is none yet, or it cannot be looked into
        }
    }
}
