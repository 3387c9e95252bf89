namespace FeatureMap.Data;

/// <summary>The files of a data set in one folder, by name, with the paths of those that are there.</summary>
internal sealed record DatasetPieces(string Folder, IReadOnlyList<(string Name, string? Path)> Files)
{
    public bool Any => Files.Any(file => file.Path is not null);

    public IReadOnlyList<string> Missing => [.. Files.Where(file => file.Path is null).Select(file => file.Name)];

    public string Path(int index) => Files[index].Path!;
}

/// <summary>What is to be loaded, and how strictly.</summary>
/// <param name="Info">The data set.</param>
/// <param name="Pieces">Its files, complete.</param>
/// <param name="VerifyContent">Whether files of the official size must have the official content.</param>
/// <param name="OfficialOnly">Whether nothing but the official files will do, because nobody asked for this very folder.</param>
/// <param name="Known">All data sets: the files may be another one's.</param>
internal sealed record DatasetLoad(DatasetInfo Info, DatasetPieces Pieces, bool VerifyContent, bool OfficialOnly, IReadOnlyList<DatasetInfo> Known)
{
    /// <summary>The error for a file that has the official size and other content.</summary>
    public DataException NotOfficial(string place, string sum, string expected) =>
        new($"{place}: this is not the file of the official {Info.Title}: its content has the SHA-256 {sum}, expected {expected}. Copy or download it again; if it is another set "
            + "on purpose, turn VerifyContent off.");

    /// <summary>The data with a notice where they are not the official ones.</summary>
    public SplitData Result(ImageSet training, ImageSet validation, bool isOfficial)
    {
        var data = new SplitData(Info.Name, training, validation, Pieces.Folder) { Origin = DataOrigin.Named };
        return isOfficial ? data : data with
        {
            Notice = $"The files in {Pieces.Folder} are not the official {Info.Title}: {training.Count:N0} + {validation.Count:N0} images of {data.ImageShape} in place of "
                + $"{Info.TrainingCount:N0} + {Info.ValidationCount:N0} of {Info.ImageShape}. Results are not comparable with published ones.",
        };
    }
}

/// <summary>How the files of a family of data sets are named, where in a folder they are, and how they are read.</summary>
internal abstract class DatasetLayout
{
    /// <summary>Where the files may be when a folder is named.</summary>
    public abstract IEnumerable<string> Candidates(string folder, DatasetInfo info);

    /// <summary>What is in one folder.</summary>
    public abstract DatasetPieces Look(string folder, DatasetInfo info);

    /// <summary>Whether complete files can be those of the data set, judged by the smallest of them.</summary>
    public abstract bool IsPlausible(DatasetPieces pieces, DatasetInfo info, IReadOnlyList<DatasetInfo> known);

    /// <summary>Whether complete files are those of another known data set, judged by the smallest of them.</summary>
    public virtual bool IsOther(DatasetPieces pieces, DatasetInfo info, IReadOnlyList<DatasetInfo> known) => false;

    /// <summary>Reads and checks the files. Where they are another known data set, <paramref name="other"/> says which, and the result is null.</summary>
    /// <exception cref="DataException">A file is damaged, or not the official one where it should be.</exception>
    public abstract SplitData? Load(DatasetLoad load, out DatasetInfo? other);

    /// <summary>The first of the places where a complete set can be.</summary>
    public DatasetPieces? FindComplete(string folder, DatasetInfo info) =>
        Candidates(folder, info).Select(candidate => Look(candidate, info)).FirstOrDefault(pieces => pieces.Missing.Count == 0);
}
