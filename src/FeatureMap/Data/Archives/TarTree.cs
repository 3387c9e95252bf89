using System.IO.Compression;

namespace FeatureMap.Data;

/// <summary>The files of a tar archive, plain or in gzip. It has no index, so it is walked through once to list and once to read.</summary>
internal sealed class TarTree : FileTree
{
    private readonly Stream stream;
    private readonly bool isZipped;
    private readonly List<int> numbers = []; // file of the archive -> file of the tree; -1 for what is left out

    /// <summary>Lists the archive. The tree takes the stream over.</summary>
    public TarTree(Stream stream, string location, bool isZipped) : base(location)
    {
        (this.stream, this.isZipped) = (stream, isZipped);
        var (old, example) = (0, "");
        foreach (var entry in Walk(_ => true))
        {
            if (entry.IsLatin1 && old++ == 0) example = entry.Path;
            if (entry.IsFolder) AddFolder(entry.Path);
            else numbers.Add(AddFile(entry.Path, entry.Length) ? Files.Count - 1 : -1);
        }
        if (old > 0) AddNote($"The names of {old:N0} entries of the tar archive are not UTF-8; they were read as Latin-1, such as "
            + $"'{EntryPath.Shown(example)}'.");
    }

    public override string Identity => IdentityOfFile(Location);

    public override IEnumerable<TreeContent> Read(IReadOnlyList<int> wanted, long longest)
    {
        var open = new HashSet<int>(wanted);
        var entry = 0;
        foreach (var walker in Walk(walker => !walker.IsFolder && open.Remove(numbers[entry++])))
        {
            var file = numbers[entry - 1];
            yield return walker.Length > longest
                ? new(file, null, TooLong(Place(file), walker.Length, longest))
                : new(file, walker.ReadContent(), null);
            if (open.Count == 0) yield break;
        }
    }

    public override void Dispose() => stream.Dispose();

    /// <summary>Goes from entry to entry and stops at those that the function chooses.</summary>
    private IEnumerable<TarWalker> Walk(Func<TarWalker, bool> choose)
    {
        stream.Position = 0;
        using var unzipped = isZipped ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
        var walker = new TarWalker(unzipped ?? stream, Location, isZipped ? stream.Length * BoundedContent.LargestExpansion : stream.Length, isZipped);
        while (walker.Next())
        {
            if (choose(walker)) yield return walker;
        }
    }
}
