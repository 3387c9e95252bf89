namespace FeatureMap.Data;

/// <summary>The images of one part: files of a tree with their labels. The classes take turns, so that the first n images are balanced.</summary>
internal sealed record ClassFolderPart(IReadOnlyList<int> Files, int[] Labels)
{
    /// <summary>Where a table says more than a class: for each image a number for each label or quantity; empty elsewhere.</summary>
    public float[] Targets { get; init; } = [];
}

/// <summary>
/// Finds out what a tree of images means, from its names alone: <c>class/image</c>, or <c>train/class/image</c> with <c>test/</c>, <c>val/</c> or
/// <c>validation/</c> beside it (see <see cref="ClassFolderParts"/>). Folders inside a class folder belong to the class.
/// </summary>
internal sealed class ClassFolderPlan
{
    private const string Expected = "Expected one folder for each class, such as cat/1.png and dog/1.png";
    internal static readonly string[] ReadEndings = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib"];
    private static readonly string[] OtherEndings =
        [".gif", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".ppm", ".pgm", ".svg", ".ico", ".psd", ".tga", ".cr2", ".nef", ".arw", ".dng"];

    internal ClassFolderPlan(IReadOnlyList<string> classNames, ClassFolderPart training, ClassFolderPart? validation,
        IReadOnlyList<string> notes) =>
        (ClassNames, Training, Validation, Notes) = (classNames, training, validation, notes);

    /// <summary>The names of the class folders in ordinal order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    public ClassFolderPart Training { get; }

    /// <summary>Null where the data come in one part.</summary>
    public ClassFolderPart? Validation { get; }

    /// <summary>Sentences on what was left out.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What the numbers of <see cref="ClassFolderPart.Targets"/> are; null where the images have classes.</summary>
    public TargetColumns? Targets { get; init; }

    /// <summary>The same with more to say, before the rest.</summary>
    public ClassFolderPlan WithNotes(IEnumerable<string> first) => new(ClassNames, Training, Validation, [.. first, .. Notes])
    {
        Targets = Targets,
    };

    /// <summary>Whether a name ends like an image file; those of kinds that cannot be read count too, so that they are not passed over in silence.</summary>
    public static bool IsImage(string path) => EndsWith(path, ReadEndings) || EndsWith(path, OtherEndings);

    /// <exception cref="DataException">The names make no data set; the message says what was expected.</exception>
    public static ClassFolderPlan Of(FileTree tree)
    {
        var images = tree.Files.Index().Where(file => IsImage(file.Item.Path)).Select(file => (file.Index, file.Item.Path)).ToArray();
        if (images.Length == 0)
            throw new DataException($"{tree.Location}: {PlaceWords.NoImages(tree)} {Expected}, or train/cat/1.png and test/cat/2.png.");
        var parts = ClassFolderParts.Of(tree, images);
        return parts.Training is null ? OfOnePart(tree, parts.Root, images, parts) : OfParts(tree, parts, parts.Training);
    }

    private static ClassFolderPlan OfOnePart(FileTree tree, string root, (int Index, string Path)[] images, ClassFolderParts parts)
    {
        List<string> notes = [.. tree.Notes, .. parts.Notes()];
        var classes = Classes(tree, root, images, notes);
        var names = CheckedNames(tree, root, classes, images);
        NoteTwins(names, notes);
        CheckNoSets(tree, root, classes);
        NotePartNames(tree, root, classes, notes);
        if (InnerFolders(root, classes) is { } note) notes.Add(note);
        NoteOthers(tree, root, names, notes);
        return new(names, Turns(classes, names), null, notes);
    }

    private static ClassFolderPlan OfParts(FileTree tree, ClassFolderParts parts, string train)
    {
        var (root, tops) = (parts.Root, parts.Tops);
        var (validation, unused) = (parts.Validation ?? parts.Test, parts.Validation is null ? null : parts.Test);
        List<string> notes = [.. tree.Notes, .. parts.Notes()];
        var learn = Classes(tree, parts.FolderOf(train), tops[train], notes);
        var names = CheckedNames(tree, parts.FolderOf(train), learn, tops[train]);
        NoteTwins(names, notes);
        ClassFolderPart? judge = null;
        if (validation is not null)
        {
            var classes = Classes(tree, parts.FolderOf(validation), tops[validation], notes);
            if (classes.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name => !learn.ContainsKey(name)) is { } stranger)
            {
                throw new DataException($"{tree.Location}: the class folder {parts.FolderOf(validation)}{stranger} has no counterpart in "
                    + $"{parts.FolderOf(train)}, so nothing can be learnt about it."
                    + $"{NearestName.Suggest(stranger, names)} Both parts must have the same classes.");
            }
            judge = Turns(classes, names);
        }
        if (unused is not null) notes.Add($"{root}{validation}/ is used for validation; {root}{unused}/ is not used.");
        foreach (var (top, images) in tops.Where(top => top.Key != train && top.Key != validation && top.Key != unused).OrderBy(top => top.Key, StringComparer.Ordinal))
        {
            notes.Add(parts.IsPartWithoutClasses(top) ? $"{images.Length:N0} images in {root}{top}/ lie in no class folders and "
                + "are left out."
                : $"{images.Length:N0} images {(top.Length == 0 ? "outside of all folders" : $"in {root}{top}/")} belong to no part and "
                + "are left out.");
        }
        NoteOthers(tree, parts.FolderOf(train), names, notes);
        if (validation is not null) NoteOthers(tree, parts.FolderOf(validation), names, notes);
        return new(names, Turns(learn, names), judge, notes);
    }

    // The images of each class below a folder. A class folder without any image is an error: it would be a class that nothing is known about.
    private static Dictionary<string, (int Index, string Path)[]> Classes(FileTree tree, string folder, (int Index, string Path)[] images, List<string> notes)
    {
        var groups = images.Where(image => image.Path.StartsWith(folder, StringComparison.Ordinal)).GroupBy(image => ClassFolderParts.Below(image.Path, folder))
            .ToDictionary(group => group.Key, group => group.ToArray());
        if (groups.Remove("", out var loose))
            notes.Add($"{loose.Length:N0} images lie directly in {(folder.Length == 0 ? "the top folder" : folder)}, such as {EntryPath.Shown(loose[0].Path)}; they belong to no class and are left out.");
        foreach (var path in tree.Folders.Where(path => path.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (path.IndexOf('/', folder.Length) >= 0 || groups.ContainsKey(path[folder.Length..])) continue;
            var others = tree.Files.Where(file => file.Path.StartsWith(path + "/", StringComparison.Ordinal)).ToArray();
            var inside = tree.Files.Index().Where(file => file.Item.Path.StartsWith(path + "/", StringComparison.Ordinal));
            var meant = PlaceWords.Meant(tree, inside.Select(file => file.Index));
            throw new DataException($"{tree.Location}: the class folder {EntryPath.Shown(path)} has no images (PNG, JPEG or BMP)"
                + (others.Length == 0 ? "; it is empty." : $", only {others.Length:N0} other files, such as "
                    + $"{EntryPath.Shown(others[0].Path)}.{meant}")
                + " Add images or remove the folder.");
        }
        return groups;
    }

    // Files in class folders that no ending tells to be pictures, and folders that are called like pictures, would be missed in silence.
    private static void NoteOthers(FileTree tree, string folder, string[] names, List<string> notes)
    {
        var inClasses = names.Select(name => $"{folder}{name}/").ToHashSet(StringComparer.Ordinal);
        bool IsIn(string path) => path.StartsWith(folder, StringComparison.Ordinal) && path.IndexOf('/', folder.Length) is > 0 and var end && inClasses.Contains(path[..(end + 1)]);
        var others = tree.Files.Where(file => !IsImage(file.Path) && IsIn(file.Path)).ToArray();
        if (others.Length > 0)
        {
            var endings = others.GroupBy(file => Path.GetExtension(file.Path).ToLowerInvariant()).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
                .Take(5).Select(group => $"{group.Count():N0} {(group.Key.Length == 0 ? "without an ending" : group.Key)}");
            notes.Add($"{others.Length:N0} files in the class folders are no pictures by their names and are left out ({string.Join(", ", endings)}), such as {EntryPath.Shown(others[0].Path)}.");
        }
        var archives = tree.Files.Where(file => PlaceWords.IsArchive(file.Path) && !IsIn(file.Path)).Select(file => file.Path).ToArray();
        if (archives.Length > 0 && folder.Length == 0)
            notes.Add($"Archives inside are not looked into: {PlaceWords.Some(archives)}.");
        var named = tree.Folders.Where(path => IsImage(path) && IsIn(path)).Order(StringComparer.Ordinal).ToArray();
        if (named.Length > 0)
            notes.Add($"{named.Length:N0} {(named.Length == 1 ? "folder is" : "folders are")} called like a picture, such as {EntryPath.Shown(named[0])}; what lies in it belongs to its class folder.");
    }

    // Cat and cat are two folders on Linux and one on Windows and macOS, where most such data come from.
    internal static void NoteTwins(string[] names, List<string> notes, string what = "class folders")
    {
        foreach (var twins in names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            notes.Add($"The {what} {string.Join(" and ", twins)} differ only in upper and lower case; they are "
                + $"{twins.Count()} classes.");
    }

    private static string[] CheckedNames(FileTree tree, string folder, Dictionary<string, (int Index, string Path)[]> classes, (int Index, string Path)[] images)
    {
        var names = classes.Keys.Order(StringComparer.Ordinal).ToArray();
        if (names.Length >= 2) return names;
        var place = folder.Length == 0 ? "the top folder" : EntryPath.Shown(folder);
        if (names.Length == 0)
        {
            throw new DataException($"{tree.Location}: a data set needs at least two class folders, and in {place} there is none: its "
                + $"{images.Length:N0} images, such as "
                + $"{EntryPath.Shown(images[0].Path)}, lie directly in it. {Expected}; or a CSV file with the columns file and "
                + $"label.{Workbook(tree)}{Around(tree)}");
        }
        var inner = Inner(folder + names[0] + "/", classes[names[0]]);
        throw new DataException($"{tree.Location}: a data set needs at least two class folders; in {place} there is only "
            + $"{EntryPath.Shown(names[0])}. "
            + (inner.Length < 2 ? $"One class cannot be told from another: give the folder that holds all of them.{Around(tree)}"
                : $"It has the folders {PlaceWords.Some(inner)} itself: if they are the classes, give "
                + $"{(tree is FolderTree ? "" : "a folder or an archive of ")}{Path.Combine(tree.Location, folder + names[0])}."));
    }

    // The folders with images inside a class folder; none where images lie in it directly, as they do in most.
    private static string[] Inner(string folder, (int Index, string Path)[] images)
    {
        var names = images.Select(image => ClassFolderParts.Below(image.Path, folder)).Distinct().Order(StringComparer.Ordinal).ToArray();
        return names[0].Length == 0 ? [] : names;
    }

    // A folder with the parts of a data set in it is no class: whoever gave the place went one level too high.
    private static void CheckNoSets(FileTree tree, string root, Dictionary<string, (int Index, string Path)[]> classes)
    {
        foreach (var (name, images) in classes.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            var parts = Inner($"{root}{name}/", images).Where(inner => PartName.Of(inner) is { IsPart: true, IsPlain: true }).ToArray();
            if (!parts.Any(part => PartName.Of(part).Kind == PartKind.Training)) continue;
            throw new DataException($"{tree.Location}: {root}{name}/ has the parts of a data set in it ({PlaceWords.Some(parts)}), so it "
                + "is no class. "
                + $"Give {(tree is FolderTree ? "" : "a folder or an archive of ")}{Path.Combine(tree.Location, root + name)}.");
        }
    }

    // A class may be called train or test, as long as it does not look like a part beside the classes.
    private static void NotePartNames(FileTree tree, string root, Dictionary<string, (int Index, string Path)[]> classes, List<string> notes)
    {
        foreach (var (name, images) in classes.Where(one => PartName.Of(one.Key) is { IsPart: true, IsPlain: true }).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            var inner = Inner($"{root}{name}/", images);
            var isTraining = PartName.Of(name).Kind == PartKind.Training;
            if (inner.Length > 0 && !inner.Any(classes.ContainsKey)
                && classes.Keys.Order(StringComparer.Ordinal).FirstOrDefault(other => other != name && Inner($"{root}{other}/",
                classes[other]).Intersect(inner).Any()) is { } partner)
            {
                throw new DataException($"{tree.Location}: {root}{name}/ is called like a part of a data set, and "
                    + $"{root}{EntryPath.Shown(partner)}/ has the same folders in it ({PlaceWords.Some(inner)}), so they are the classes. "
                    + $"Call {root}{EntryPath.Shown(partner)}/ {(isTraining ? "test/" : "train/")} if it is the other part.");
            }
            if (inner.Any(classes.ContainsKey))
            {
                throw new DataException($"{tree.Location}: {root}{name}/ is called like a part of a data set, and its folders "
                    + $"({PlaceWords.Some(inner)}) are there beside it too, so they are the classes. "
                    + $"Put the others into a folder {root}{(isTraining ? "test" : "train")}/.");
            }
            notes.Add($"{root}{name}/ counts as a class, like the folders beside it.");
        }
    }

    // Folders in class folders may be years of photographs, or the classes themselves: what they count as is said.
    private static string? InnerFolders(string root, Dictionary<string, (int Index, string Path)[]> classes)
    {
        var inner = classes.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (one.Key, Names: Inner($"{root}{one.Key}/", one.Value))).Where(one => one.Names.Length >= 2).ToArray();
        if (inner.Length == 0) return null;
        var shared = inner.Length < 2 ? [] : inner[0].Names.Intersect(inner[1].Names).ToArray();
        return $"The folders in {root}{EntryPath.Shown(inner[0].Key)}/ ({PlaceWords.Some(inner[0].Names)}) count as the class "
            + $"{EntryPath.Shown(inner[0].Key)}"
            + (shared.Length < 2 ? "." : $", and {root}{EntryPath.Shown(inner[1].Key)}/ has folders of the same names: if they are the "
            + "classes, give one of the two, or call the parts train/ and test/.");
    }

    // Tables of spreadsheets are not read; where one lies there, it probably has the labels.
    private static string Workbook(FileTree tree) => tree.Files.FirstOrDefault(file => LabelledFiles.IsWorkbook(file.Path)).Path is { } path
        ? $" If {EntryPath.Shown(path)} says what they are, save it as CSV." : "";

    // A class folder was given in place of the folder of all of them, as far as the folders beside it tell.
    private static string Around(FileTree tree)
    {
        if (tree is not FolderTree || Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(tree.Location))) is not { } parent) return "";
        try
        {
            var beside = Directory.EnumerateDirectories(parent).Where(folder => !IgnoredNames.Contains(Path.GetFileName(folder)) && Directory.EnumerateFiles(folder).Take(100).Any(IsImage))
                .Select(folder => Path.GetFileName(folder)).ToArray();
            return beside.Length < 2 ? "" : " The folder around it has class folders "
                + $"({PlaceWords.Some(beside.Order(StringComparer.Ordinal))}): is {parent} meant?";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    internal static ClassFolderPart Turns(Dictionary<string, (int Index, string Path)[]> classes, string[] names)
    {
        var order = names.Index()
            .SelectMany(name => classes.TryGetValue(name.Item, out var images)
                ? images.OrderBy(image => image.Path, StringComparer.Ordinal).Select((image, turn) => (Turn: turn, Label: name.Index, File: image.Index)) : [])
            .OrderBy(image => image.Turn).ThenBy(image => image.Label).ToArray();
        return new([.. order.Select(image => image.File)], [.. order.Select(image => image.Label)]);
    }

    private static bool EndsWith(string path, string[] endings) => Array.Exists(endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
