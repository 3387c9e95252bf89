using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>
/// Weights that others trained and publish: of which network, in which file, under which licence, and how pictures were prepared for
/// them. The table has no weights in it.
///</summary>
/// <example><code>
/// var known = PretrainedWeights.Get("resnet-18");
/// if (known.Locate() is { } path) model = Architectures.Get(known.Network).LoadModel(path);
/// </code></example>
public sealed partial record PretrainedWeights
{
    /// <summary>The environment variable that names folders with files of weights, separated as in PATH.</summary>
    public const string FolderVariable = "FEATUREMAP_WEIGHTS";

    /// <summary>The architecture, by its name in <see cref="Architectures"/>.</summary>
    public required string Network { get; init; }

    /// <summary>Which of its weights, such as <c>imagenet1k-v1</c>.</summary>
    public required string Tag { get; init; }

    /// <summary>Network and tag: <c>resnet-50:imagenet1k-v2</c>.</summary>
    public string Name => $"{Network}:{Tag}";

    /// <summary>The name of the file where it is published.</summary>
    public required string File { get; init; }

    /// <summary>Folders on the net that have the file, in this order; none where it must be brought by hand.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    /// <summary>A page that tells where the file is, for weights without <see cref="Mirrors"/>; else null.</summary>
    public Uri? Page { get; init; }

    /// <summary>Bytes of the file; null where they are not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>
    /// SHA-256 of the file in lower-case hexadecimal digits: all 64, or the first ones where nobody prints more (the names of
    /// torchvision's files end in them); empty where none is known.
    ///</summary>
    public required string Sha256 { get; init; }

    /// <summary>What of this entry somebody who wrote it has seen himself; the rest of it is hearsay until the file is here.</summary>
    public WeightEvidence Evidence { get; init; }

    /// <summary>The licence of the file, not of this library.</summary>
    public required string Licence { get; init; }

    /// <summary>Whether the licence forbids commercial use.</summary>
    public bool IsNonCommercial { get; init; }

    /// <summary>Scores that come out.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>How pixels became numbers; colours in the order red, green, blue.</summary>
    public Normalization Normalization { get; init; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>The side of the square in the middle that the network was judged on.</summary>
    public int Size { get; init; } = 224;

    /// <summary>To how many pixels the shorter side was scaled before that.</summary>
    public int ShorterSide { get; init; } = 256;

    /// <summary>Whether that scaling was bicubic; else bilinear.</summary>
    public bool IsBicubic { get; init; }

    /// <summary>What they reach, and who says so.</summary>
    public required PublishedAccuracy Accuracy { get; init; }

    /// <summary>The weights of this name: of a network, whose first ones in the table are meant, or with a tag.</summary>
    /// <exception cref="UsageException">There are none; the nearest name is suggested.</exception>
    public static PretrainedWeights Get(string name) => Find(name) ?? throw new UsageException(
        $"There are no known weights '{name}'.{NearestName.Suggest(name, All.Select(one => one.Name).Concat(All.Select(one => one.Network).Distinct()))}");

    /// <summary>The weights of this name; null where there are none.</summary>
    public static PretrainedWeights? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tag = name.IndexOf(':', StringComparison.Ordinal);
        var network = Architectures.Find(tag < 0 ? name : name[..tag])?.Name;
        return All.FirstOrDefault(one => one.Network == network && (tag < 0 || string.Equals(one.Tag, name[(tag + 1)..], StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>All weights of an architecture, the best known first; none where there are none.</summary>
    /// <param name="network">Its name.</param>
    public static IReadOnlyList<PretrainedWeights> Of(string network) => [.. All.Where(one => one.Network == network)];

    /// <summary>Where files of weights are looked for, in this order: folders of one's own, those of <see cref="FolderVariable"/>, and
    /// <see cref="CacheFolder"/>.</summary>
    /// <param name="own">Folders that come first.</param>
    public static IReadOnlyList<string> Folders(params ReadOnlySpan<string> own) =>
    [
        .. own,
        .. (Environment.GetEnvironmentVariable(FolderVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        CacheFolder,
    ];

    /// <summary>Where downloads are kept: <c>weights</c> in the cache folder of this library.</summary>
    public static string CacheFolder => Path.Combine(Datasets.CacheFolder, "weights");

    /// <summary>
    /// The file on this machine; null where it is not there. A file has the name of <see cref="File"/>, or another one that ends in the
    /// same digits of its sum (<c>mine-f37072fd.pth</c>). Its content is not looked at: that is done when it is fetched.
    ///</summary>
    /// <param name="folders">Where to look; <see cref="Folders"/> by default.</param>
    public string? Locate(IReadOnlyList<string>? folders = null)
    {
        foreach (var folder in (folders ?? Folders()).Where(Directory.Exists))
            if (WeightPlaces.Files(folder, file => file == File, IsIn) is [var path, ..])
                return path;
        return null;
    }

    /// <summary>
    /// The checked file on this machine: found in one of the folders, or downloaded into <see cref="CacheFolder"/>.
    ///</summary>
    /// <param name="folders">Where to look first; <see cref="Folders"/> by default.</param>
    /// <param name="mirrors">Folders on the net in place of <see cref="Mirrors"/>.</param>
    /// <param name="cache">Where it is put; <see cref="CacheFolder"/> by default.</param>
    /// <param name="options">How long the download may take, and who is told.</param>
    /// <exception cref="DataException">It is not to be had; the message says what was tried, which file to bring, and where to put it. Or
    /// what is here is another file.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public string Fetch(IReadOnlyList<string>? folders = null, IReadOnlyList<Uri>? mirrors = null, string? cache = null, DownloadOptions? options = null)
    {
        folders ??= Folders();
        cache ??= CacheFolder;
        var remote = new RemoteFile(File, Sha256, mirrors ?? Mirrors) { Bytes = Bytes };
        if (Locate(folders) is { } path)
        {
            if (Sha256.Length > 0) remote.Check(path);
            return path;
        }
        var tried = Sha256.Length == 0 ? "Nobody prints the SHA-256 of this file, so it is not downloaded: what arrives could not be checked"
            : remote.Mirrors.Count == 0 ? "No address is known" : remote.Fetch(cache, options);
        if (tried is null) return Path.Combine(cache, File);
        throw new DataException($"{Name} is not here. Looked for {File} in {string.Join(", ", folders)}. Download: {tried}. Bring the file "
            + $"{Address?.AbsoluteUri ?? $"{File} from {Page}"}, {(Sha256.Length == 0 ? "" : $"whose SHA-256 {(Sha256.Length == 64 ? "is" : "begins with")} {Sha256}, ")}and put it into {folders[^1]}, "
            + $"or into a folder that the environment variable {FolderVariable} names.");
    }

    /// <summary>Where the file is on the net; null where it must be looked for on <see cref="Page"/>.</summary>
    public Uri? Address => Mirrors.Count == 0 ? null : new Uri(Mirrors[0], File);

    /// <summary>Network, tag and file.</summary>
    public override string ToString() => $"{Name} ({File})";

    /// <summary>Whether a file is called as these weights are published, or ends in the same digits of their sum.</summary>
    internal bool IsIn(string file) =>
        file == File || (Digits is { } digits && Path.GetFileNameWithoutExtension(file).EndsWith(digits, StringComparison.Ordinal));

    /// <summary>How pictures were prepared.</summary>
    internal Preparation Preparation => Preparation.ImageNet with { Normalization = Normalization, CropShare = (double)Size / ShorterSide };

    /// <summary>What the name of the file ends in, from the dash on, where those are digits of its sum.</summary>
    private string? Digits => Path.GetFileNameWithoutExtension(File) is var name && name.LastIndexOf('-') is >= 0 and var at && Sha256.StartsWith(name[(at + 1)..], StringComparison.Ordinal)
        && name.Length - at > 8 ? name[at..] : null;
}

/// <summary>What of an entry of <see cref="PretrainedWeights"/> was seen when it was written.</summary>
public enum WeightEvidence
{
    /// <summary>Nothing: names and figures are as they are commonly given.</summary>
    None,

    /// <summary>The publisher's own listing: name of the file, digits of its sum, sizes and accuracy stand there as they stand here. The
    /// file itself was not at hand.</summary>
    Listing,

    /// <summary>The file: its sum and its bytes were computed, and its weights were loaded and judged.</summary>
    File,
}
