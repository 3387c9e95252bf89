using FeatureMap.Descriptions;
using FeatureMap.Interchange;

namespace FeatureMap.Workbench;

/// <summary>
/// The networks of a project that were designed by hand: texts in its folder <c>networks</c>, one file for each name. A name has letters,
/// digits, '-' and '_' only, so that none becomes another path.
/// </summary>
/// <param name="project">The folder of the project; none where null.</param>
public sealed class NetworkFolder(string? project)
{
    /// <summary>The folder below the project.</summary>
    public const string FolderName = "networks";

    private const int LongestName = 60, MostNetworks = 500;

    private readonly string? root = project is not null && Directory.Exists(project) ? Path.GetFullPath(project) : null;

    /// <summary>The names that there are, in their order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            if (root is null || !Directory.Exists(Place) || FolderWalk.IsLink(Place)) return [];
            try
            {
                return [.. new DirectoryInfo(Place).EnumerateFiles($"*{NetworkText.Extension}").Where(file => file.LinkTarget is null)
                    .Select(file => Path.GetFileNameWithoutExtension(file.Name)).Where(IsName).Order(StringComparer.Ordinal)
                        .Take(MostNetworks)];
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return []; // a folder that cannot be listed has nothing to offer
            }
        }
    }

    private string Place => Path.Combine(root!, FolderName);

    /// <summary>The file of a name, for <c>RecipeSettings.Network</c>.</summary>
    /// <exception cref="UsageException">There is none; the nearest is suggested.</exception>
    public string PathOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Names.Contains(name, StringComparer.Ordinal) ? Path.Combine(Place, name + NetworkText.Extension)
            : throw new UsageException($"The project has no network '{ValueKind.Shortened(name)}'.{NearestName.Suggest(name, Names)}");
    }

    /// <summary>The text of a name.</summary>
    /// <exception cref="UsageException">There is none; the nearest is suggested.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    public string Read(string name)
    {
        var path = PathOf(name);
        try
        {
            return new FileInfo(path).Length <= NetworkFile.MaximumLength ? File.ReadAllText(path)
                : throw new DataException($"The network {name} is too long to be read.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The network {name} cannot be read.", error);
        }
    }

    /// <summary>Keeps a network under a name; one that was there is replaced by the same or another only where that is said.</summary>
    /// <param name="name">The name.</param>
    /// <param name="text">The text of a network.</param>
    /// <param name="replaces">Whether another one of this name may go.</param>
    /// <exception cref="UsageException">It is no name, is taken, or there is no project.</exception>
    /// <exception cref="DataException">The text is no network, or it cannot be written.</exception>
    public void Save(string name, string text, bool replaces = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (root is null) throw new UsageException("There is no project folder to keep networks in. Start with StudioOptions.Project.");
        if (!IsName(name))
            throw new UsageException($"A name has 1 to {LongestName} letters, digits, '-' and '_', and begins with a letter or digit, "
                + $"such as my-net: "
                + $"received '{ValueKind.Shortened(VisibleText.Of(name))}'.");
        NetworkText.Parse(text, "The text");
        var folder = new DirectoryInfo(Place);
        if (folder.Exists && folder.LinkTarget is not null)
            throw new UsageException($"The folder {FolderName} of the project is a link, and nothing is written through links.");
        var file = new FileInfo(Path.Combine(Place, name + NetworkText.Extension));
        if (file.Exists && (file.LinkTarget is not null || (!replaces && Read(name) != text)))
            throw new UsageException($"There is another network '{name}' already. Choose another name, or say that it is replaced.");
        try
        {
            folder.Create();
            var beside = Path.Combine(Place, $".{name}.{Guid.NewGuid():N}");
            File.WriteAllText(beside, text);
            File.Move(beside, file.FullName, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The network {name} cannot be written into the folder {FolderName} of the project.", error);
        }
    }

    private static bool IsName(string name) => name.Length is >= 1 and <= LongestName && char.IsAsciiLetterOrDigit(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
