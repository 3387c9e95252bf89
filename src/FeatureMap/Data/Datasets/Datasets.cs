namespace FeatureMap.Data;

/// <summary>
/// The data sets that can be had by name. Each is looked for in the folders given (<see cref="DataOptions.Folders"/>, then the environment
/// variable <c>FEATUREMAP_DATA</c>), the user's cache, a system package's folder, and is then downloaded. Where all of that fails for MNIST,
/// the embedded digits stand in and <see cref="SplitData.Notice"/> says so.
/// </summary>
public static class Datasets
{
    private static readonly string[] DigitNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    private static readonly DatasetInfo MnistInfo = new()
    {
        Name = "mnist",
        Title = "MNIST",
        Description = "handwritten digits, gray, white on black, centred; the validation part is the official test set",
        Licence = "CC BY-SA 3.0 as commonly stated (LeCun, Cortes, Burges)",
        Homepage = new("http://yann.lecun.com/exdb/mnist/"),
        ImageShape = new(1, 28, 28),
        ClassNames = DigitNames,
        TrainingCount = 60_000,
        ValidationCount = 10_000,
        Files =
        [
            new("train-images-idx3-ubyte.gz", 9_912_422, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            new("train-labels-idx1-ubyte.gz", 28_881, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            new("t10k-images-idx3-ubyte.gz", 1_648_877, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            new("t10k-labels-idx1-ubyte.gz", 4_542, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ],
        Mirrors = [new("https://storage.googleapis.com/cvdf-datasets/mnist/"), new("https://ossci-datasets.s3.amazonaws.com/mnist/")],
    };

    private static readonly DatasetInfo FashionMnistInfo = new()
    {
        Name = "fashion-mnist",
        Title = "Fashion-MNIST",
        Description = "articles of clothing, gray, light on black; the same sizes as MNIST, but harder; the validation part is the official test set",
        Licence = "MIT (Zalando SE)",
        Homepage = new("https://github.com/zalandoresearch/fashion-mnist"),
        ImageShape = new(1, 28, 28),
        ClassNames = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        TrainingCount = 60_000,
        ValidationCount = 10_000,
        Files =
        [
            new("train-images-idx3-ubyte.gz", 26_421_880, 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            new("train-labels-idx1-ubyte.gz", 29_515, 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            new("t10k-images-idx3-ubyte.gz", 4_422_102, 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            new("t10k-labels-idx1-ubyte.gz", 5_148, 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ],
        Mirrors =
        [
            new("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
            new("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        ],
    };

    private static readonly DatasetInfo DigitsInfo = new()
    {
        Name = "digits",
        Title = "Handwritten digits",
        Description = "5,000 handwritten digits inside the library, gray, white on black; drawn from the MNIST family, so not to be mixed with it",
        Licence = "Apache-2.0 (sample data of OpenCV)",
        Homepage = new("https://github.com/opencv/opencv"),
        ImageShape = new(1, 28, 28),
        ClassNames = DigitNames,
        TrainingCount = 4_000,
        ValidationCount = 1_000,
    };

    /// <summary>Every data set that <see cref="Get"/> knows.</summary>
    public static IReadOnlyList<DatasetInfo> All { get; } = Array.AsReadOnly([MnistInfo, FashionMnistInfo, DigitsInfo]);

    /// <summary>MNIST: 60,000 + 10,000 handwritten digits of 1x28x28. Source: LeCun et al., Proceedings of the IEEE 86, 1998.</summary>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found and the embedded digits are not allowed.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public static SplitData Mnist(DataOptions? options = null) => Load(MnistInfo, options);

    /// <summary>Fashion-MNIST: 60,000 + 10,000 articles of clothing of 1x28x28. Source: Xiao, Rasul, Vollgraf, arXiv 1708.07747.</summary>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public static SplitData FashionMnist(DataOptions? options = null) => Load(FashionMnistInfo, options);

    /// <summary>
    /// The 4,000 + 1,000 handwritten digits inside the library, 20x20 in the middle of 28x28, so that networks for MNIST fit. Of the 500 digits
    /// of each class the last 100 in file order are for validation. The classes take turns (image i shows digit i mod 10), so
    /// <see cref="ImageSet.Take"/> stays balanced. Source: OpenCV sample data, samples/data/digits.png.
    /// </summary>
    public static SplitData Digits() => EmbeddedDigits.Load();

    /// <summary>Loads a data set by its name.</summary>
    /// <exception cref="UsageException">There is no data set of this name; the message suggests the nearest.</exception>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public static SplitData Get(string name, DataOptions? options = null) => Load(Info(name), options);

    /// <summary>What is known about the data set of a name, without loading it.</summary>
    /// <exception cref="UsageException">There is no data set of this name; the message suggests the nearest.</exception>
    public static DatasetInfo Info(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(info => string.Equals(info.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UsageException($"There is no data set '{name}'.{NearestName.Suggest(name, All.Select(info => info.Name))}");
    }

    /// <summary>
    /// The folder in which the files of a data set are, as far as their names and the smallest of them tell; null where they would have to be downloaded, and
    /// for a set inside the library. Reads next to nothing.
    /// </summary>
    /// <exception cref="UsageException">There is no data set of this name.</exception>
    public static string? Locate(string name, DataOptions? options = null) => Info(name) is { Files.Count: > 0 } info
        ? new DatasetSearch(info, options ?? new(), DatasetPlaces.OfThisMachine(), All).Locate()
        : null;

    /// <summary>The folder of this machine into which downloads go; it need not exist yet.</summary>
    public static string CacheFolder => DatasetPlaces.OfThisMachine().CacheFolder;

    private static SplitData Load(DatasetInfo info, DataOptions? options) => info.Files.Count == 0
        ? Digits()
        : new DatasetSearch(info, options ?? new(), DatasetPlaces.OfThisMachine(), All).Find();
}
