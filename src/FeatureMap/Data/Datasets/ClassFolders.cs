namespace FeatureMap.Data;

/// <summary>
/// Data sets of image files: a folder of class folders, or a zip, tar or tar.gz of one; or a table (CSV) that says the class of each file.
/// The folder names are the classes, in ordinal order.
/// With <c>train/</c> and <c>test/</c> (or <c>val/</c>, <c>validation/</c>) the parts are as given; otherwise a share of each class is kept apart
/// for validation. Decoded images are kept in the cache, so that only the first load takes its time.
/// </summary>
public static class ClassFolders
{
    /// <summary>Loads a data set of image files (PNG, JPEG, BMP).</summary>
    /// <param name="path">The folder or archive, or the table.</param>
    /// <param name="options"><see cref="DataOptions.Images"/> says how images are converted; the cache and the progress are here too.</param>
    /// <exception cref="DataException">The files make no data set, an image cannot be read, or images differ in size or colour. The message says what to do.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The loading was cancelled.</exception>
    public static SplitData Load(string path, DataOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new ClassFolderLoad(path, options ?? new()).Run(tree => null);
    }

    /// <summary>
    /// Whether a folder or archive is one of images with masks, as <see cref="Load"/> takes it. The names of the files say it; false where
    /// it cannot be read.
    /// </summary>
    /// <param name="path">The folder or archive.</param>
    /// <param name="images">What was said of it.</param>
    public static bool HaveMasks(string path, ClassFolderOptions? images = null) =>
        OfMasks(path, images, (_, pairs) => pairs.Count > 0);

    /// <summary>What the first image that has a mask says about itself; null where there is none, or it cannot be read.</summary>
    /// <param name="path">The folder or archive.</param>
    /// <param name="images">What was said of it.</param>
    public static ImageHeader? GlanceAtMasked(string path, ClassFolderOptions? images = null) => OfMasks(path, images, (tree, pairs) =>
        pairs.Count == 0 ? (ImageHeader?)null : Glance(tree, file => FolderTask.Folder(file) == pairs[0].Images));

    private static T? OfMasks<T>(string path, ClassFolderOptions? images, Func<FileTree, IReadOnlyList<MaskFolderPair>, T?> read)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (images?.Task is not (null or DataTask.Masks) || LabelledFiles.IsTableAt(path)) return default;
        try
        {
            using var tree = FileTree.Open(path);
            tree.Decoder = images?.Decoder;
            return read(tree, MaskLayout.Pairs(tree.Files.Select(file => file.Path).Where(ClassFolderPlan.IsImage)));
        }
        catch (DataException)
        {
            return default; // The load tells why.
        }
    }

    /// <summary>
    /// What the first picture in a folder or archive that can be read says about itself, in the order of the names; null where there is none
    /// or the place cannot be read.
    /// Looks at no more than 20.
    /// </summary>
    /// <param name="path">The folder or archive, or a table of images.</param>
    /// <param name="images">Where those of a table are.</param>
    public static ImageHeader? Glance(string path, ClassFolderOptions? images = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var source = LabelledFiles.Open(path, images ?? new());
            return Glance(source.Tree);
        }
        catch (Exception error) when (error is DataException or UsageException)
        {
            return null; // The load tells why.
        }
    }

    private static ImageHeader? Glance(FileTree tree, Func<string, bool>? only = null)
    {
        int[] pictures = [.. tree.Files.Index().Where(file => ClassFolderPlan.IsImage(file.Item.Path)
            && only?.Invoke(file.Item.Path) != false).OrderBy(file => file.Item.Path, StringComparer.Ordinal).Select(file => file.Index).Take(20)];
        foreach (var content in tree.Read(pictures, ImageFile.LargestFile))
        {
            try
            {
                if (content.Error is null) return ImageHeader.Parse(content.Content, tree.Place(content.File), tree.Decoder);
            }
            catch (DataException)
            {
                // The next one may be whole; the load names this one.
            }
        }
        return null;
    }
}

/// <summary>One load: from the cache where it has the images, otherwise from the files.</summary>
internal sealed class ClassFolderLoad
{
    private readonly string path, name, cachePath;
    private readonly DataOptions options;
    private readonly List<string> notes = [];

    public ClassFolderLoad(string path, DataOptions options)
    {
        options.Images.Check();
        (this.path, this.options) = (path, options);
        name = Path.GetFileName(Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar));
        cachePath = DecodedCache.PathOf(options.CacheFolder ?? DatasetPlaces.OfThisMachine().CacheFolder, path, options.Images);
    }

    /// <param name="other">May make something else of the files; null where they are class folders.</param>
    public SplitData Run(Func<FileTree, SplitData?> other)
    {
        if (PlaceWords.Missing(path) is { } missing) throw new DataException(missing);
        if (File.Exists(path) && !LabelledFiles.IsTableAt(path) && FromCache(FileTree.IdentityOfFile(path)) is { } kept) return kept;
        var source = LabelledFiles.Open(path, options.Images);
        var isKeptOpen = false;
        try
        {
            if (!source.IsTable && (other(source.Tree) ?? MaskFolders.Load(source.Tree, path, options)) is { } found) return found;
            // The identity of an archive is that of its file, which was asked for before it was opened.
            var identity = source.Identity;
            if ((source.IsTable || Directory.Exists(path)) && FromCache(identity) is { } keptFolder) return keptFolder;
            var images = ImageDecoder.Decode(source.Tree, source.Plan(), options, cachePath, DecodedCache.Key(path, identity,
                options.Images));
            isKeptOpen = images.Training.Store is DecodedEachTime;
            if (isKeptOpen) notes.Add($"The images are decoded each time they are used; decoded they take {Size(images)} (decode=ahead keeps them on disk instead).");
            return Finish(images, isKeptOpen ? false : images.Training.Store is FilePart || Keep(identity, images));
        }
        finally
        {
            if (!isKeptOpen) source.Dispose();
        }
    }

    private static string Size(DecodedImages images) => images.PixelBytes >= 1_000_000_000 ? $"{images.PixelBytes / 1e9:0.0} GB" : $"{images.PixelBytes / 1e6:0.0} MB";

    private SplitData? FromCache(string identity)
    {
        if (!options.KeepDecoded || options.Images.Decoding == ImageDecoding.EachTime) return null;
        try
        {
            return DecodedCache.Read(cachePath, DecodedCache.Key(path, identity, options.Images), options.MostResidentBytes) is { } images ? Finish(images, isKept: true) : null;
        }
        catch (DataException damage)
        {
            notes.Add($"The cache file {cachePath} was damaged ({damage.Message}), so the images were decoded again.");
            return null;
        }
    }

    private bool Keep(string identity, DecodedImages images)
    {
        if (!options.KeepDecoded) return false;
        try
        {
            DecodedCache.Write(cachePath, DecodedCache.Key(path, identity, options.Images), images);
            return true;
        }
        catch (DataException error)
        {
            notes.Add($"The decoded images could not be kept for the next time: {error.Message}");
            return false;
        }
    }

    private SplitData Finish(DecodedImages images, bool isKept)
    {
        if (images.Training.Store is FilePart) notes.Add($"The decoded images take {Size(images)} and are read from {cachePath} as they are used.");
        var data = images.ToSplitData(name, Path.GetFullPath(path), options.Images);
        string[] all = [.. data.Notice is { } notice ? (string[])[notice] : [], .. notes];
        return data with { Origin = DataOrigin.Path, Notice = all.Length == 0 ? null : string.Join(' ', all), CacheFile = isKept ? cachePath : null };
    }
}
