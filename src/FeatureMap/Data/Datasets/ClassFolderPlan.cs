namespace FeatureMap.Data;

/// <summary>The images of one part: files of a tree with their labels. The classes take turns, so that the first n images are balanced.</summary>
internal sealed record ClassFolderPart(IReadOnlyList<int> Files, int[] Labels);

/// <summary>
/// Finds out what a tree of images means, from its names alone: <c>class/image</c>, or <c>train/class/image</c> with <c>test/</c>, <c>val/</c> or
/// <c>validation/</c> beside it. A single folder around all of it is looked through. Folders inside a class folder belong to the class.
/// </summary>
internal sealed class ClassFolderPlan
{
    private static readonly string[] TrainingNames = ["train", "training"], ValidationNames = ["val", "valid", "validation"], TestNames = ["test", "testing"];
    private static readonly string[] ReadEndings = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib"];
    private static readonly string[] OtherEndings = [".gif", ".webp", ".tif", ".tiff", ".heic", ".avif", ".jp2", ".jxl", ".ppm", ".pgm"];

    private ClassFolderPlan(IReadOnlyList<string> classNames, ClassFolderPart training, ClassFolderPart? validation, IReadOnlyList<string> notes) =>
        (ClassNames, Training, Validation, Notes) = (classNames, training, validation, notes);

    /// <summary>The names of the class folders in ordinal order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    public ClassFolderPart Training { get; }

    /// <summary>Null where the data come in one part.</summary>
    public ClassFolderPart? Validation { get; }

    /// <summary>Sentences on what was left out.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Whether a name ends like an image file; those of kinds that cannot be read count too, so that they are not passed over in silence.</summary>
    public static bool IsImage(string path) => EndsWith(path, ReadEndings) || EndsWith(path, OtherEndings);

    /// <summary>Whether a folder on this machine looks like class folders: two folders with images in it, or a training part. Looks at a few names only.</summary>
    public static bool IsOne(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return false;
            static bool HasClasses(string folder) => Folders(folder).Where(HasImages).Take(2).Count() == 2;
            static bool HasImages(string folder) => Directory.EnumerateFiles(folder).Take(100).Any(file => IsImage(file) && !IgnoredNames.Contains(Path.GetFileName(file)));
            static IEnumerable<string> Folders(string folder) => Directory.EnumerateDirectories(folder).Where(inner => !IgnoredNames.Contains(Path.GetFileName(inner)));
            return HasClasses(folder) || Folders(folder).Any(inner => Is(Path.GetFileName(inner), TrainingNames) && HasClasses(inner));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <exception cref="DataException">The names make no data set; the message says what was expected.</exception>
    public static ClassFolderPlan Of(FileTree tree)
    {
        var images = tree.Files.Index().Where(file => IsImage(file.Item.Path)).Select(file => (file.Index, file.Item.Path)).ToArray();
        if (images.Length == 0)
        {
            throw new DataException($"{tree.Location}: there are no images in it (PNG, JPEG or BMP; {tree.Files.Count:N0} other files). Expected one folder for each class, "
                + "such as cat/1.png and dog/1.png, or train/cat/1.png and test/cat/2.png.");
        }
        var root = Root(images);
        var tops = images.Where(image => image.Path.StartsWith(root, StringComparison.Ordinal)).GroupBy(image => Below(image.Path, root)).ToDictionary(group => group.Key, group => group.ToArray());
        string? Part(string[] names)
        {
            var found = tops.Keys.Where(top => Is(top, names) && tops[top].Any(image => Below(image.Path, $"{root}{top}/").Length > 0)).ToArray();
            return found.Length <= 1 ? found.FirstOrDefault()
                : throw new DataException($"{tree.Location}: {root}{found[0]}/ and {root}{found[1]}/ are both the same part. Put them into one folder.");
        }
        string? train = Part(TrainingNames), val = Part(ValidationNames), test = Part(TestNames);
        if (train is null)
        {
            if ((val ?? test) is { } only && tops.Count == (val is null || test is null ? 1 : 2))
                throw new DataException($"{tree.Location}: there is {root}{only}/, but no {root}train/ to learn from. Expected train/ and test/ with a folder for each class in both.");
            return OfOnePart(tree, root, images);
        }
        return OfParts(tree, root, tops, train, val ?? test, val is null ? null : test);
    }

    private static ClassFolderPlan OfOnePart(FileTree tree, string root, (int Index, string Path)[] images)
    {
        var notes = tree.Notes.ToList();
        var classes = Classes(tree, root, images, notes);
        var names = classes.Keys.Order(StringComparer.Ordinal).ToArray();
        NoteTwins(names, notes);
        return new(CheckedNames(tree, root, names), Turns(classes, names), null, notes);
    }

    private static ClassFolderPlan OfParts(FileTree tree, string root, Dictionary<string, (int Index, string Path)[]> tops, string train, string? validation, string? unused)
    {
        var notes = tree.Notes.ToList();
        var learn = Classes(tree, $"{root}{train}/", tops[train], notes);
        var names = learn.Keys.Order(StringComparer.Ordinal).ToArray();
        NoteTwins(names, notes);
        ClassFolderPart? judge = null;
        if (validation is not null)
        {
            var classes = Classes(tree, $"{root}{validation}/", tops[validation], notes);
            if (classes.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name => !learn.ContainsKey(name)) is { } stranger)
            {
                throw new DataException($"{tree.Location}: the class folder {root}{validation}/{stranger} has no counterpart in {root}{train}/, so nothing can be learnt about it."
                    + $"{NearestName.Suggest(stranger, names)} Both parts must have the same classes.");
            }
            judge = Turns(classes, names);
        }
        if (unused is not null) notes.Add($"{root}{validation}/ is used for validation; {root}{unused}/ is not used.");
        foreach (var (top, images) in tops.Where(top => top.Key != train && top.Key != validation && top.Key != unused).OrderBy(top => top.Key, StringComparer.Ordinal))
            notes.Add($"{images.Length:N0} images {(top.Length == 0 ? "outside of all folders" : $"in {root}{top}/")} belong to no part and are left out.");
        return new(CheckedNames(tree, $"{root}{train}/", names), Turns(learn, names), judge, notes);
    }

    // The images of each class below a folder. A class folder without any image is an error: it would be a class that nothing is known about.
    private static Dictionary<string, (int Index, string Path)[]> Classes(FileTree tree, string folder, (int Index, string Path)[] images, List<string> notes)
    {
        var groups = images.Where(image => image.Path.StartsWith(folder, StringComparison.Ordinal)).GroupBy(image => Below(image.Path, folder))
            .ToDictionary(group => group.Key, group => group.ToArray());
        if (groups.Remove("", out var loose))
            notes.Add($"{loose.Length:N0} images lie directly in {(folder.Length == 0 ? "the top folder" : folder)}, such as {EntryPath.Shown(loose[0].Path)}; they belong to no class and are left out.");
        foreach (var path in tree.Folders.Where(path => path.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (path.IndexOf('/', folder.Length) >= 0 || groups.ContainsKey(path[folder.Length..])) continue;
            var others = tree.Files.Where(file => file.Path.StartsWith(path + "/", StringComparison.Ordinal)).ToArray();
            throw new DataException($"{tree.Location}: the class folder {EntryPath.Shown(path)} has no images (PNG, JPEG or BMP)"
                + (others.Length == 0 ? "; it is empty." : $", only {others.Length:N0} other files, such as {EntryPath.Shown(others[0].Path)}.") + " Add images or remove the folder.");
        }
        return groups;
    }

    // Cat and cat are two folders on Linux and one on Windows and macOS, where most such data come from.
    private static void NoteTwins(string[] names, List<string> notes)
    {
        foreach (var twins in names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            notes.Add($"The class folders {string.Join(" and ", twins)} differ only in upper and lower case; they are {twins.Count()} classes.");
    }

    private static string[] CheckedNames(FileTree tree, string folder, string[] names) => names.Length >= 2 ? names
        : throw new DataException($"{tree.Location}: a data set needs at least two class folders; below {(folder.Length == 0 ? "the top folder" : folder)} there "
            + (names.Length == 0 ? "is none. Expected one folder for each class, such as cat/1.png and dog/1.png." : $"is only {names[0]}. Give the folder that holds all of them."));

    private static ClassFolderPart Turns(Dictionary<string, (int Index, string Path)[]> classes, string[] names)
    {
        var order = names.Index()
            .SelectMany(name => classes.TryGetValue(name.Item, out var images)
                ? images.OrderBy(image => image.Path, StringComparer.Ordinal).Select((image, turn) => (Turn: turn, Label: name.Index, File: image.Index)) : [])
            .OrderBy(image => image.Turn).ThenBy(image => image.Label).ToArray();
        return new([.. order.Select(image => image.File)], [.. order.Select(image => image.Label)]);
    }

    // Looks through a folder that holds everything, as photos/ does for photos/cat/1.png and photos/dog/1.png, as long as there are folders in it.
    private static string Root((int Index, string Path)[] images)
    {
        var root = "";
        while (true)
        {
            var name = Below(images[0].Path, root);
            var inner = $"{root}{name}/";
            if (name.Length == 0 || Is(name, TrainingNames) || Is(name, ValidationNames) || Is(name, TestNames)) return root;
            if (!images.All(image => image.Path.StartsWith(inner, StringComparison.Ordinal)) || images.All(image => Below(image.Path, inner).Length == 0)) return root;
            root = inner;
        }
    }

    // The first folder below a folder; empty for a file that lies directly in it.
    private static string Below(string path, string folder) => path.IndexOf('/', folder.Length) is >= 0 and var end ? path[folder.Length..end] : "";

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool EndsWith(string path, string[] endings) => Array.Exists(endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
