using System.Security.Cryptography;

namespace FeatureMap.Data;

/// <summary>
/// Reads every picture of a folder or an archive and says what is wrong with them before a training does: files that cannot be read, the same picture
/// twice (by its SHA-256) or nearly (by a difference hash of 64 bits), in two classes, or to learn from and to judge by; classes without images,
/// sizes, turned photos, balance; in a table, rows without a picture and pictures without a row. It works without class folders too. The
/// result is the same for any number of threads.
/// </summary>
/// <example><code>
/// var check = DataCheck.Of("photos/");
/// foreach (var finding in check.Findings.Where(finding => finding.IsWrong))
///     Console.WriteLine($"{finding.Message} {finding.Advice}");
/// </code></example>
public sealed record DataCheck
{
    private DataCheck(string source, DataTask task, string taskWords) => (Source, Task, TaskWords) = (source, task, taskWords);

    /// <summary>The full path of what was checked.</summary>
    public string Source { get; }

    /// <summary>What the files are meant for, as far as their names and few of them tell.</summary>
    public DataTask Task { get; }

    /// <summary>The task and what it was recognised by, in words.</summary>
    public string TaskWords { get; }

    /// <summary>Pictures, those that cannot be read included.</summary>
    public int Images { get; private init; }

    /// <summary>Pictures that can be read.</summary>
    public int Readable { get; private init; }

    /// <summary>Pictures that Exif turns.</summary>
    public int Turned { get; private init; }

    /// <summary>Pictures without colours.</summary>
    public int Gray { get; private init; }

    /// <summary>The sizes of upright pictures with their numbers, the most frequent first.</summary>
    public IReadOnlyList<(ImageSize Size, int Images)> Sizes { get; private init; } = [];

    /// <summary>The classes, or the labels of a table of several, with their readable pictures to learn from and to judge by; all count as
    /// the former where no part is named. Empty where the files are neither.</summary>
    public IReadOnlyList<(string Name, int Training, int Validation)> Classes { get; private init; } = [];

    /// <summary>Whether <see cref="Classes"/> are labels: a picture may have several of them, or none.</summary>
    public bool HasLabels { get; private init; }

    /// <summary>The numbers that a table says of its pictures: the least, the mean and the greatest over those that can be read.</summary>
    public IReadOnlyList<(string Name, double Least, double Mean, double Most)> Numbers { get; private init; } = [];

    /// <summary>Whether the data come in two parts.</summary>
    public bool HasParts { get; private init; }

    /// <summary>What was found, the worst first.</summary>
    public IReadOnlyList<DataFinding> Findings { get; private init; } = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Findings.All(finding => !finding.IsWrong);

    /// <summary>Checks a folder, or a zip, tar or tar.gz; or a table with the pictures that it names.</summary>
    /// <param name="path">The folder or archive, or the table.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="images">What the files are meant for, where the pictures of a table are, and in which columns; null for what the files
    /// say.</param>
    /// <exception cref="DataException">There is nothing at the path, it is no archive or table that can be read, or there is no picture in
    /// it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataCheck Of(string path, IProgress<DecodeProgress>? progress = null, ClassFolderOptions? images = null,
        CancellationToken cancellation = default) => Of(path, null, [], progress, cancellation, images);

    /// <summary>The same for pictures whose parts and faults somebody else knows: boxes.</summary>
    /// <param name="path">The folder or archive.</param>
    /// <param name="parts">For the path of a picture, whether it is to judge by; null where it belongs to nothing. Null: the folders say
    /// it.</param>
    /// <param name="more">What was found besides.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="images">What the files are meant for.</param>
    internal static DataCheck Of(
        string path, Func<string, bool?>? parts, IReadOnlyList<DataFinding> more, IProgress<DecodeProgress>? progress,
        CancellationToken cancellation, ClassFolderOptions? images = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        Datasets.CheckPlace(path);
        using var source = LabelledFiles.Open(path, images ?? new());
        var tree = source.Tree;
        int[] pictures = [.. tree.Files.Index().Where(file => ClassFolderPlan.IsImage(file.Item.Path)).OrderBy(file => file.Item.Path,
            StringComparer.Ordinal).Select(file => file.Index)];
        if (pictures.Length == 0) throw new DataException($"{path}: {PlaceWords.NoImages(tree)} There is nothing to check.");
        var places = pictures.Index().ToDictionary(file => file.Item, file => file.Index);
        var facts = new PictureFacts[pictures.Length];
        var done = 0;
        new OrderedReading(tree, pictures, cancellation).Run((_, content) =>
        {
            facts[places[content.File]] = PictureFacts.Of(tree.Files[content.File].Path, tree.Place(content.File), content, tree.Decoder);
            if (Interlocked.Increment(ref done) is var count
                && (count % 256 == 0 || count == pictures.Length)) progress?.Report(new(path, count, pictures.Length));
        });
        return Judge(source, path, facts, parts, more);
    }

    private static DataCheck Judge(
        LabelledFiles source, string path, PictureFacts[] facts, Func<string, bool?>? parts, IReadOnlyList<DataFinding> more)
    {
        var tree = source.Tree;
        var task = FolderTask.Classes;
        var findings = new DataFindings(facts);
        ClassFolderPlan? plan = null;
        if (parts is not null)
        {
            foreach (var fact in facts)
                if (parts(fact.Path) is { } isValidation)
                    (fact.Class, fact.IsValidation) = ("", isValidation);
        }
        try
        {
            task = source.Task();
            if (parts is null && task.Task is (DataTask.Classes or DataTask.Table)) plan = source.Plan();
        }
        catch (DataException error)
        {
            findings.Add(DataFindingKind.Layout, true, error.Message, "Nothing can be trained on it as it is.", []);
        }
        if (parts is null && task.Task is not (DataTask.Classes or DataTask.Table)) findings.Add(DataFindingKind.Layout, false,
            $"{Path.GetFileName(tree.Location)}: {task.Why}.", task.Advice, []);
        var read = plan is null ? [] : Assign(tree, plan, facts);
        var classes = plan is null ? [] : Counts(plan, read);
        findings.Look(tree, plan, classes, looksAtOthers: parts is null);
        foreach (var finding in more)
            findings.Add(finding.Kind, finding.IsWrong, finding.Message, finding.Advice, finding.Files);
        var readable = facts.Where(fact => fact.Error is null).ToArray();
        return new(Path.GetFullPath(path), task.Task, task.Task == DataTask.Classes && plan is null ? "classes are meant, as nothing "
            + "says otherwise" : task.Why)
        {
            Images = facts.Length,
            Readable = readable.Length,
            Turned = readable.Count(fact => fact.Header.Orientation != Orientation.Upright),
            Gray = readable.Count(fact => fact.Header.Channels == 1),
            Sizes = [.. readable.GroupBy(fact => new ImageSize(fact.Header.Height, fact.Header.Width)).Select(group => (Size: group.Key, Images: group.Count()))
                .OrderByDescending(size => size.Images).ThenBy(size => (long)size.Size.Height * size.Size.Width).ThenBy(size => size.Size.Height)],
            Classes = classes,
            HasLabels = plan?.Targets is { Kind: TargetKind.Labels },
            Numbers = plan?.Targets is { Kind: TargetKind.Quantities } targets ? Ranges(targets.Names, read) : [],
            HasParts = plan?.Validation is not null,
            Findings = [.. findings.All.OrderBy(finding => !finding.IsWrong).ThenBy(finding => finding.Kind)],
        };
    }

    // Tells each picture what is said of it and its part; gives the pictures that can be read.
    private static List<(ClassFolderPart Part, int Image, bool IsValidation)> Assign(
        FileTree tree, ClassFolderPlan plan, PictureFacts[] facts)
    {
        var byPath = facts.ToDictionary(fact => fact.Path, StringComparer.Ordinal);
        var read = new List<(ClassFolderPart, int, bool)>();
        foreach (var (part, isValidation) in new[] { (plan.Training, false), (plan.Validation, true) })
        {
            foreach (var (image, file) in (part?.Files ?? []).Index())
            {
                var fact = byPath[tree.Files[file].Path];
                (fact.Class, fact.IsValidation) = (Said(plan, part!, image), isValidation);
                if (fact.Error is null) read.Add((part!, image, isValidation));
            }
        }
        return read;
    }

    private static string Said(ClassFolderPlan plan, ClassFolderPart part, int image) => plan.Targets switch
    {
        null => plan.ClassNames[part.Labels[image]],
        { Kind: TargetKind.Labels } targets => string.Join(", ", targets.Names.Where((_, label) => Target(targets.Names, part, image,
            label) == 1)),
        { } targets => NumberRow.Join(", ", part.Targets[(image * targets.Names.Count)..((image + 1) * targets.Names.Count)]),
    };

    private static float Target(IReadOnlyList<string> names, ClassFolderPart part, int image, int number) =>
        part.Targets[(image * names.Count) + number];

    private static List<(string Name, int Training, int Validation)> Counts(
        ClassFolderPlan plan, List<(ClassFolderPart Part, int Image, bool IsValidation)> read)
    {
        if (plan.Targets is { Kind: not TargetKind.Labels }) return [];
        var names = plan.Targets?.Names ?? plan.ClassNames;
        int[] training = new int[names.Count], validation = new int[names.Count];
        foreach (var (part, image, isValidation) in read)
        {
            var counts = isValidation ? validation : training;
            if (plan.Targets is null) counts[part.Labels[image]]++;
            else
                for (var label = 0; label < names.Count; label++)
                    if (Target(names, part, image, label) == 1) counts[label]++;
        }
        return [.. names.Select((name, label) => (name, training[label], validation[label]))];
    }

    private static List<(string Name, double Least, double Mean, double Most)> Ranges(
        IReadOnlyList<string> names, List<(ClassFolderPart Part, int Image, bool IsValidation)> read)
    {
        if (read.Count == 0) return [];
        return [.. names.Select((name, number) =>
        {
            double[] values = [.. read.Select(one => (double)Target(names, one.Part, one.Image, number))];
            return (name, values.Min(), values.Average(), values.Max());
        })];
    }
}

/// <summary>What was found in one file.</summary>
internal sealed class PictureFacts(string path)
{
    public string Path => path;

    public ImageHeader Header { get; private init; }

    /// <summary>SHA-256 of the file; null where it could not be read at all.</summary>
    public string? Sum { get; private init; }

    public DifferenceHash? Look { get; private init; }

    /// <summary>Why it cannot be used; null where it can.</summary>
    public string? Error { get; private init; }

    /// <summary>What must be said about a readable picture.</summary>
    public string? Remark { get; private init; }

    /// <summary>Its class; null where it belongs to none.</summary>
    public string? Class { get; set; }

    public bool IsValidation { get; set; }

    /// <summary>Reads and decodes a file.</summary>
    public static PictureFacts Of(string path, string place, TreeContent content, IPictureDecoder? decoder)
    {
        if (content.Error is { } error) return new(path) { Error = error.Message };
        var sum = content.Content!.Length == 0 ? null : Convert.ToHexStringLower(SHA256.HashData(content.Content));
        try
        {
            var header = ImageHeader.Parse(content.Content, place, decoder);
            var size = DifferenceHash.Decoded;
            var gray = ImageFile.Decode(content.Content, header, place, new(1, size.Height, size.Width), out var remark);
            return new(path) { Header = header, Sum = sum, Look = new(gray), Remark = remark };
        }
        catch (DataException damage)
        {
            return new(path) { Sum = sum, Error = damage.Message };
        }
    }
}
