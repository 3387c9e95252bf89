using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using FeatureMap.Data;

namespace FeatureMap.Tests.Data;

/// <summary>Makes archives and folders of files with the writers of .NET, which are judges of our readers.</summary>
internal static class Trees
{
    public static byte[] Zip(IEnumerable<(string Path, byte[] Content)> files, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                using var entry = zip.CreateEntry(path, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Tar(IEnumerable<(string Path, byte[] Content)> files, TarEntryFormat format = TarEntryFormat.Ustar, bool zipped = false)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, format, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                var isFolder = path.EndsWith('/');
                var entry = Entry(format, isFolder ? TarEntryType.Directory : format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile, path);
                if (!isFolder) entry.DataStream = new MemoryStream(content);
                writer.WriteEntry(entry);
            }
        }
        return zipped ? Idx.Zip(stream.ToArray()) : stream.ToArray();
    }

    public static TarEntry Entry(TarEntryFormat format, TarEntryType type, string path) => format switch
    {
        TarEntryFormat.V7 => new V7TarEntry(type, path),
        TarEntryFormat.Ustar => new UstarTarEntry(type, path),
        TarEntryFormat.Pax => new PaxTarEntry(type, path),
        _ => new GnuTarEntry(type, path),
    };

    /// <summary>Makes the checksum of every header right that stands where a header can stand.</summary>
    public static byte[] RepairTar(byte[] tar)
    {
        for (var at = 0; at + 512 <= tar.Length; at += 512)
        {
            var header = tar.AsSpan(at, 512);
            if (!header.Slice(257, 5).SequenceEqual("ustar"u8)) continue;
            header.Slice(148, 8).Fill((byte)' ');
            var sum = 0;
            foreach (var value in header)
                sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
        }
        return tar;
    }

    public static FileTree Open(byte[] archive) => archive switch
    {
        [(byte)'P', (byte)'K', ..] => new ZipTree(new MemoryStream(archive), "f"),
        [0x1F, 0x8B, ..] => new TarTree(new MemoryStream(archive), "f", isZipped: true),
        _ => new TarTree(new MemoryStream(archive), "f", isZipped: false),
    };

    /// <summary>All files of a tree with their contents, in the order in which they come; what cannot be read is thrown.</summary>
    public static List<(string Path, byte[] Content)> ReadAll(FileTree tree, long longest = 1_000_000) =>
        [.. tree.Read([.. Enumerable.Range(0, tree.Files.Count)], longest).Select(item => (tree.Files[item.File].Path, item.Content ?? throw item.Error!))];

    /// <summary>A tree of files that are in memory.</summary>
    public sealed class InMemory : FileTree
    {
        private readonly List<byte[]> contents = [];

        public InMemory(IEnumerable<(string Path, byte[] Content)> files) : base("f")
        {
            foreach (var (path, content) in files)
                if (AddFile(path, content.Length)) contents.Add(content);
        }

        public override string Identity => "in memory";

        public override IEnumerable<TreeContent> Read(IReadOnlyList<int> wanted, long longest) => wanted.Select(file => new TreeContent(file, contents[file], null));

        public override void Dispose()
        {
        }
    }
}
