namespace FeatureMap.Data;

/// <summary>How a folder or an archive of pairs is read.</summary>
public sealed record ImagePairOptions
{
    /// <summary>
    /// Name of the folder of the images. Where neither this nor <see cref="TargetFolder"/> is changed and there are no such folders, two
    /// others side by side are taken whose files have the same names, such as <c>images/</c> and <c>masks/</c>; a notice says so.
    /// </summary>
    public string ImageFolder { get; init; } = ImagePairs.UsualImages;

    /// <summary>Name of the folder of the targets, beside it. A target has the name of its image; the ending may be another.</summary>
    public string TargetFolder { get; init; } = ImagePairs.UsualTargets;

    /// <summary>What the target files are: <see cref="TargetKind.LabelMap"/> for masks, or <see cref="TargetKind.Image"/>.</summary>
    public TargetKind Kind { get; init; } = TargetKind.LabelMap;

    /// <summary>
    /// The classes of masks. The number of a pixel, a gray value or the index into a palette, is the number of its class. With two
    /// classes black and white (0 and 255) is as good as 0 and 1, which is decided file by
    /// file; so is a picture of one colour that is transparent where there is nothing.
    /// </summary>
    public IReadOnlyList<string> ClassNames { get; init; } = ["background", "object"];

    /// <summary>
    /// The number of pixels of masks of which nobody said what they are: 255 in Pascal VOC and many other sets. They have no part in loss
    /// and metrics (<see cref="TargetSet.IgnoreValue"/>, where they are 255). Null: all
    /// pixels count.
    /// </summary>
    public int? IgnoreValue { get; init; }

    /// <summary>
    /// What the colours of masks stand for, where they are painted in colours. It names the classes, and what is to be ignored, in the
    /// place of <see cref="ClassNames"/> and <see cref="IgnoreValue"/>. Null: the numbers of the files are the classes.
    /// </summary>
    public MaskColours? Colours { get; init; }

    /// <summary>Whether images are read in colour, in three channels, instead of gray.</summary>
    public bool IsColour { get; init; }
}

/// <summary>
/// Reads images with a target file each: two folders side by side, such as <c>image/3.png</c> and <c>label/3.png</c>, in a folder or an archive (zip, tar, tar.gz). All images are of one size, and so
/// are all targets. The order is that of the names, numbers in them by their value: 2 before 10.
/// </summary>
public static class ImagePairs
{
    internal const string UsualImages = "image", UsualTargets = "label";

    /// <summary>More bytes than this are not held in memory.</summary>
    private const long MostBytes = 2_000_000_000;

    /// <summary>Reads all pairs.</summary>
    /// <param name="path">A folder or an archive.</param>
    /// <param name="options">What is read; masks of two classes in <c>image/</c> and <c>label/</c> where null.</param>
    /// <returns>The pairs; <see cref="ImageSet.Notice"/> says what is odd about the masks.</returns>
    /// <exception cref="DataException">A folder or a partner is missing, sizes differ, a file is damaged or no image, the numbers of a
    /// mask stand for no class, or all masks are empty.</exception>
    /// <exception cref="UsageException">The options ask for targets that are no files, or for a value that cannot be ignored.</exception>
    public static ImageSet Open(string path, ImagePairOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        if (options.Kind is TargetKind.Numbers or TargetKind.Labels or TargetKind.Quantities)
            throw new UsageException("Targets that are numbers do not come in image files: make them by TargetSet.Numbers, or give a table "
                + "of labels or numbers to Datasets.Open.");
        if (options.Colours is { } colours)
        {
            if (options.IgnoreValue is not null) throw new UsageException("With ImagePairOptions.Colours a colour is ignored by its name: "
                + "MaskColours.Load(path, ignored: \"void\"). Leave IgnoreValue out.");
            options = options with { ClassNames = colours.ClassNames, IgnoreValue = colours.HasIgnored ? MaskReader.Ignored : null };
        }
        if (options.IgnoreValue is < 0 or > ushort.MaxValue)
            throw new UsageException($"Pixels to be ignored have a number from 0 to {ushort.MaxValue:N0}: received {options.IgnoreValue}.");
        if (options.IgnoreValue is not null && options.ClassNames.Count > MaskReader.Ignored)
            throw new UsageException($"Beside pixels to be ignored there is room for {MaskReader.Ignored} classes: received "
                + $"{options.ClassNames.Count} names.");
        using var tree = FileTree.Open(path);
        return Read(tree, Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path)), options);
    }

    internal static ImageSet Read(FileTree tree, string name, ImagePairOptions options)
    {
        string? taken = null;
        if (options is { ImageFolder: UsualImages, TargetFolder: UsualTargets, Kind: TargetKind.LabelMap }
            && !PairedFiles.Are(tree, UsualImages, UsualTargets)
            && FolderTask.Of(tree).Pair is { } found)
        {
            options = options with { ImageFolder = found.Images, TargetFolder = found.Masks };
            taken = $"The images are those of {EntryPath.Shown(found.Images)}/, their masks those of {EntryPath.Shown(found.Masks)}/.";
        }
        var pairs = PairedFiles.Of(tree, CanonicalForm.Of(options.ImageFolder), CanonicalForm.Of(options.TargetFolder));
        var channels = options.IsColour ? 3 : 1;
        string[] files = [.. pairs.Images.Select(file => tree.Files[file].Path)];
        var spelled = tree.Notes.Count == 0 ? null : string.Join(' ', tree.Notes);
        var (pixels, shape) = Decode(tree, pairs.Images, channels);
        if (options.Kind == TargetKind.Image)
        {
            var (pictures, pictureShape) = Decode(tree, pairs.Targets, channels);
            return new ImageSet(name, shape, pixels, TargetSet.Images(pictureShape, pictures)).FromFiles(files, spelled);
        }
        var masks = new MaskReader(options.ClassNames, options.IgnoreValue, tree.Location);
        var (targets, targetShape) = Decode(tree, pairs.Targets, 1, masks, options.Colours);
        if (targetShape.Height != shape.Height || targetShape.Width != shape.Width)
        {
            throw new DataException($"{tree.Place(pairs.Targets[0])}: the mask has {targetShape.Width} x {targetShape.Height} pixels (width x height), its image {shape.Width} x {shape.Height}. "
                + "A mask says something of every pixel, so both must be of one size.");
        }
        var odd = masks.Finish(targets);
        string[] notes = [.. tree.Notes, .. taken is null ? (string[])[] : [taken], .. odd is null ? (string[])[] : [odd]];
        byte? ignored = options.IgnoreValue is null ? null : MaskReader.Ignored;
        var maps = TargetSet.LabelMaps(shape.Height, shape.Width, targets, options.ClassNames, ignored);
        return new ImageSet(name, shape, pixels, maps).FromFiles(files, notes.Length == 0 ? null : string.Join(' ', notes));
    }

    // Files come in the order of the archive, and each goes to its place.
    private static (byte[] Pixels, Shape Shape) Decode(FileTree tree, IReadOnlyList<int> files, int channels, MaskReader? masks = null,
        MaskColours? colours = null)
    {
        var places = files.Index().ToDictionary(file => file.Item, file => file.Index);
        byte[]? pixels = null;
        Shape shape = default;
        var first = -1;
        foreach (var content in tree.Read(files, ImageFile.LargestFile))
        {
            if (content.Error is { } error) throw error;
            var place = tree.Place(content.File);
            var header = ImageHeader.Parse(content.Content, place, tree.Decoder);
            if (pixels is null)
            {
                (shape, first) = (Shape.Image(channels, header.Height, header.Width), content.File);
                if ((Int128)shape.Count * files.Count > MostBytes)
                    throw new DataException($"{tree.Location}: {files.Count:N0} images of {shape} are {(Int128)shape.Count * files.Count:N0} bytes: at most {MostBytes:N0} are held in memory. Take fewer or smaller images.");
            }
            if (header.Height != shape.Height || header.Width != shape.Width)
                throw new DataException($"{place}: the image has {header.Width} x {header.Height} pixels (width x height), while {tree.Place(first)} has {shape.Width} x {shape.Height}: all must have one size. Scale or cut them before.");
            var mask = masks is null ? null : MaskFile.Read(content.Content!, place, masks.IsTwoClasses, colours);
            var decoded = masks is null ? ImageFile.Decode(content.Content!, header, place, shape) : null;
            // Memory for all only when one could be read: a header may say anything.
            pixels ??= new byte[shape.Count * files.Count];
            var to = pixels.AsSpan(places[content.File] * shape.Count, shape.Count);
            if (mask is null) decoded.CopyTo(to);
            else masks!.Add(mask, place, to);
        }
        return (pixels!, shape);
    }
}

/// <summary>The files of pairs in a tree, image by image.</summary>
internal sealed record PairedFiles(IReadOnlyList<int> Images, IReadOnlyList<int> Targets)
{
    /// <summary>Whether two folders of such names stand side by side.</summary>
    public static bool Are(FileTree tree, string imageFolder, string targetFolder) =>
        tree.Folders.Any(folder => LastPart(folder) == imageFolder && tree.Folders.Contains(Beside(folder, targetFolder)));

    /// <exception cref="DataException">The names make no pairs; the message says what was expected.</exception>
    public static PairedFiles Of(FileTree tree, string imageFolder, string targetFolder)
    {
        var root = tree.Folders.Where(folder => LastPart(folder) == imageFolder && tree.Folders.Contains(Beside(folder, targetFolder))).ToArray() switch
        {
            [var only] => only,
            [var one, var two, ..] => throw new DataException($"{tree.Location}: {one}/ and {two}/ both stand beside a folder {targetFolder}/. Give one of the folders around them."),
            _ => throw new DataException($"{tree.Location}: expected the folders {imageFolder}/ and {targetFolder}/ side by side, such as {imageFolder}/1.png and {targetFolder}/1.png; found {Found(tree)}."),
        };
        var images = Named(tree, root);
        var targets = Named(tree, Beside(root, targetFolder));
        if (images.Count == 0) throw new DataException($"{tree.Location}: {root}/ has no images in it (PNG, JPEG or BMP).");
        foreach (var (one, other, folder) in new[] { (images, targets, Beside(root, targetFolder)), (targets, images, root) })
            if (one.Keys.Where(name => !other.ContainsKey(name)).Order(NaturalOrder.Instance).ToArray() is { Length: > 0 } alone)
            {
                throw new DataException($"{tree.Place(one[alone[0]])} has no partner of the same name in {folder}/{(alone.Length > 1 ? $", and {alone.Length - 1:N0} more like it" : "")}: "
                    + "each image needs its target. Add it, or take the file away.");
            }
        string[] names = [.. images.Keys.Order(NaturalOrder.Instance)];
        return new([.. names.Select(name => images[name])], [.. names.Select(name => targets[name])]);
    }

    private static Dictionary<string, int> Named(FileTree tree, string folder)
    {
        var files = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var file = 0; file < tree.Files.Count; file++)
        {
            var path = tree.Files[file].Path;
            if (!path.StartsWith(folder + "/", StringComparison.Ordinal) || !ClassFolderPlan.IsImage(path)) continue;
            var inside = path[(folder.Length + 1)..];
            var name = inside[..inside.LastIndexOf('.')];
            if (!files.TryAdd(name, file))
                throw new DataException($"{tree.Place(files[name])} and {tree.Place(file)} have the same name with different endings. Which one is meant? Take one away.");
        }
        return files;
    }

    private static string LastPart(string folder) => folder[(folder.LastIndexOf('/') + 1)..];

    private static string Beside(string folder, string name) => folder[..(folder.LastIndexOf('/') + 1)] + name;

    private static string Found(FileTree tree) => tree.Folders.Count == 0
        ? $"{tree.Files.Count:N0} files and no folders"
        : string.Join(", ", tree.Folders.Order(StringComparer.Ordinal).Take(5).Select(folder => EntryPath.Shown(folder) + "/")) + (tree.Folders.Count > 5 ? " ..." : "");
}

/// <summary>Names in the order in which people number them: 2 before 10.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> one = x, two = y;
        while (!one.IsEmpty && !two.IsEmpty)
        {
            int digits = Digits(one), others = Digits(two);
            if (digits > 0 && others > 0)
            {
                // Numbers of any length: without leading zeros the longer one is larger.
                ReadOnlySpan<char> first = one[..digits].TrimStart('0'), second = two[..others].TrimStart('0');
                var order = first.Length != second.Length ? first.Length.CompareTo(second.Length) : first.SequenceCompareTo(second);
                if (order != 0) return order;
                one = one[digits..];
                two = two[others..];
                continue;
            }
            if (one[0] != two[0]) return one[0].CompareTo(two[0]);
            one = one[1..];
            two = two[1..];
        }
        var length = one.Length.CompareTo(two.Length);
        return length != 0 ? length : string.CompareOrdinal(x, y);
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
