namespace FeatureMap.Data;

/// <summary>
/// The data sets that can be had by name, and the way to load others by their path. A named one is looked for in the folders given (<see cref="DataOptions.Folders"/>, then the environment
/// variable <c>FEATUREMAP_DATA</c>), the user's cache, a system package's folder, and is then downloaded. Where folders are given, nothing
/// else is looked through.
/// </summary>
public static class Datasets
{
    private static readonly Uri CifarHome = new("https://www.cs.toronto.edu/~kriz/cifar.html"), CifarMirror = new("https://www.cs.toronto.edu/~kriz/");

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

    private static readonly DatasetInfo Cifar10Info = new()
    {
        Name = "cifar10",
        Title = "CIFAR-10",
        Description = "small photographs of animals and vehicles in colour; the validation part is the official test set",
        Licence = "none stated; cite Krizhevsky 2009",
        Homepage = CifarHome,
        ImageShape = new(3, 32, 32),
        ClassNames = CifarNames.Ten,
        TrainingCount = 50_000,
        ValidationCount = 10_000,
        Files = [new("cifar-10-binary.tar.gz", 170_052_171, 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd") { IsArchive = true }],
        Mirrors = [CifarMirror],
        Layout = new CifarLayout
        {
            TrainingFiles =
            [
                ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
                ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
                ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
                ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
                ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
            ],
            TestFile = ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
            LabelBytes = (1, 0),
            NamesFile = "batches.meta.txt",
            Folder = "cifar-10-batches-bin",
            Family = "cifar10",
        },
    };

    private static readonly DatasetInfo Cifar100Info = Cifar100Of(
        "cifar100", "CIFAR-100", "small photographs in colour of 100 kinds of things, 500 of each for training; the validation part is the official test set",
        CifarNames.Fine, labelAt: 1, "fine_label_names.txt");

    private static readonly DatasetInfo Cifar100CoarseInfo = Cifar100Of(
        "cifar100-coarse", "CIFAR-100 (coarse)", "the images of CIFAR-100 with its 20 coarse classes, such as fish or trees", CifarNames.Coarse, labelAt: 0, "coarse_label_names.txt");

    /// <summary>Every data set that <see cref="Get"/> knows by name.</summary>
    public static IReadOnlyList<DatasetInfo> All { get; } =
        Array.AsReadOnly([MnistInfo, FashionMnistInfo, Cifar10Info, Cifar100Info, Cifar100CoarseInfo, DigitsInfo]);

    /// <summary>MNIST: 60,000 + 10,000 handwritten digits of 1x28x28. Source: LeCun et al., Proceedings of the IEEE 86, 1998.</summary>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found and <see
    /// cref="DataOptions.AllowEmbeddedDigits"/> is off.</exception>
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

    /// <summary>CIFAR-10: 50,000 + 10,000 photographs of 3x32x32 in ten classes. Source: Krizhevsky, technical report, 2009.</summary>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public static SplitData Cifar10(DataOptions? options = null) => Load(Cifar10Info, options);

    /// <summary>CIFAR-100: 50,000 + 10,000 photographs of 3x32x32 in 100 classes, or in its 20 coarse ones. Source: Krizhevsky, technical report, 2009.</summary>
    /// <param name="options">Where to look.</param>
    /// <param name="coarse">Whether the labels are the 20 coarse ones.</param>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public static SplitData Cifar100(DataOptions? options = null, bool coarse = false) => Load(coarse ? Cifar100CoarseInfo : Cifar100Info, options);

    /// <summary>Loads a data set by its name, or by its path (see <see cref="Open"/>). A name wins over a file or folder of the same name: write ./mnist for that.</summary>
    /// <exception cref="UsageException">There is no data set of this name, and no file or folder either; the message suggests the
    /// nearest.</exception>
    /// <exception cref="DataException">A file in a folder that was given is broken, or nothing was found.</exception>
    /// <exception cref="OperationCanceledException">The loading was cancelled.</exception>
    public static SplitData Get(string nameOrPath, DataOptions? options = null) => IsPath(nameOrPath) ? Open(nameOrPath, options) : Load(Info(nameOrPath), options);

    /// <summary>
    /// Loads a data set from its place: a folder of class folders or a zip, tar or tar.gz of one (see <see cref="ClassFolders"/>), a folder of IDX files
    /// as MNIST comes in, or the binary files of CIFAR in a folder or in their archive.
    /// </summary>
    /// <exception cref="DataException">There is nothing at the path, or no data set; the message says what was expected.</exception>
    /// <exception cref="OperationCanceledException">The loading was cancelled.</exception>
    public static SplitData Open(string path, DataOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new();
        CheckPlace(path);
        return OpenFiles(path, options) with { Origin = DataOrigin.Path };
    }

    private static SplitData OpenFiles(string path, DataOptions options)
    {
        if (Directory.Exists(path))
        {
            foreach (var info in All.Where(info => info.Layout is CifarLayout))
            {
                if (info.Layout.FindComplete(path, info) is { } pieces)
                    return info.Layout.Load(new(info, pieces, options.VerifyContent, OfficialOnly: false, All), out _)!;
            }
            if (IdxLayout.Open(path, options, All) is { } found) return found;
        }
        else if (All.FirstOrDefault(info => info.Files.Any(file => !file.IsArchive && IdxLayout.IsNameOf(path, file))) is { } owner)
        {
            throw new DataException($"{path}: this is one of the {owner.Files.Count} files of {owner.Title} or a set like it. Give the "
                + $"folder that has all of them ({string.Join(", ", owner.Files.Select(file => file.Name))}).");
        }
        else if (ClassFolderPlan.IsImage(path))
        {
            throw new DataException($"{path}: this is one image. A data set has a folder of images for each class: give the folder, or an "
                + "archive, that holds these folders.");
        }
        return new ClassFolderLoad(path, options).Run(tree =>
        {
            var info = All.FirstOrDefault(info => info.Layout is CifarLayout cifar && cifar.IsIn(tree));
            return info is null ? null : ((CifarLayout)info.Layout).Load(tree, new(info, new(Path.GetFullPath(path), []), options.VerifyContent, OfficialOnly: false, All));
        });
    }

    /// <summary>
    /// Whether a text that names a data set is meant as a path: it is no known name, and it has a '/' (or the system's own separator) in it or names
    /// a file or folder that is there.
    /// </summary>
    public static bool IsPath(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        return !All.Any(info => string.Equals(info.Name, nameOrPath, StringComparison.OrdinalIgnoreCase))
            && (nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || Path.Exists(nameOrPath));
    }

    /// <summary>What is known about the data set of a name, without loading it.</summary>
    /// <exception cref="UsageException">There is no data set of this name; the message suggests the nearest.</exception>
    public static DatasetInfo Info(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(info => string.Equals(info.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw Unknown(name);
    }

    /// <summary>
    /// The folder in which the files of a data set are, as far as their names and the smallest of them tell; null where they would have to be downloaded, and
    /// for a set inside the library. Reads next to nothing.
    /// </summary>
    /// <exception cref="UsageException">There is no data set of this name.</exception>
    public static string? Locate(string name, DataOptions? options = null) => Info(name) is { Files.Count: > 0 } info
        ? new DatasetSearch(info, options ?? new(), DatasetPlaces.OfThisMachine(), All).Locate()
        : null;

    /// <summary>
    /// Whether one folder, or the subfolder of the data set's name in it, has files of a data set, as far as names and the smallest file
    /// tell: all of them, or some, which is an error when it is loaded.
    /// </summary>
    /// <exception cref="UsageException">There is no data set of this name.</exception>
    public static bool IsIn(string name, string folder) =>
        Info(name) is { Files.Count: > 0 } info && new DatasetSearch(info, new(), DatasetPlaces.OfThisMachine(), All).HasFiles(folder);

    /// <summary>Checks that something is at the place of data, before anything else is done.</summary>
    /// <exception cref="DataException">There is no file or folder, or a link leads nowhere; the message has the nearest name that there
    /// is.</exception>
    public static void CheckPlace(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (PlaceWords.Missing(path) is { } missing) throw new DataException(missing);
    }

    /// <summary>
    /// Looks for a file or folder that work needs besides a data set: in the folders given (<see cref="DataOptions.Folders"/>), then in
    /// those of the environment variable <c>FEATUREMAP_DATA</c>, and in the folders in them. A place may also be the file itself.
    /// </summary>
    /// <param name="name">Its name, such as <c>T91.zip</c>.</param>
    /// <param name="options">Where to look; nothing but its folders counts.</param>
    public static FileSearch FindFile(string name, DataOptions? options = null) =>
        FileSearch.Of(name, options?.Folders ?? [], DatasetPlaces.OfThisMachine());

    /// <summary>The folder of this machine into which downloads go; it need not exist yet.</summary>
    public static string CacheFolder => DatasetPlaces.OfThisMachine().CacheFolder;

    // A name that is near is meant before a file that is near.
    private static UsageException Unknown(string name)
    {
        var known = NearestName.Suggest(name, All.Select(info => info.Name));
        return new(known.StartsWith(" Did", StringComparison.Ordinal) || PlaceWords.Nearest(name) is not { Length: > 0 } place ? $"There is no data set '{name}'.{known}"
            : $"There is no data set '{name}', and no file or folder of this name.{place}");
    }

    private static SplitData Load(DatasetInfo info, DataOptions? options) => info.Files.Count == 0
        ? Digits()
        : new DatasetSearch(info, options ?? new(), DatasetPlaces.OfThisMachine(), All).Find();

    private static DatasetInfo Cifar100Of(string name, string title, string description, IReadOnlyList<string> classNames, int labelAt, string namesFile) => new()
    {
        Name = name,
        Title = title,
        Description = description,
        Licence = Cifar10Info.Licence,
        Homepage = CifarHome,
        ImageShape = new(3, 32, 32),
        ClassNames = classNames,
        TrainingCount = 50_000,
        ValidationCount = 10_000,
        Files = [new("cifar-100-binary.tar.gz", 168_513_733, 168_513_733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec") { IsArchive = true }],
        Mirrors = [CifarMirror],
        Layout = new CifarLayout
        {
            TrainingFiles = [("train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29")],
            TestFile = ("test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
            LabelBytes = (2, labelAt),
            NamesFile = namesFile,
            Folder = "cifar-100-binary",
            Family = "cifar100",
        },
    };
}
