namespace FeatureMap.Data;

/// <summary>One file inside a folder or an archive.</summary>
/// <param name="Path">Its path from the top, with '/' between folders.</param>
/// <param name="Length">Its length in bytes, as far as the listing says.</param>
internal readonly record struct TreeFile(string Path, long Length);

/// <summary>A file that was read, or why it could not be.</summary>
/// <param name="File">Its number in <see cref="FileTree.Files"/>.</param>
/// <param name="Content">Its bytes; null where it could not be read.</param>
/// <param name="Error">Why not; null where it was read.</param>
internal readonly record struct TreeContent(int File, byte[]? Content, DataException? Error);

/// <summary>
/// A folder, a zip or a tar archive seen as one thing: a list of files, and their contents one after the other. Nothing is ever written to disk.
/// Paths are in Unicode's normal form C, so that the same accent is the same character everywhere. What <see cref="IgnoredNames"/> knows
/// is left out, as it is never data.
/// </summary>
internal abstract class FileTree(string location) : IDisposable
{
    private readonly List<TreeFile> files = [];
    private readonly HashSet<string> folders = [], paths = [], spelledTwice = [];
    private readonly Dictionary<string, string> spellings = []; // path in normal form C -> as it was written first, where it differs
    private readonly List<string> notes = [];

    /// <summary>Where the folder or the archive is.</summary>
    public string Location { get; } = location;

    /// <summary>What reads pictures of kinds that the library does not; null for none.</summary>
    public IPictureDecoder? Decoder { get; set; }

    /// <summary>All files, in the order of the folder's names or of the archive.</summary>
    public IReadOnlyList<TreeFile> Files => files;

    /// <summary>The paths of all folders that are listed or have files in them, empty ones included.</summary>
    public IReadOnlyCollection<string> Folders => folders;

    /// <summary>Sentences on names that could be read in more than one way.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>Opens a folder or an archive, told apart by its first bytes: zip, tar, or tar in gzip.</summary>
    /// <exception cref="DataException">There is nothing of this name, it is damaged, hostile or of another kind.</exception>
    public static FileTree Open(string path)
    {
        if (Directory.Exists(path)) return FolderTree.Open(path, isDeep: true);
        var stream = OpenFile(path);
        try
        {
            Span<byte> first = stackalloc byte[TarWalker.Block];
            var got = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
            stream.Position = 0;
            return first[..got] switch
            {
                [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] => new ZipTree(stream, path),
                [0x1F, 0x8B, ..] => new TarTree(stream, path, isZipped: true),
                var block when TarWalker.IsHeader(block) => new TarTree(stream, path, isZipped: false),
                [] => throw new DataException($"{path}: the file is empty. Expected a zip, tar or tar.gz of images in class folders."),
                var start => throw new DataException($"{path}: this is not an archive that can be read: expected zip, tar or tar.gz, and the file starts with the bytes "
                    + $"{Convert.ToHexString(start[..Math.Min(8, start.Length)])}. Unpack it and give the folder, or pack the folder as zip."),
            };
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file begins as an archive does. False where it cannot be read.</summary>
    public static bool IsArchive(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            Span<byte> first = stackalloc byte[TarWalker.Block];
            var block = first[..stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)];
            return block is [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] or [0x1F, 0x8B, ..] || TarWalker.IsHeader(block);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Reads files one after the other, while the result is walked through: those of a folder or a zip in the order asked for, those of a tar in
    /// the order of the archive, because a tar has no index. A file that is damaged by itself comes with its error; damage to the whole is thrown.
    /// </summary>
    /// <param name="wanted">Numbers of the files, each once.</param>
    /// <param name="longest">Files of more bytes are not read but come with an error.</param>
    public abstract IEnumerable<TreeContent> Read(IReadOnlyList<int> wanted, long longest);

    /// <summary>Reads one file, for any thread, where <see cref="IsRandom"/>.</summary>
    /// <param name="file">Its number.</param>
    /// <param name="longest">A file of more bytes comes with an error.</param>
    public virtual TreeContent ReadAt(int file, long longest) => throw new NotSupportedException($"{Location} cannot be read at random.");

    /// <summary>Whether <see cref="ReadAt"/> works.</summary>
    public virtual bool IsRandom => false;

    /// <summary>
    /// What changes when the content does, without reading it: for a file its length and the time of its last change, for a folder those of all its
    /// files. Together with the place it names one state of the source.
    /// </summary>
    public abstract string Identity { get; }

    /// <inheritdoc cref="Identity"/>
    public static string IdentityOfFile(string path)
    {
        var info = new FileInfo(path);
        return $"{info.Length} bytes, changed at {info.LastWriteTimeUtc:O}";
    }

    /// <summary>The place of one file in messages.</summary>
    public virtual string Place(int file) => $"{Location}: {Files[file].Path}";

    public abstract void Dispose();

    /// <summary>Adds a file to the list; false where it is one that is left out.</summary>
    /// <param name="path">Its path as it is written.</param>
    /// <param name="length">Its length in bytes.</param>
    protected bool AddFile(string path, long length)
    {
        if (IgnoredNames.AreIn(path)) return false;
        var canonical = CanonicalForm.Of(path);
        if (!paths.Add(canonical))
        {
            throw new DataException(spellings.GetValueOrDefault(canonical, canonical) == path
                ? $"{Location}: the file {EntryPath.Shown(canonical)} is in the archive twice. Which one is meant? Pack it again."
                : $"{Location}: the file {EntryPath.Shown(canonical)} is there twice, with its accents written as one character and as two "
                    + "(Unicode normal forms C and D). Which one is meant? Take one away.");
        }
        if (path != canonical) spellings.TryAdd(canonical, path);
        AddParents(path);
        files.Add(new(canonical, length));
        return true;
    }

    protected void AddFolder(string path)
    {
        if (path.Length == 0 || IgnoredNames.AreIn(path)) return;
        AddParents(path);
        AddSpelled(path);
    }

    protected void AddNote(string note) => notes.Add(note);

    protected static DataException TooLong(string place, long length, long longest) =>
        new($"{place}: the file has {length:N0} bytes: at most {longest:N0} are read. Make it smaller first.");

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(PlaceWords.Missing(path) ?? $"{path}: there is no such file or folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }

    private void AddParents(string path)
    {
        for (var at = path.LastIndexOf('/'); at > 0 && AddSpelled(path[..at]); at = path.LastIndexOf('/', at - 1))
        {
        }
    }

    // A folder of two spellings is one folder, and that is said once. False where nothing is new about it, so that the folders around it
    // need not be looked at.
    private bool AddSpelled(string path)
    {
        var canonical = CanonicalForm.Of(path);
        if (folders.Add(canonical))
        {
            if (canonical != path) spellings[canonical] = path;
            return true;
        }
        var first = spellings.GetValueOrDefault(canonical, canonical);
        if (first == path) return false;
        if (Name(first) != Name(path) && spelledTwice.Add(canonical))
        {
            notes.Add($"The folder {EntryPath.Shown(canonical)} is there twice, with its accents written as one character and as two "
                + "(Unicode normal forms C and D); both are read as one.");
        }
        return true;

        static string Name(string folder) => folder[(folder.LastIndexOf('/') + 1)..];
    }
}
