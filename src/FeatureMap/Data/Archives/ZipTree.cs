using System.IO.Compression;
using System.Text;

namespace FeatureMap.Data;

/// <summary>
/// The files of a zip archive. What its directory says is checked before anything is unpacked: a file cannot unpack to more than deflate can
/// expand, and the packed parts cannot be more than the archive, which bombs of overlapping files need. Source: PKWARE APPNOTE 6.3.
/// </summary>
internal sealed class ZipTree : FileTree
{
    private const int FileTypeMask = 0xF000, SymbolicLink = 0xA000, RegularFile = 0x8000, Folder = 0x4000; // of the Unix mode
    private readonly ZipArchive archive;
    private readonly List<ZipArchiveEntry> entries = [];
    private readonly Lock gate = new();

    /// <summary>Reads the directory of the archive. The tree takes the stream over.</summary>
    public ZipTree(Stream stream, string location) : base(location)
    {
        var length = stream.Length;
        try
        {
            // With Latin-1 the names keep their bytes; what they mean is said by ZipName and EntryName.
            archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: false, Encoding.Latin1);
            var names = Names(stream);
            List(length, names);
        }
        catch (Exception error) when (IsDamage(error))
        {
            archive?.Dispose();
            throw new DataException($"{location}: the zip archive is damaged or cut: {error.Message.TrimEnd('.')}. Copy or download it again.", error);
        }
        catch
        {
            archive?.Dispose();
            throw;
        }
    }

    public override string Identity => IdentityOfFile(Location);

    public override IEnumerable<TreeContent> Read(IReadOnlyList<int> wanted, long longest)
    {
        foreach (var file in wanted)
            yield return ReadOne(file, longest);
    }

    public override bool IsRandom => true;

    // All entries share one stream.
    public override TreeContent ReadAt(int file, long longest)
    {
        lock (gate) return ReadOne(file, longest);
    }

    public override void Dispose() => archive.Dispose();

    private static bool IsDamage(Exception error) => error is InvalidDataException or IOException or ArgumentException or NotSupportedException or OverflowException;

    private string[] Names(Stream stream)
    {
        var names = ZipName.Read(stream, archive.Entries.Count);
        foreach (var (index, name) in names.Index())
            if (archive.Entries[index].FullName != (name.IsUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetString(name.Bytes))
                throw new InvalidDataException($"its directory can be read in two ways: entry {index + 1:N0} has two names");
        var texts = EntryName.OfZip(names, Location, out var note);
        if (note is not null) AddNote(note);
        return texts;
    }

    private void List(long length, string[] names)
    {
        var packed = 0L;
        foreach (var (index, entry) in archive.Entries.Index())
        {
            var name = names[index];
            var path = EntryPath.Checked(name, Location);
            var kind = (entry.ExternalAttributes >> 16) & FileTypeMask;
            if (kind is not (0 or RegularFile or Folder))
                throw EntryPath.Refused(name, Location, kind == SymbolicLink ? "is a symbolic link" : "is neither a file nor a folder");
            if (name.EndsWith('/') || name.EndsWith('\\'))
            {
                AddFolder(path);
                continue;
            }
            if (path.Length == 0) throw EntryPath.Refused(name, Location, "is a file without a name");
            if (entry.CompressedLength < 0 || (packed += entry.CompressedLength) < 0 || packed > length)
            {
                throw new DataException($"{Location}: the files of the zip archive overlap: up to '{EntryPath.Shown(name)}' they take "
                    + $"{packed:N0} packed bytes, and the "
                    + $"archive has {length:N0}. It is damaged or a zip bomb; pack it again.");
            }
            if (AddFile(path, entry.Length)) entries.Add(entry);
        }
    }

    private TreeContent ReadOne(int file, long longest)
    {
        var entry = entries[file];
        DataException Broken(string what, Exception? cause = null) => new($"{Place(file)}: the file in the zip archive is damaged: {what}. Pack or download it again.", cause);
        if (entry.IsEncrypted) return new(file, null, new DataException($"{Place(file)}: the file is encrypted. Unpack the archive with its password and give the folder."));
        if (entry.Length > longest) return new(file, null, TooLong(Place(file), entry.Length, longest));
        if (entry.Length < 0 || entry.Length > (entry.CompressedLength * BoundedContent.LargestExpansion) + 64)
            return new(file, null, Broken($"{entry.CompressedLength:N0} packed bytes cannot unpack to {entry.Length:N0}, which the directory announces"));
        try
        {
            using var stream = entry.Open();
            var content = BoundedContent.Read(stream, (int)entry.Length, Math.Max(1 << 16, 4 * entry.CompressedLength), out var read);
            if (read < entry.Length) return new(file, null, Broken($"the directory announces {entry.Length:N0} bytes, and {read:N0} are there"));
            if (stream.ReadByte() >= 0) return new(file, null, Broken($"it has more than the {entry.Length:N0} bytes that the directory announces"));
            if (Crc32.Of(content) != entry.Crc32) return new(file, null, Broken("its checksum is wrong"));
            return new(file, content, null);
        }
        catch (Exception error) when (IsDamage(error))
        {
            return new(file, null, Broken(error.Message.TrimEnd('.'), error));
        }
    }
}
