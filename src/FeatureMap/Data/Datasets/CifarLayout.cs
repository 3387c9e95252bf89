using System.Security.Cryptography;
using System.Text;

namespace FeatureMap.Data;

/// <summary>
/// CIFAR-10 and CIFAR-100 in their binary version: files of records without any header, each one or two label bytes and then the red, the green
/// and the blue plane of an image of 32 x 32, row by row, which is just how an <see cref="ImageSet"/> lies in memory. CIFAR-100 has two labels
/// per image, first the coarse one of 20, then the fine one of 100. The files are read from a folder, or from the official archive without
/// unpacking it. Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and its page of the data.
/// </summary>
internal sealed class CifarLayout : DatasetLayout
{
    private const int Area = 3 * 32 * 32, LongestFile = 1 << 28, LongestNames = 1 << 16;

    /// <summary>The training files in their order, each with the SHA-256 of the official one.</summary>
    public required IReadOnlyList<(string Name, string Sha256)> TrainingFiles { get; init; }

    public required (string Name, string Sha256) TestFile { get; init; }

    /// <summary>Bytes before the pixels, and which of them is the label.</summary>
    public required (int Count, int At) LabelBytes { get; init; }

    /// <summary>The file of the class names, one per line; the set can do without.</summary>
    public required string NamesFile { get; init; }

    /// <summary>The folder in the official archive.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder of the downloads; both kinds of CIFAR-100 share it.</summary>
    public required string Family { get; init; }

    private int Record => LabelBytes.Count + Area;

    private IEnumerable<(string Name, string Sha256)> BinaryFiles => [.. TrainingFiles, TestFile];

    public override IEnumerable<string> Candidates(string folder, DatasetInfo info) =>
        new[] { Path.Combine(folder, Family), folder }.SelectMany(place => new[] { place, Path.Combine(place, Folder) });

    public override DatasetPieces Look(string folder, DatasetInfo info)
    {
        var archive = Path.Combine(folder, info.Files[0].Name);
        return File.Exists(archive) ? new(folder, [(info.Files[0].Name, archive)])
            : new(folder, [.. BinaryFiles.Select(file => (file.Name, Path.Combine(folder, file.Name) is var path && File.Exists(path) ? path : null))]);
    }

    // The names of the files say enough: no other data set has them.
    public override bool IsPlausible(DatasetPieces pieces, DatasetInfo info, IReadOnlyList<DatasetInfo> known) => true;

    public override SplitData? Load(DatasetLoad load, out DatasetInfo? other)
    {
        other = null;
        var isArchive = load.Pieces.Files.Count == 1;
        using var tree = isArchive ? FileTree.Open(load.Pieces.Path(0)) : FolderTree.Open(load.Pieces.Folder, isDeep: false);
        return Load(tree, load);
    }

    /// <summary>Whether a tree holds files of this kind, somewhere in it.</summary>
    public bool IsIn(FileTree tree) => Prefix(tree) is not null;

    /// <summary>Reads the files of a tree.</summary>
    /// <exception cref="DataException">A file is missing, cut or damaged.</exception>
    public SplitData Load(FileTree tree, DatasetLoad load)
    {
        var prefix = Prefix(tree) ?? throw new DataException($"{tree.Location}: there are no files of {load.Info.Title} in it ({string.Join(", ", BinaryFiles.Select(file => file.Name))}).");
        var numbers = tree.Files.Index().ToDictionary(file => file.Item.Path, file => file.Index);
        var missing = BinaryFiles.Where(file => !numbers.ContainsKey(prefix + file.Name)).Select(file => file.Name).ToArray();
        if (missing.Length > 0)
            throw new DataException($"{tree.Location} has only {BinaryFiles.Count() - missing.Length} of the {BinaryFiles.Count()} files of {load.Info.Title}; missing: {string.Join(", ", missing)}.");

        // The listing tells how many records each file has, and so where its images belong, in whatever order an archive brings them.
        Part training = new(), test = new();
        var targets = new Dictionary<int, (Part Part, int First, string Sha256)>();
        foreach (var (name, sum) in BinaryFiles)
        {
            var file = numbers[prefix + name];
            var part = name == TestFile.Name ? test : training;
            targets.Add(file, (part, part.Count, sum));
            part.Count = checked(part.Count + Records(tree.Files[file].Length, tree.Place(file), load.Info));
        }
        training.Allocate();
        test.Allocate();
        var names = load.Info.ClassNames;
        int[] wanted = [.. targets.Keys, .. numbers.TryGetValue(prefix + NamesFile, out var namesFile) ? (int[])[namesFile] : []];
        var isOfficial = true;
        foreach (var (file, content, error) in tree.Read(wanted, LongestFile))
        {
            if (error is not null) throw error;
            if (!targets.TryGetValue(file, out var target))
            {
                names = Names(content!, tree.Place(file), load.Info);
                continue;
            }
            if (content!.Length != tree.Files[file].Length) throw new DataException($"{tree.Place(file)}: the file changed while it was read. Try again.");
            if (load.VerifyContent) isOfficial &= IsOfficial(content, target.Sha256, tree.Place(file), load);
            target.Part.Fill(content, target.First, LabelBytes, load.Info, tree.Place(file));
        }
        ImageSet Set(Part part, string name) => ImageSet.Adopt($"{load.Info.Name} {name}", load.Info.ImageShape, part.Pixels, part.Labels, names);
        return load.Result(Set(training, "training"), Set(test, "validation"), isOfficial || !load.VerifyContent);
    }

    // The folder inside the tree in which the test file and a training file lie.
    private string? Prefix(FileTree tree)
    {
        var paths = tree.Files.Select(file => file.Path).ToHashSet();
        foreach (var (path, _) in tree.Files)
        {
            if (Path.GetFileName(path) != TestFile.Name) continue;
            var prefix = path[..^TestFile.Name.Length];
            if (TrainingFiles.Any(file => paths.Contains(prefix + file.Name))) return prefix;
        }
        return null;
    }

    private int Records(long length, string place, DatasetInfo info)
    {
        if (length > 0 && length % Record == 0 && length <= LongestFile) return (int)(length / Record);
        throw new DataException($"{place}: a file of {info.Title} has records of {LabelBytes.Count} + 3 x 32 x 32 = {Record:N0} bytes, at most {LongestFile / Record:N0} of them: received "
            + $"{length:N0} bytes, which is {length / Record:N0} records and {length % Record:N0} bytes. It is cut or of another set; copy or download it again.");
    }

    private bool IsOfficial(byte[] content, string expected, string place, DatasetLoad load)
    {
        var sum = Convert.ToHexStringLower(SHA256.HashData(content));
        if (sum == expected) return true;
        // Another number of images makes another set; the official size with other content is damage.
        var official = (long)load.Info.TrainingCount / TrainingFiles.Count * Record;
        var officialTest = (long)load.Info.ValidationCount * Record;
        if (content.Length == official || content.Length == officialTest || load.OfficialOnly) throw load.NotOfficial(place, sum, expected);
        return false;
    }

    private static string[] Names(byte[] content, string place, DatasetInfo info)
    {
        if (content.Length > LongestNames) throw new DataException($"{place}: a list of class names has at most {LongestNames:N0} bytes: received {content.Length:N0}.");
        var names = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length != info.ClassNames.Count)
            throw new DataException($"{place}: {info.Title} has {info.ClassNames.Count} classes, and the list has {names.Length} names, one per line. Copy or download it again.");
        return [.. names.Select(EntryPath.Shown)];
    }

    /// <summary>The images of one part while its files come in.</summary>
    private sealed class Part
    {
        public int Count { get; set; }

        public byte[] Pixels { get; private set; } = [];

        public int[] Labels { get; private set; } = [];

        public void Allocate() => (Pixels, Labels) = (new byte[checked(Count * Area)], new int[Count]);

        public void Fill(ReadOnlySpan<byte> content, int first, (int Count, int At) labelBytes, DatasetInfo info, string place)
        {
            var record = labelBytes.Count + Area;
            for (var index = 0; index < content.Length / record; index++)
            {
                var label = content[(index * record) + labelBytes.At];
                if (label >= info.ClassNames.Count)
                {
                    throw new DataException($"{place}: label {label} of image {index} is out of range: with {info.ClassNames.Count} classes the labels are 0 to "
                        + $"{info.ClassNames.Count - 1}. The file is damaged or belongs to another set.");
                }
                Labels[first + index] = label;
                content.Slice((index * record) + labelBytes.Count, Area).CopyTo(Pixels.AsSpan((first + index) * Area));
            }
        }
    }
}
