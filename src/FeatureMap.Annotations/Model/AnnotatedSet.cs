using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>How annotations are read.</summary>
public sealed record AnnotationOptions
{
    /// <summary>The format; null: told by the files. Where a place has several, this chooses.</summary>
    public AnnotationFormat? Format { get; init; }

    /// <summary>
    /// The number of the first pixel in formats of corners (Pascal VOC, CSV): 1 as Pascal VOC has it, the last pixel included, or 0 for
    /// edges counted from 0. Null: 1, unless a box of the set has a corner at 0; a notice says so.
    /// </summary>
    public int? FirstPixel { get; init; }

    /// <summary>The classes in the order of their numbers, for formats that list none (Pascal VOC, CSV); null: in the order of the
    /// alphabet.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Whether the header of every picture is read: its size is held against that of the annotation and Exif is seen. YOLO needs it in any
    /// case.
    /// </summary>
    public bool ReadsPictures { get; init; } = true;

    /// <summary>Stops the reading.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>
/// Pictures with boxes, polygons and masks, whatever the format of their files was: coordinates are floats in pixels of the upright
/// picture, counted from 0, classes have numbers from 0 in a fixed order.
/// </summary>
/// <example><code>
/// var set = AnnotatedSet.Open("bccd/");                       // COCO, Pascal VOC, YOLO or CSV, told by the files
/// foreach (var remark in set.Remarks) Console.WriteLine(remark.Message);
/// foreach (var picture in set.Pictures.Where(picture => picture.Split == "train"))
///     foreach (var thing in picture.Things.Where(thing => thing.Counts))
///         Console.WriteLine($"{picture.File}: {set.ClassNames[thing.Class]} at {thing.Box}");
/// set.Save("bccd-coco/", AnnotationFormat.Coco);
/// </code></example>
public sealed record AnnotatedSet
{
    /// <summary>The name of its folder or archive.</summary>
    public required string Name { get; init; }

    /// <summary>The folder or archive that the paths of the pictures begin in.</summary>
    public required string Location { get; init; }

    /// <summary>What it was read from.</summary>
    public required AnnotationFormat Format { get; init; }

    /// <summary>The classes; an annotation has the number of its.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>All pictures, those without things included, in the order of their paths.</summary>
    public required IReadOnlyList<AnnotatedPicture> Pictures { get; init; }

    /// <summary>What the reader met that must be known, the worst first: nothing is passed over in silence.</summary>
    public IReadOnlyList<AnnotationRemark> Remarks { get; init; } = [];

    /// <summary>Things in all pictures.</summary>
    public int Count => Pictures.Sum(picture => picture.Things.Count);

    /// <summary>The parts that pictures belong to, in the order train, val, test, others; one empty name where the set has none.</summary>
    public IReadOnlyList<string> Splits =>
        [.. Pictures.Select(picture => picture.Split).Distinct().OrderBy(Rank).ThenBy(split => split, StringComparer.Ordinal)];

    /// <summary>
    /// Reads a folder or an archive (zip, tar, tar.gz) of pictures and annotations, or one file of annotations (COCO's JSON, YOLO's
    /// data.yaml, a CSV) with the pictures in its folder or in the one above.
    /// </summary>
    /// <param name="path">The place.</param>
    /// <param name="options">How; told by the files where null.</param>
    /// <exception cref="DataException">There is nothing that can be read, or a file is wrong; the message names file, place, what was
    /// received, what was expected and what to do.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static AnnotatedSet Open(string path, AnnotationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return SetReader.Open(path, options ?? new());
    }

    /// <summary>The format of the annotations at a place, told by a look at few files; null where there are none, or nothing can be
    /// read.</summary>
    /// <param name="path">A folder, an archive or a file.</param>
    public static AnnotationFormat? FormatOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return SetReader.FormatOf(path);
    }

    /// <summary>Writes the set in a format, into a new or empty folder, in the layout that other programs expect.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="format">The format.</param>
    /// <param name="copyPictures">Whether the pictures are copied too; otherwise only the annotations are written.</param>
    /// <returns>What was written, and what the format cannot say.</returns>
    /// <exception cref="DataException">The folder has files in it, or cannot be written.</exception>
    public AnnotationExport Save(string folder, AnnotationFormat format, bool copyPictures = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return SetWriter.Write(this, folder, format, copyPictures);
    }

    /// <summary>
    /// The pictures that are there with the bytes of their files, one after the other while the result is walked through, not in the order
    /// of the set.
    /// </summary>
    /// <param name="which">Which of them; null for all.</param>
    /// <exception cref="DataException">The place is gone, or a file cannot be read.</exception>
    public IEnumerable<(AnnotatedPicture Picture, byte[] Content)> Contents(Func<AnnotatedPicture, bool>? which = null)
    {
        using var tree = FileTree.Open(Location);
        var byPath = Pictures.Where(picture => !picture.IsMissing && which?.Invoke(picture) != false)
            .ToLookup(picture => picture.File, StringComparer.Ordinal);
        int[] wanted = [.. tree.Files.Index().Where(file => byPath.Contains(file.Item.Path)).Select(file => file.Index)];
        foreach (var content in tree.Read(wanted, ImageFile.LargestFile))
            foreach (var picture in byPath[tree.Files[content.File].Path])
                yield return (picture, content.Content ?? throw content.Error!);
    }

    internal static int Rank(string split) => split switch { "train" => 0, "val" => 1, "test" => 2, "" => 9, _ => 3 };
}
