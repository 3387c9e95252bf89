namespace FeatureMap.Data;

/// <summary>Looks for one data set, place after place, and remembers where it looked for the notice or the error.</summary>
internal sealed class DatasetSearch(DatasetInfo info, DataOptions options, DatasetPlaces places, IReadOnlyList<DatasetInfo> known)
{
    private readonly List<string> looked = [];

    public SplitData Find()
    {
        foreach (var folder in options.Folders)
        {
            if (InFolder(folder, given: true) is { } found) return found;
        }
        // A folder that was named is where the data are to come from: nothing else may take its place.
        if (options.Folders.Count > 0) throw new DataException($"{info.Title} is not in {string.Join(", ", looked)}. Give the folder that "
            + $"has {Files}.");
        foreach (var folder in places.EnvironmentFolders)
        {
            if (InFolder(folder, given: true) is { } found) return found;
        }
        var lookedInVain = looked.Count > 0 ? $"{info.Title} is not in {string.Join(", ", looked)}. " : null;
        var cache = options.CacheFolder ?? places.CacheFolder;
        foreach (var folder in places.SystemFolders.Prepend(cache))
        {
            if (InFolder(folder, given: false) is { } found)
                return lookedInVain is null ? found : found with { Notice = $"{lookedInVain}The copy in {found.Source} is used." };
        }
        var download = "not allowed";
        if (options.AllowDownload)
        {
            var folder = info.Layout.Candidates(cache, info).First();
            var failure = DatasetDownload.Fetch(info, folder, options);
            if (failure is null && Load(info.Layout.Look(folder, info), given: false) is { } found)
                return lookedInVain is null ? found : found with { Notice = $"{lookedInVain}A download to {folder} is used." };
            download = failure ?? "the files that arrived could not be read";
        }
        if (info.Name == "mnist" && options.AllowEmbeddedDigits)
        {
            var digits = EmbeddedDigits.Load();
            return digits with
            {
                Notice = $"{lookedInVain}{info.Title} was not found; the library's {digits.Training.Count + digits.Validation.Count:N0} "
                    + "digits stand in (results do not compare with published ones).",
            };
        }
        throw new DataException($"{info.Title} was not found. Looked in: {string.Join(", ", looked)}. Download: {download}. Give the "
            + $"folder with {Files} by DataOptions.Folders or {DatasetPlaces.Variable}"
            + (options.AllowDownload ? ", or repeat this with a connection to the internet." : ", or allow the download.")
            + (info.Name == "mnist" ? " The digits inside the library need neither: they are the data set digits." : ""));
    }

    /// <summary>The first folder that has all files of the data set, judged by their names and by the smallest of them; null where there is none.</summary>
    public string? Locate() => options.Folders.Concat(places.EnvironmentFolders).Append(options.CacheFolder ?? places.CacheFolder).Concat(places.SystemFolders)
        .Select(LocateIn).FirstOrDefault(folder => folder is not null);

    /// <summary>
    /// Whether a place has files of the data set, all or some of them, broken or not; those of another known set do not count.
    /// </summary>
    public bool HasFiles(string folder) => info.Layout.Candidates(folder, info).Select(candidate => info.Layout.Look(candidate, info))
        .Any(pieces => pieces.Any && (pieces.Missing.Count > 0 || !info.Layout.IsOther(pieces, info, known)));

    /// <summary>The same for one place.</summary>
    public string? LocateIn(string folder) => info.Layout.Candidates(folder, info).Select(candidate => info.Layout.Look(candidate, info))
        .FirstOrDefault(pieces => pieces.Missing.Count == 0 && info.Layout.IsPlausible(pieces, info, known))?.Folder;

    private string Files => $"{(info.Files.Count == 1 ? "its file" : $"its {info.Files.Count} files")} "
        + $"({string.Join(", ", info.Files.Select(file => file.Name))})";

    private SplitData? InFolder(string folder, bool given)
    {
        if (!Directory.Exists(folder))
        {
            looked.Add($"{folder} ({(File.Exists(folder) ? "not a folder" : "does not exist")})");
            return null;
        }
        var notes = looked.Count;
        foreach (var pieces in info.Layout.Candidates(folder, info).Select(candidate => info.Layout.Look(candidate, info)))
        {
            if (!pieces.Any) continue;
            if (pieces.Missing is { Count: > 0 } missing)
            {
                var text = $"{pieces.Folder} has only {pieces.Files.Count - missing.Count} of the {pieces.Files.Count} files of {info.Title}";
                if (given) throw new DataException($"{text}; missing: {string.Join(", ", missing)}. Add what is missing, or do not name this folder.");
                looked.Add(text);
            }
            else if (Load(pieces, given) is { } found)
            {
                return found;
            }
        }
        if (looked.Count == notes) looked.Add($"{folder} (no files of {info.Title})");
        return null;
    }

    private SplitData? Load(DatasetPieces pieces, bool given)
    {
        try
        {
            var found = info.Layout.Load(new(info, pieces, options.VerifyContent, OfficialOnly: !given, known), out var other);
            if (other is not null) looked.Add($"{pieces.Folder} (holds {other.Title})");
            return found;
        }
        catch (DataException error) when (!given)
        {
            looked.Add($"{pieces.Folder} (broken: {error.Message.TrimEnd('.')})");
            return null;
        }
    }
}
