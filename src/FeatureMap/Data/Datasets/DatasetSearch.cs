namespace FeatureMap.Data;

/// <summary>Looks for one data set, place after place, and remembers where it looked for the notice or the error.</summary>
internal sealed class DatasetSearch(DatasetInfo info, DataOptions options, DatasetPlaces places, IReadOnlyList<DatasetInfo> known)
{
    private readonly List<string> looked = [];

    public SplitData Find()
    {
        foreach (var folder in options.Folders.Concat(places.EnvironmentFolders))
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
            var folder = Path.Combine(cache, info.Name);
            var failure = DatasetDownload.Fetch(info, folder, options);
            if (failure is null && Load(folder, FilesIn(folder), given: false) is { } found)
                return lookedInVain is null ? found : found with { Notice = $"{lookedInVain}A download to {folder} is used." };
            download = failure ?? "the files that arrived could not be read";
        }
        var report = $"Looked in: {string.Join(", ", looked)}. Download: {download}.";
        var fix = $"Give the folder with its {info.Files.Count} files by --data or {DatasetPlaces.Variable} ({string.Join(", ", info.Files.Select(file => file.Name))})"
            + (options.AllowDownload ? ", or repeat this with a connection to the internet." : ", or allow the download.");
        if (info.Name != "mnist" || !options.AllowEmbeddedDigits) throw new DataException($"{info.Title} was not found. {report} {fix}");
        var digits = EmbeddedDigits.Load();
        return digits with
        {
            Notice = $"{info.Title} was not found, so the {digits.Training.Count + digits.Validation.Count:N0} digits inside the library stand in for it "
                + $"({digits.Training.Count:N0} for training, {digits.Validation.Count:N0} for validation): results are not comparable with published ones. "
                + $"{report} {fix}",
        };
    }

    /// <summary>The first folder that has all files of the data set, judged by their names and by the smallest of them; null where there is none.</summary>
    public string? Locate() => options.Folders.Concat(places.EnvironmentFolders).Append(options.CacheFolder ?? places.CacheFolder).Concat(places.SystemFolders)
        .SelectMany(folder => new[] { Path.Combine(folder, info.Name), folder }).FirstOrDefault(HasAll);

    private bool HasAll(string folder)
    {
        var files = FilesIn(folder);
        if (files.Contains(null)) return false;
        try
        {
            var sum = IdxFile.Read(files[3]!, 1, withSum: true).Sum;
            return !known.Any(other => other != info && other.Files.Any(file => file.Sha256 == sum));
        }
        catch (DataException)
        {
            return false;
        }
    }

    private SplitData? InFolder(string folder, bool given)
    {
        if (!Directory.Exists(folder))
        {
            looked.Add($"{folder} ({(File.Exists(folder) ? "not a folder" : "does not exist")})");
            return null;
        }
        var notes = looked.Count;
        foreach (var candidate in new[] { Path.Combine(folder, info.Name), folder })
        {
            var files = FilesIn(candidate);
            var missing = info.Files.Where((_, index) => files[index] is null).Select(file => file.Name).ToArray();
            if (missing.Length == files.Length) continue;
            if (missing.Length > 0)
            {
                var text = $"{candidate} has only {files.Length - missing.Length} of the {files.Length} files of {info.Title}";
                if (given) throw new DataException($"{text}; missing: {string.Join(", ", missing)}. Add what is missing, or do not name this folder.");
                looked.Add(text);
            }
            else if (Load(candidate, files, given) is { } found)
            {
                return found;
            }
        }
        if (looked.Count == notes) looked.Add($"{folder} (no files of {info.Title})");
        return null;
    }

    // Each file may be zipped or not, and some unpackers write a dot for the last hyphen but one ("train-images.idx3-ubyte").
    private string?[] FilesIn(string folder) => [.. info.Files.Select(file =>
    {
        var plain = file.Name.EndsWith(".gz", StringComparison.Ordinal) ? file.Name[..^3] : file.Name;
        var dotted = plain.Replace("-idx", ".idx", StringComparison.Ordinal);
        return new[] { file.Name, plain, dotted, dotted + ".gz" }.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    })];

    // The labels of the validation part come first: the smallest file tells soonest that the folder holds another set.
    private SplitData? Load(string folder, string?[] files, bool given)
    {
        var contents = new IdxContent[4];
        var unofficial = false;
        foreach (var index in (ReadOnlySpan<int>)[3, 1, 2, 0])
        {
            var (path, official) = (files[index]!, info.Files[index]);
            try
            {
                var content = contents[index] = IdxFile.Read(path, index % 2 == 0 ? 3 : 1, withSum: options.VerifyContent);
                if (!options.VerifyContent || content.Sum == official.Sha256) continue;
                if (known.FirstOrDefault(other => other.Files.Any(file => file.Sha256 == content.Sum)) is { } owner && owner != info)
                {
                    looked.Add($"{folder} (holds {owner.Title})");
                    return null;
                }
                if (content.FileLength == official.Bytes || !given)
                {
                    throw new DataException($"{path}: this is not the file of the official {info.Title}: its content has the SHA-256 {content.Sum}, expected "
                        + $"{official.Sha256}. Copy or download it again; if it is another set on purpose, turn VerifyContent off.");
                }
                unofficial = true;
            }
            catch (DataException error) when (!given)
            {
                looked.Add($"{folder} (broken: {error.Message.TrimEnd('.')})");
                return null;
            }
        }
        ImageSet Part(int images, string part) => IdxFile.Combine(
            contents[images], contents[images + 1], files[images]!, files[images + 1]!, $"{info.Name} {part}", info.ClassNames);
        try
        {
            var data = new SplitData(info.Name, Part(0, "training"), Part(2, "validation"), folder);
            return !unofficial ? data : data with
            {
                Notice = $"The files in {folder} are not the official {info.Title}: {data.Training.Count:N0} + {data.Validation.Count:N0} images "
                    + $"of {data.ImageShape} in place of {info.TrainingCount:N0} + {info.ValidationCount:N0} of {info.ImageShape}. "
                    + "Results are not comparable with published ones.",
            };
        }
        catch (DataException error) when (!given)
        {
            looked.Add($"{folder} (broken: {error.Message.TrimEnd('.')})");
            return null;
        }
    }
}
