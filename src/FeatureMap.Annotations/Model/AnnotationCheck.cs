using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// <see cref="DataCheck"/> for pictures with annotations: besides what is wrong with the files, what is wrong with what is said of them,
/// and the same picture in two parts of the set. Where there are no annotations it is the check of the pictures alone.
/// </summary>
public static class AnnotationCheck
{
    private const int MostSingle = 10;

    /// <summary>Checks a folder, an archive or a file of annotations.</summary>
    /// <param name="path">The place.</param>
    /// <param name="options">How annotations are read.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="images">What the files are meant for where they have no boxes; null for what they say.</param>
    /// <exception cref="DataException">There is nothing at the path, it is no archive that can be read, or there is no picture in
    /// it.</exception>
    public static DataCheck Of(
        string path, AnnotationOptions? options = null, IProgress<DecodeProgress>? progress = null, ClassFolderOptions? images = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        Datasets.CheckPlace(path);
        if (options.Format is null && (images?.Task is not null || SetReader.FormatOf(path) is null))
            return DataCheck.Of(path, progress, images, options.Cancellation);
        AnnotatedSet set;
        try
        {
            set = AnnotatedSet.Open(path, options);
        }
        catch (DataException error) when (Directory.Exists(path) || FileTree.IsArchive(path))
        {
            var broken = new DataFinding(DataFindingKind.Annotation, true, error.Message, "Mend the annotations: the rest of them was not "
                + "looked at.", []);
            return DataCheck.Of(path, _ => null, [broken], progress, options.Cancellation);
        }
        var parts = set.Pictures.Where(picture => !picture.IsMissing)
            .ToDictionary(picture => picture.File, picture => picture.Split is "val" or "test", StringComparer.Ordinal);
        return DataCheck.Of(set.Location, file => parts.TryGetValue(file, out var isValidation) ? isValidation
            : null, [.. Findings(set)], progress, options.Cancellation);
    }

    private static IEnumerable<DataFinding> Findings(AnnotatedSet set)
    {
        // Pictures that cannot be read are found by the check itself.
        foreach (var group in set.Remarks.Where(remark => remark.Kind != AnnotationRemarkKind.Unreadable)
            .GroupBy(remark => (remark.Kind, remark.IsWrong)))
        {
            var remarks = group.ToArray();
            if (remarks.Length <= MostSingle)
            {
                foreach (var remark in remarks)
                    yield return new(DataFindingKind.Annotation, remark.IsWrong, remark.Message, "", remark.File is { } file ? [[file]]
                        : []);
                continue;
            }
            IReadOnlyList<IReadOnlyList<string>> files = [.. remarks.Select(remark => remark.File).OfType<string>()
                .Distinct(StringComparer.Ordinal).Select(file => (IReadOnlyList<string>)[file])];
            yield return new(DataFindingKind.Annotation, group.Key.IsWrong, $"{remarks.Length:N0} {Word(group.Key.Kind)}; the first: "
                + $"{remarks[0].Message}", "", files);
        }
        string[] empty = [.. set.Pictures.Where(picture => picture.Things.Count == 0).Select(picture => picture.File)];
        if (empty.Length > 0)
        {
            yield return new(DataFindingKind.Annotation, false, $"{SetFinish.Count(empty.Length, "picture shows", "pictures show")} "
                + $"nothing of the classes.", "", [.. empty.Select(file => (IReadOnlyList<string>)[file])]);
        }
    }

    private static string Word(AnnotationRemarkKind kind) => kind switch
    {
        AnnotationRemarkKind.MissingPicture => "pictures are not there",
        AnnotationRemarkKind.Unlisted => "pictures are in no annotation",
        AnnotationRemarkKind.Size => "pictures have another size than is said",
        AnnotationRemarkKind.EmptyBox => "boxes have no area",
        AnnotationRemarkKind.OutsideBox => "boxes reach out of their pictures",
        AnnotationRemarkKind.DoubledBox => "boxes are there twice",
        AnnotationRemarkKind.LeftOut => "annotations are left out",
        _ => "remarks",
    };
}
