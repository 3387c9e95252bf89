using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>Data that a training can be begun with.</summary>
/// <param name="Id">What it is asked for by; looked up in a list and no part of any path.</param>
/// <param name="Name">What it is called: for a folder or archive its path below the project.</param>
/// <param name="About">What is known of it.</param>
public sealed record TrainPlace(string Id, string Name, string About);

/// <summary>The data of a project by id: the published sets, places that were named (with the ids that a <see cref="DataShelf"/> gives
/// them), and folders and archives below the project that look like images in folders of classes. Nothing is read but names.</summary>
internal sealed class TrainPlaces
{
    /// <summary>What ids of folders and archives begin with; others are names of published sets.</summary>
    public const string Prefix = "place-";

    private const int MostPlaces = 60, MostLooked = 40, MostFiles = 40;
    private static readonly string[] Images = [".png", ".jpg", ".jpeg", ".bmp"], Archives = [".zip", ".tar", ".tar.gz", ".tgz"];

    private static readonly string[] Parts = ["train", "training", "val", "valid", "validation", "test"];

    private readonly string? root;
    private readonly IReadOnlyList<string>? named;
    private readonly FreshList<(TrainPlace Place, string Path)> listed;

    public TrainPlaces(string? project, IReadOnlyList<string>? named = null)
    {
        (root, this.named) = (FolderWalk.Root(project), named);
        listed = new FreshList<(TrainPlace, string)>(Read, TimeSpan.FromSeconds(2));
    }

    public IReadOnlyList<TrainPlace> All => [.. listed.Items.Select(one => one.Place)];

    /// <summary>The path of a folder or archive; null for a published set.</summary>
    /// <exception cref="UsageException">There are no such data.</exception>
    public string? PathOf(string id)
    {
        var found = listed.Find(one => one.Place.Id == id);
        if (found.Place is null)
            throw new UsageException($"There are no data '{Descriptions.ValueKind.Shortened(id)}'."
                + NearestName.Suggest(id, listed.Items.Select(one => one.Place.Id)));
        return found.Path.Length > 0 ? found.Path : null;
    }

    /// <summary>The id of data that a run was made with; empty where they are not of this list.</summary>
    public string IdOf(string nameOrPath) => listed.Items.FirstOrDefault(one => one.Path == nameOrPath
        || (one.Path.Length == 0 && one.Place.Id == nameOrPath)).Place?.Id ?? "";

    private List<(TrainPlace, string)> Read()
    {
        var found = new List<(TrainPlace, string)>();
        foreach (var info in Datasets.All)
        {
            var about = info.Files.Count == 0 ? "inside the library" : Datasets.Locate(info.Name) is not null ? "on this machine"
                : $"{info.DownloadBytes / 1e6:0} MB are fetched first";
            found.Add((new(info.Name, info.Title, about), ""));
        }
        var ids = new HashSet<string>(Datasets.All.Select(info => info.Name));
        var own = named?.Select(place => FolderWalk.Root(place)!).ToList() ?? [];
        foreach (var place in own)
            found.Add((new(FolderWalk.IdOf(Prefix, Path.GetFileName(place), ids), Path.GetFileName(place),
                "named when the studio was started"), place));
        if (root is null) return found;
        foreach (var folder in FolderWalk.Below(root, folder => !IsRun(folder) && !IsImageSet(folder)))
        {
            if (found.Count > MostPlaces + own.Count || IsRun(folder)) continue;
            if (IsImageSet(folder))
                Add(folder, ClassFolders.HaveMasks(folder) ? "a folder of images with masks" : "a folder of images by class");
            foreach (var file in FolderWalk.Files(folder, name => Array.Exists(Archives, end => name.EndsWith(end,
                StringComparison.OrdinalIgnoreCase))))
                Add(file, "an archive");
        }
        return found;

        void Add(string path, string about)
        {
            if (own.Contains(path)) return;
            var name = FolderWalk.NameBelow(root, path);
            found.Add((new(FolderWalk.IdOf(Prefix, name, ids), name, about), path));
        }
    }

    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, RunLog.JsonFileName));

    /// <summary>Whether at least two folders in it have images, or those in one of its parts do.</summary>
    private static bool IsImageSet(string folder) => Inside(folder) is var inside
        && (inside.Count(HasImage) >= 2 || inside.Any(part => Parts.Contains(Path.GetFileName(part).ToLowerInvariant())
            && Inside(part).Count(HasImage) >= 2));

    private static IReadOnlyList<string> Inside(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Take(MostLooked).Order(StringComparer.Ordinal)
                .Where(inner => Path.GetFileName(inner)[0] != '.' && !FolderWalk.IsLink(inner))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool HasImage(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder).Take(MostFiles).Any(file => Images.Contains(Path.GetExtension(file)
                .ToLowerInvariant()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
