using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Interchange;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Everything about a run of a recipe that can be changed by name (<c>--set key=value</c>) and that is kept in <c>config.json</c>: what
/// there is besides network, data and training options, and these. Immutable; <see cref="All"/> is the list of the keys with their types
/// and ranges.
/// </summary>
public sealed record RecipeSettings
{
    private const int LongestPath = 4096;
    private static readonly string[] NetworkFiles = [".json", ".txt", ".safetensors", ".onnx"];

    /// <summary>
    /// A network in place of the recipe's own: the name of an <see cref="Zoo.Architecture"/>, or the path of a network.json, a model file, a run folder or an .onnx file; empty for the
    /// recipe's own.
    /// </summary>
    public string Network { get; init; } = "";

    /// <summary>For an .onnx file with several outputs: the name of the one that the network ends in; empty for the only one.</summary>
    public string NetworkOutput { get; init; } = "";

    /// <summary>Path of torchvision's weights for the architecture, a .pth or safetensors file; empty for fresh weights.</summary>
    public string Weights { get; init; } = "";

    /// <summary>Whether the last layer starts anew in place of that of the weights.</summary>
    public bool HasFreshHead { get; init; }

    /// <summary>How much each auxiliary head of the architecture counts in the loss; 0 for none.</summary>
    public double AuxiliaryHeads { get; init; }

    /// <summary>Whether weights that come with the network are the start of the training.</summary>
    public bool KeepsWeights { get; init; } = true;

    /// <summary>Whether the first convolution starts as the whitening of the images' patches, and stays so; see <see cref="PatchWhitening"/>.</summary>
    public bool HasWhitening { get; init; }

    /// <summary>Whether all classes count the same, however many images they have; see <see cref="ClassWeights.Balanced"/>.</summary>
    public bool BalancesClasses { get; init; }

    /// <summary>
    /// Pretrained weights that are fitted to the classes of the data: the path of a file or run; empty for a training from the start. See
    /// <see cref="Pretrained"/>.
    /// </summary>
    public string From { get; init; } = "";

    /// <summary>How pictures were prepared for them; null for what their file says.</summary>
    public Preparation? Preparation { get; init; }

    /// <summary>Name of the last layer of their body; empty for what stands before the classifier.</summary>
    public string BodyEnd { get; init; } = "";

    /// <summary>Whether only the head learns; see <see cref="FineTuningOptions.HeadOnly"/>.</summary>
    public bool HeadOnly { get; init; }

    /// <summary>Epochs in which only the head learns, before all layers do.</summary>
    public int HeadEpochs { get; init; } = new FineTuningOptions().HeadEpochs;

    /// <summary>For images with masks: rows and columns of the patches that are cut out of them; 0 for what fits, see <see
    /// cref="Masks"/>.</summary>
    public int Patch { get; init; }

    /// <summary>How the network is trained.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>On which data; those of the recipe where they have no name.</summary>
    public DataChoice Data { get; init; } = new();

    /// <summary>Side of the small images that the training begins with, in pixels; 0 for images of one size. See <see cref="ProgressiveTraining"/>.</summary>
    public int Progressive { get; init; }

    /// <summary>Part of the epochs that is trained on small images.</summary>
    public double ProgressiveShare { get; init; } = 0.75;

    /// <summary>What the learning rate is multiplied with for the images of their own size.</summary>
    public double ProgressiveRate { get; init; } = 0.5;

    /// <summary>Every setting, in the order of display and of <c>config.json</c>.</summary>
    public static IReadOnlyList<Setting<RecipeSettings>> All { get; } =
    [
        Setting<RecipeSettings>.Text("network",
            "A network in place of the recipe's own: a name of 'featuremap architectures', network.json, a .txt file of one line per "
                + "layer, model.safetensors, a run folder or an .onnx file",
            ValueKind.Described("a name or a path; empty for the recipe's own", text => text.Length == 0 ? text : NamedOrPath(text)),
                s => s.Network, (s, v) => s with { Network = v }),
        new("output", "For an .onnx file with several outputs: the name of the one that the network ends in",
            ValueKind.AnyText("a name", "the only one"), s => s.NetworkOutput, (s, v) => s with { NetworkOutput = (string)v })
        { Needs = "network=FILE.onnx", HasEffect = s => s.Network.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) },
        new("weights", "Weights of torchvision that the training starts from: a .pth file of torch.save or a safetensors file of "
            + "the state dict; pixels are then normalised as they were there",
            ValueKind.AnyText("a path", "fresh weights"), s => s.Weights,
                (s, v) => s with { Weights = v is "" ? "" : Path.GetFullPath((string)v) })
        { Needs = "network=NAME of an architecture", HasEffect = s => s.ChooseArchitecture() is not null },
        new("fresh-head", "Whether the last layer starts anew in place of that of the weights: for other classes",
            ValueKind.Flag, s => s.HasFreshHead, (s, v) => s with { HasFreshHead = (bool)v })
        { Needs = "weights=FILE", HasEffect = s => s.Weights.Length > 0 },
        new("auxiliary-heads", "How much each auxiliary head counts in the loss, 0.3 in the paper; 0 for no such heads",
            ValueKind.Real(0, 100), s => s.AuxiliaryHeads, (s, v) => s with { AuxiliaryHeads = (double)v })
        { Needs = "network=googlenet or inception-v1", HasEffect = s => s.ChooseArchitecture() is { HasAuxiliaryHeads: true } },
        new("keep-weights", "Whether weights that come with the network, and its normalisation, are the start of the training "
            + "(fine-tuning)",
            ValueKind.Flag, s => s.KeepsWeights, (s, v) => s with { KeepsWeights = (bool)v })
        { Needs = "network=PATH", HasEffect = s => s.Network.Length > 0 && s.ChooseArchitecture() is null },
        Setting<RecipeSettings>.Flag("whitening",
            "Whether the first convolution starts as the whitening of the images' patches, and stays so",
            s => s.HasWhitening, (s, v) => s with { HasWhitening = v }),
        .. OfFineTuning,
        .. TrainingOptions.Settings.Select(setting =>
            setting.Within<RecipeSettings>(s => s.Training, (s, training) => s with { Training = training })),
        new("class-weights", "How much the classes count: as much as they have images, or all the same",
            ValueKind.Choice("none", "balanced"), s => s.BalancesClasses ? "balanced" : "none",
                (s, v) => s with { BalancesClasses = v is "balanced" })
        { Needs = "loss=cross-entropy, focal or negative-log-likelihood",
            HasEffect = s => (s.Training.Loss ?? Loss.CrossEntropy()).HasClassWeights },
        .. DataChoice.Settings.Select(setting => setting.Within<RecipeSettings>(s => s.Data, (s, data) => s with { Data = data })),
        Setting<RecipeSettings>.Whole("patch", "Rows and columns of the patches that are cut out of images with masks; 0 for what fits, "
            + $"at most {Masks.UsualPatch}", s => s.Patch, (s, v) => s with { Patch = v }, 0, ImageSize.Longest),
        Setting<RecipeSettings>.Whole("progressive",
            "Side in pixels of the small images that the training begins with (progressive resizing); 0 for images of one size",
            s => s.Progressive, (s, v) => s with { Progressive = v }, 0, ImageSize.Longest),
        new("progressive-share", "Part of the epochs that is trained on small images",
            ValueKind.Real(0, 1, withLeast: false, withMost: false),
            s => s.ProgressiveShare, (s, v) => s with { ProgressiveShare = (double)v })
        { Needs = "progressive=SIDE", HasEffect = s => s.Progressive > 0 },
        new("progressive-rate", "What the learning rate is multiplied with for the images of their own size",
            ValueKind.Real(0, 1, withLeast: false),
            s => s.ProgressiveRate, (s, v) => s with { ProgressiveRate = (double)v })
        { Needs = "progressive=SIDE", HasEffect = s => s.Progressive > 0 },
    ];

    // Declared as a property: All is made before later fields are.
    private static Setting<RecipeSettings>[] OfFineTuning =>
    [
        Setting<RecipeSettings>.Text("from", "Pretrained weights that are fitted to the classes of the data: an .onnx, .pth or safetensors "
            + "file, a run, or a name such as resnet-18", ValueKind.AnyText("a path or a name", "none"),
            s => s.From, (s, v) => s with { From = v }),
        Setting<RecipeSettings>.Text("preparation", "How pictures were prepared for the pretrained weights, where their file does not say "
            + "it; mean and deviation from 0 to 255",
            ValueKind.Described("file, or imagenet, unit, signed, rgb or bgr with its numbers, such as bgr 103.06:115.9:123.15",
                text => text is "" or "file" ? "file" : $"{Preparation.Parse(text)}"),
            s => s.Preparation is { } given ? $"{given}" : "file",
            (s, v) => s with { Preparation = v == "file" ? null : Preparation.Parse(v) }).Needing("from=WEIGHTS", s => s.From.Length > 0),
        Setting<RecipeSettings>.Text("body-end", "The last layer that is kept of the pretrained network",
            ValueKind.AnyText("a layer", "the one before the classifier"), s => s.BodyEnd, (s, v) => s with { BodyEnd = v }).Needing("from=WEIGHTS", s => s.From.Length > 0),
        Setting<RecipeSettings>.Flag("head-only", "Whether only the new head learns, on features that are computed once",
            s => s.HeadOnly, (s, v) => s with { HeadOnly = v }).Needing("from=WEIGHTS", s => s.From.Length > 0),
        Setting<RecipeSettings>.Whole("head-epochs", "Epochs in which only the head learns, before all layers do",
            s => s.HeadEpochs, (s, v) => s with { HeadEpochs = v }, 0, 10_000)
            .Needing("from=WEIGHTS without head-only", s => s.From.Length > 0 && !s.HeadOnly),
    ];

    /// <summary>Settings that older files do not have: they have what they begin with here.</summary>
    internal static IReadOnlyList<string> AddedLater { get; } = ["from", "preparation", "body-end", "head-only", "head-epochs",
        "layer-rates",
        "image-folder", "file-column", "label-column", "mask-classes", "mask-ignore", "mask-colours", "patch",
        "label-separator", "label-names", "number-column", "picture-decoder"];

    /// <summary>The setting of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest is suggested.</exception>
    public static Setting<RecipeSettings> Get(string name) => Setting<RecipeSettings>.Get(All, name);

    /// <summary>The settings with one of them changed.</summary>
    /// <param name="key">A name of <see cref="All"/>, such as <c>learning-rate</c>.</param>
    /// <param name="value">The value as text, such as <c>5e-4</c>.</param>
    /// <exception cref="UsageException">There is no such setting (the nearest is suggested), or the value is not of its type or range.</exception>
    public RecipeSettings With(string key, string value) => Get(key).Apply(this, value);

    /// <summary>The training options that these settings stand for; folder, progress and the like are left to the caller.</summary>
    /// <param name="data">What is trained on; needed for <c>class-weights=balanced</c>, which counts its images.</param>
    /// <exception cref="UsageException">The data are missing, or the loss does not weigh classes.</exception>
    public TrainingOptions ToOptions(SplitData? data = null)
    {
        var options = data is null ? Training : Masks.Complete(Training, data, this);
        if (BalancesClasses && data is not null && Masks.Are(data))
            throw new UsageException("class-weights=balanced counts the images of each class, and these have masks. The usual loss for "
                + "them counts each class the same already, by Dice: leave class-weights out.");
        if (BalancesClasses && data?.Training.Targets is { AreOfWholeImage: true } said)
            throw new UsageException($"class-weights=balanced counts the images of each class, and these have {said}: leave "
                + "class-weights out. For rare labels there is loss=\"binary-cross-entropy positive-weight=5\".");
        return !BalancesClasses ? options : options with
        {
            Loss = (options.Loss ?? Loss.CrossEntropy()).WithClassWeights(ClassWeights.Balanced((data
                ?? throw new UsageException("class-weights=balanced counts the training images of each class: give the data, as in "
                    + "ToOptions(data).")).Training)),
        };
    }

    /// <summary>The pretrained weights that <see cref="From"/> names, for pictures of the size that the data get.</summary>
    /// <exception cref="DataException">They are not there, or damaged.</exception>
    /// <exception cref="UsageException">Their file does not say how pictures were prepared for them, and nobody else does.</exception>
    /// <param name="patch">For masks: what the network is to read, where the file leaves it open; it keeps its own otherwise. Null for
    /// pictures of the size of the data.</param>
    public Pretrained ChoosePretrained(ImageSize? patch = null)
    {
        var path = Path.Exists(From) ? From : WeightPlaces.Find(Architectures.Find(From)?.Name ?? From, PretrainedWeights.Folders());
        var isOpen = patch is not null && path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
            && OnnxFile.Describe(path).Inputs.Any(port => port.IsOpen);
        return Zoo.Pretrained.Open(path, Preparation, BodyEnd.Length > 0 ? BodyEnd : null,
            size: patch is null ? Data.Images.Size : isOpen ? patch : null);
    }

    /// <summary>The fine-tuning that these settings stand for.</summary>
    /// <param name="training">The training options, with folder, notices and the like.</param>
    public FineTuningOptions ToFineTuning(TrainingOptions training) => new()
    {
        HeadOnly = HeadOnly,
        HeadEpochs = HeadEpochs,
        BodyEnd = BodyEnd.Length > 0 ? BodyEnd : null,
        Training = training,
    };

    /// <summary>The architecture that <see cref="Network"/> names; null for a path and for the recipe's own.</summary>
    public Architecture? ChooseArchitecture() => Network.Length == 0 ? null : Architectures.Find(Network);

    /// <summary>The part of a data set that these settings train and validate on.</summary>
    /// <exception cref="UsageException">The data set is too small for it.</exception>
    public SplitData Choose(SplitData data) => Data.Choose(data, Training.Seed);

    /// <summary>The name of an architecture as it is listed, or a full path. A plain word that is neither is a mistyped name.</summary>
    private static string NamedOrPath(string text)
    {
        if (text.Length > LongestPath || text.Contains('\0', StringComparison.Ordinal))
            throw new UsageException($"A path has at most {LongestPath:N0} characters, and none of them is NUL.");
        if (Architectures.Find(text) is { } known) return known.Name;
        var isPlain = !text.Contains('/', StringComparison.Ordinal) && !text.Contains('\\', StringComparison.Ordinal) && !Path.Exists(text)
            && !NetworkFiles.Contains(Path.GetExtension(text).ToLowerInvariant());
        return isPlain ? Architectures.Get(text).Name : Path.GetFullPath(text);
    }
}
