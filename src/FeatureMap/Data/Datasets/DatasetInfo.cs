namespace FeatureMap.Data;

/// <summary>What is known about a data set before it is loaded.</summary>
public sealed record DatasetInfo
{
    /// <summary>The name that <see cref="Datasets.Get"/> takes, such as <c>fashion-mnist</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name as people write it, such as <c>Fashion-MNIST</c>.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence on what the images show.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of the data, not of this library.</summary>
    public required string Licence { get; init; }

    /// <summary>Where the data set is described.</summary>
    public required Uri Homepage { get; init; }

    /// <summary>Channels x height x width of every image.</summary>
    public required Shape ImageShape { get; init; }

    /// <summary>The name of each class, by label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Number of training images.</summary>
    public required int TrainingCount { get; init; }

    /// <summary>Number of validation images (the official test set, where there is one).</summary>
    public required int ValidationCount { get; init; }

    /// <summary>
    /// The files it comes in: training images, training labels, validation images, validation labels; or one archive. Empty for a set inside the library.
    /// </summary>
    public IReadOnlyList<DatasetFile> Files { get; init; } = [];

    /// <summary>Where the files are downloaded from, in this order.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    /// <summary>Bytes to download for the whole set; 0 for a set inside the library.</summary>
    public long DownloadBytes => Files.Sum(file => file.DownloadBytes);

    /// <summary>How the files are named and read.</summary>
    internal DatasetLayout Layout { get; init; } = IdxLayout.Instance;
}

/// <summary>One file of a data set.</summary>
/// <param name="Name">Name on the mirrors, such as <c>train-images-idx3-ubyte.gz</c>.</param>
/// <param name="DownloadBytes">Size of the download, for display.</param>
/// <param name="Bytes">Size of the content: unpacked from gzip, or of the file as it is for an archive.</param>
/// <param name="Sha256">SHA-256 of the content, in lower-case hexadecimal digits.</param>
public sealed record DatasetFile(string Name, long DownloadBytes, long Bytes, string Sha256)
{
    /// <summary>Whether it is an archive that is kept and checked as it was published, not by its unpacked content.</summary>
    public bool IsArchive { get; init; }
}
