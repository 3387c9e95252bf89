namespace FeatureMap.Data;

/// <summary>
/// Finds the parts of a data set in a tree of images, from the names of its folders alone. Folders that hold everything are looked
/// through, and so are those below the name of a part, as in <c>training_set/training_set/cats</c>. Names of parts are those of
/// <see cref="PartName"/>; a name with words of its own, as <c>seg_train</c>, is one where another part goes by the same words
/// (<c>seg_test</c>). A part whose images lie in no class folders cannot be used, and is told.
/// </summary>
internal sealed class ClassFolderParts
{
    private readonly FileTree tree;
    private readonly Dictionary<string, PartName> names; // of the folders in the root that name a part

    private ClassFolderParts(FileTree tree, (int Index, string Path)[] images)
    {
        this.tree = tree;
        Root = Through("", images, stopAtPart: true);
        Tops = images.Where(image => image.Path.StartsWith(Root, StringComparison.Ordinal)).GroupBy(image => Below(image.Path, Root))
            .ToDictionary(group => group.Key, group => group.ToArray());
        var all = Tops.Keys.Where(top => top.Length > 0).ToDictionary(top => top, PartName.Of);
        bool HasPartner(PartName name) => all.Values.Any(other => other.Stem == name.Stem && other.Kind != name.Kind);
        names = all.Where(top => top.Value.IsPart && (top.Value.IsPlain || HasPartner(top.Value)))
            .ToDictionary(top => top.Key, top => top.Value);
        (Training, Validation, Test) = (Part(PartKind.Training), Part(PartKind.Validation), Part(PartKind.Test));
        if (Training is null) CheckNoPartIsMeant(all);
    }

    /// <summary>The folder that holds everything, with '/' at its end; empty for the top.</summary>
    public string Root { get; }

    /// <summary>The images of each folder in the root; those of the empty name lie directly in it.</summary>
    public IReadOnlyDictionary<string, (int Index, string Path)[]> Tops { get; }

    /// <summary>The folder of the images to learn from; null where the data come in one part.</summary>
    public string? Training { get; }

    public string? Validation { get; }

    public string? Test { get; }

    /// <exception cref="DataException">Parts are meant, as their names say, and cannot be used.</exception>
    public static ClassFolderParts Of(FileTree tree, (int Index, string Path)[] images) => new(tree, images);

    /// <summary>The folder in which the class folders of a part are.</summary>
    public string FolderOf(string top) => Through($"{Root}{top}/", Tops[top], stopAtPart: false);

    /// <summary>Whether a folder in the root has the name of a part, and no class folders.</summary>
    public bool IsPartWithoutClasses(string top) => names.ContainsKey(top) && !HasClasses(top);

    /// <summary>Sentences on where the class folders were found, where that is not the place that was given.</summary>
    public IEnumerable<string> Notes()
    {
        // That an archive has one folder around everything goes without saying.
        if (Root.Length > 0 && (tree is FolderTree || Root.IndexOf('/', StringComparison.Ordinal) < Root.Length - 1))
            yield return $"The {(Training is null ? "class folders" : "parts")} are those in {EntryPath.Shown(Root)}.";
        foreach (var top in (string?[])[Training, Validation ?? Test])
        {
            if (top is not null && FolderOf(top) is var folder && folder != Doubled(top)) yield return $"The class folders of "
                + $"{Root}{top}/ are those in {EntryPath.Shown(folder)}.";
        }
    }

    /// <summary>The first folder below a folder; empty for a file that lies directly in it.</summary>
    public static string Below(string path, string folder) =>
        path.IndexOf('/', folder.Length) is >= 0 and var end ? path[folder.Length..end] : "";

    private string? Part(PartKind kind)
    {
        var found = names.Where(top => top.Value.Kind == kind && HasClasses(top.Key)).Select(top => top.Key).ToArray();
        return found.Length <= 1 ? found.FirstOrDefault()
            : throw new DataException($"{tree.Location}: {Root}{found[0]}/ and {Root}{found[1]}/ are both the same part. Put them into "
                + $"one folder.");
    }

    private bool HasClasses(string top) => Doubled(top) is var folder && Tops[top].Any(image => Below(image.Path, folder).Length > 0);

    // Archives of competitions often have a folder in a folder of the same name.
    private string Doubled(string top)
    {
        var folder = $"{Root}{top}/";
        while (Tops[top].All(image => image.Path.StartsWith($"{folder}{top}/", StringComparison.Ordinal)))
            folder += top + "/";
        return folder;
    }

    // Without a part to learn from, folders with the names of parts must not become classes.
    private void CheckNoPartIsMeant(Dictionary<string, PartName> all)
    {
        var flat = names.Keys.Where(top => names[top].Kind == PartKind.Training).Order(StringComparer.Ordinal).FirstOrDefault();
        if (flat is not null && all.All(top => names.ContainsKey(top.Key) || top.Value.Kind == PartKind.Unlabelled))
        {
            throw new DataException($"{tree.Location}: the {Tops[flat].Length:N0} images of {Root}{flat}/, such as "
                + $"{EntryPath.Shown(Tops[flat][0].Path)}, lie in no class folders, and the folders are the classes. "
                + $"Put those of each class into a folder of its own: {Root}{flat}/cat/1.png, {Root}{flat}/dog/1.png.");
        }
        if ((Validation ?? Test) is { } only && Tops.Keys.All(top => top.Length == 0 || names.ContainsKey(top)))
            throw new DataException($"{tree.Location}: there is {Root}{only}/, but no {Root}train/ to learn from. Expected train/ and "
                + $"test/ with a folder for each class in both.");
        var kinds = all.Values.Select(name => name.Kind).ToHashSet();
        if (kinds.Count > 1 && kinds.Contains(PartKind.Training) && !kinds.Contains(PartKind.None))
        {
            throw new DataException($"{tree.Location}: the folders {PlaceWords.Some(all.Keys.Order(StringComparer.Ordinal))} are called "
                + $"like parts of a data set, and it is not clear which is which. "
                + $"Call them {Root}train/ and {Root}test/, or give the one that has the class folders.");
        }
    }

    // Looks through folders that hold everything, as photos/ does for photos/cat/1.png and photos/dog/1.png, as long as there are folders
    // in them.
    private static string Through(string folder, (int Index, string Path)[] images, bool stopAtPart)
    {
        while (true)
        {
            var name = Below(images[0].Path, folder);
            var inner = $"{folder}{name}/";
            if (name.Length == 0 || (stopAtPart && PartName.Of(name) is { IsPart: true, IsPlain: true })) return folder;
            var holdsAll = images.All(image => image.Path.StartsWith(inner, StringComparison.Ordinal));
            if (!holdsAll || images.All(image => Below(image.Path, inner).Length == 0)) return folder;
            folder = inner;
        }
    }
}
