namespace FeatureMap.Data;

/// <summary>MNIST and its relatives: four IDX files, zipped or not, directly in a folder or in one of the data set's name.</summary>
internal sealed class IdxLayout : DatasetLayout
{
    private const int TrainingImages = 0, TrainingLabels = 1, ValidationImages = 2, ValidationLabels = 3;

    public static IdxLayout Instance { get; } = new();

    public override IEnumerable<string> Candidates(string folder, DatasetInfo info) => [Path.Combine(folder, info.Name), folder];

    // Each file may be zipped or not, and some unpackers write a dot for the last hyphen but one ("train-images.idx3-ubyte").
    public override DatasetPieces Look(string folder, DatasetInfo info) =>
        new(folder, [.. info.Files.Select(file => (file.Name, Names(file).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)))]);

    /// <summary>Whether a path ends with one of the names that a file goes by.</summary>
    public static bool IsNameOf(string path, DatasetFile file) => Names(file).Contains(Path.GetFileName(path), StringComparer.Ordinal);

    private static string[] Names(DatasetFile file)
    {
        var plain = file.Name.EndsWith(".gz", StringComparison.Ordinal) ? file.Name[..^3] : file.Name;
        var dotted = plain.Replace("-idx", ".idx", StringComparison.Ordinal);
        return [file.Name, plain, dotted, dotted + ".gz"];
    }

    public override bool IsPlausible(DatasetPieces pieces, DatasetInfo info, IReadOnlyList<DatasetInfo> known) => Judge(pieces, known, owner => owner is null || owner == info);

    public override bool IsOther(DatasetPieces pieces, DatasetInfo info, IReadOnlyList<DatasetInfo> known) => Judge(pieces, known, owner => owner is not null && owner != info);

    // The labels of the validation part come first: the smallest file tells soonest that the folder holds another set.
    public override SplitData? Load(DatasetLoad load, out DatasetInfo? other)
    {
        other = null;
        var contents = new IdxContent[4];
        var isOfficial = true;
        foreach (var index in (ReadOnlySpan<int>)[ValidationLabels, TrainingLabels, ValidationImages, TrainingImages])
        {
            var (path, official) = (load.Pieces.Path(index), load.Info.Files[index]);
            var content = contents[index] = IdxFile.Read(path, index % 2 == 0 ? 3 : 1, withSum: load.VerifyContent);
            if (!load.VerifyContent || content.Sum == official.Sha256) continue;
            other = Owner(content.Sum!, load.Known);
            if (other is not null && other != load.Info) return null;
            if (content.FileLength == official.Bytes || load.OfficialOnly) throw load.NotOfficial(path, content.Sum!, official.Sha256);
            isOfficial = false;
        }
        other = null;
        ImageSet Part(int images, string part) => IdxFile.Combine(
            contents[images], contents[images + 1], load.Pieces.Path(images), load.Pieces.Path(images + 1), $"{load.Info.Name} {part}", load.Info.ClassNames);
        return load.Result(Part(TrainingImages, "training"), Part(ValidationImages, "validation"), isOfficial);
    }

    /// <summary>
    /// A folder of IDX files that nobody said the name of: a known data set where the content is its own, otherwise a set of the folder's name
    /// whose classes are called by their numbers. Null where the folder has no such files.
    /// </summary>
    public static SplitData? Open(string folder, DataOptions options, IReadOnlyList<DatasetInfo> known)
    {
        var sample = known.First(info => info.Layout is IdxLayout && info.Files.Count > 0);
        var pieces = Instance.Look(folder, sample);
        if (!pieces.Any) return null;
        if (pieces.Missing.Count > 0)
            throw new DataException($"{folder} has only {pieces.Files.Count - pieces.Missing.Count} of the {pieces.Files.Count} files of an MNIST-like data set; missing: {string.Join(", ", pieces.Missing)}.");
        var labels = IdxFile.Read(pieces.Path(ValidationLabels), 1, withSum: true);
        if (Owner(labels.Sum!, known) is { } owner) return Instance.Load(new(owner, pieces, options.VerifyContent, OfficialOnly: false, known), out _);
        var training = IdxFile.Read(pieces.Path(TrainingLabels), 1);
        var classes = Enumerable.Range(0, Math.Max(training.Values.Max(), labels.Values.Max()) + 1).Select(label => $"{label}").ToArray();
        var name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar));
        ImageSet Part(int images, IdxContent labels, string part) =>
            IdxFile.Combine(IdxFile.Read(pieces.Path(images), 3), labels, pieces.Path(images), pieces.Path(images + 1), $"{name} {part}", classes);
        return new(name, Part(TrainingImages, training, "training"), Part(ValidationImages, labels, "validation"), Path.GetFullPath(folder));
    }

    // A broken file is neither.
    private static bool Judge(DatasetPieces pieces, IReadOnlyList<DatasetInfo> known, Func<DatasetInfo?, bool> judge)
    {
        try
        {
            return judge(Owner(IdxFile.Read(pieces.Path(ValidationLabels), 1, withSum: true).Sum!, known));
        }
        catch (DataException)
        {
            return false;
        }
    }

    private static DatasetInfo? Owner(string sum, IReadOnlyList<DatasetInfo> known) => known.FirstOrDefault(info => info.Files.Any(file => file.Sha256 == sum));
}
