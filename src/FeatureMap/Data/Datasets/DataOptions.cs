namespace FeatureMap.Data;

/// <summary>Where data sets may come from, and how long a download may take. The defaults suit a person at a terminal.</summary>
public sealed record DataOptions
{
    /// <summary>
    /// Folders in which the files of a named set must be: in the subfolder of the data set's name or directly, as <c>.gz</c> or unpacked.
    /// Where none of them has the files, that is an error that says what was found; nothing else is used in their place. Without any, the
    /// folders of the environment variable <c>FEATUREMAP_DATA</c>, separated as in PATH, are looked through (one without the files is
    /// passed over and named in the notice), then the cache and the system's folders. A broken file in a folder that was named in either
    /// way is an error.
    /// </summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Whether a missing data set may be downloaded from its official mirrors into <see cref="CacheFolder"/>.</summary>
    public bool AllowDownload { get; init; } = true;

    /// <summary>
    /// Whether the embedded digits may stand in for MNIST when it is nowhere to be had and no folder was named; <see
    /// cref="SplitData.Notice"/> says so then. For where nobody asked for MNIST, as with the usual data of a recipe.
    /// </summary>
    public bool AllowEmbeddedDigits { get; init; }

    /// <summary>
    /// Whether files must be the official ones where their size says that they claim to be (by SHA-256). Set it to false for another set in
    /// files of the same name and size. Downloads are always verified.
    /// </summary>
    public bool VerifyContent { get; init; } = true;

    /// <summary>
    /// Where downloads are kept, in a folder per data set; null for the user's cache folder (<c>XDG_CACHE_HOME</c>, or the system's own place)
    /// and <c>featuremap</c> in it.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Addresses to download from in place of the official ones; each is a folder with the files in it. Null for the official mirrors.</summary>
    public IReadOnlyList<Uri>? Mirrors { get; init; }

    /// <summary>How image files become a data set, where one of class folders is loaded.</summary>
    public ClassFolderOptions Images { get; init; } = new();

    /// <summary>Whether the decoded images of class folders are kept in the cache, so that the next load need not decode them again.</summary>
    public bool KeepDecoded { get; init; } = true;

    /// <summary>Decoded images of more bytes than these are read from the cache as they are used.</summary>
    public long MostResidentBytes { get; init; } = 1L << 30;

    /// <summary>Of more bytes than these, they are decoded each time, if nobody chose.</summary>
    internal long MostDiskBytes { get; init; } = 8L << 30;

    /// <summary>Told how far the decoding of image files is, from threads of the pool.</summary>
    public IProgress<DecodeProgress>? Decoding { get; init; }

    /// <summary>Told about every file that is downloaded, from a thread of the pool.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>How long the first mirror may take to answer; when it does not, the others get half of it each, so that work offline starts soon.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a transfer may stand still before it is taken up again.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the download of a data set may take in all.</summary>
    public TimeSpan DownloadTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Stops a download, whose files so far are kept and taken up by the next one, or the decoding of images.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>How far the decoding of image files is.</summary>
/// <param name="Source">The folder or archive.</param>
/// <param name="Images">Images decoded so far.</param>
/// <param name="Total">Images to decode.</param>
public readonly record struct DecodeProgress(string Source, int Images, int Total);
