using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>The closed list of settings.</summary>
internal static class SettingList
{
    private const ulong Million = 1_000_000, Most = 1_000_000_000;
    private static readonly string[] Optimizers = ["sgd", "adam", "adamw", "rmsprop", "lion"],
        Schedules = ["one-cycle", "cosine", "step", "constant", "linear", "exponential", "cyclic", "cyclic2", "cyclic-exponential", "cosine-restarts", "plateau"],
        Losses = ["cross-entropy", "focal", "binary-cross-entropy", "binary-focal", "hinge", "squared-hinge", "mse", "l1", "huber"],
        ClassWeightings = ["none", "balanced"],
        Normalizations = ["dataset", "none", "raw"];
    private static readonly string[] Colours = ["keep", "gray", "colour"], Unreadables = ["fail", "skip"];

    /// <summary>Settings that the configuration of a run may lack: they came later, and the run was made with their default.</summary>
    public static IReadOnlySet<string> AddedLater { get; } = new HashSet<string>
    {
        "smoothing", "l1", "clip-norm", "clip-value", "accumulate", "average-decay", "stop-patience", "cycle-steps", "cycle-factor", "patience", "augmentation", "mix", "network", "keep-weights",
        "loss", "focal-gamma", "class-weights", "data", "image-size", "image-colours", "unreadable", "validation-split", "split-seed",
        "progressive", "progressive-share", "progressive-rate", "weights", "fresh-head", "auxiliary-heads", "whitening", "output",
    };

    public static IReadOnlyList<RecipeSetting> All { get; } =
    [
        new("network", "A network in place of the recipe's own: a name of 'featuremap architectures', network.json, model.safetensors, a run folder or an .onnx file",
            new SettingType.Description("a name or a path; empty for the recipe's own", NamedOrPath), s => s.Network, (s, v) => s with { Network = (string)v }),
        new("output", "For an .onnx file with several outputs: the name of the one that the network ends in",
            new SettingType.Words("a name", "the only one"), s => s.NetworkOutput, (s, v) => s with { NetworkOutput = (string)v })
        { Needs = "network=FILE.onnx", Applies = s => s.Network.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) },
        new("weights", "Weights of torchvision that the training starts from: a safetensors file of the state dict; pixels are then normalised as they were there",
            new SettingType.Words("a path", "fresh weights"), s => s.Weights, (s, v) => s with { Weights = ((string)v).Length == 0 ? "" : Path.GetFullPath((string)v) })
        { Needs = "network=NAME of an architecture", Applies = s => s.ChooseArchitecture() is not null },
        new("fresh-head", "Whether the last layer starts anew in place of that of the weights: for other classes",
            new SettingType.Flag(), s => s.HasFreshHead, (s, v) => s with { HasFreshHead = (bool)v })
        { Needs = "weights=FILE", Applies = s => s.Weights.Length > 0 },
        Real("auxiliary-heads", "How much each auxiliary head counts in the loss, 0.3 in the paper; 0 for no such heads", new(0, 100), s => s.AuxiliaryHeads, (s, v) => s with { AuxiliaryHeads = v },
            "network=googlenet or inception-v1", s => s.ChooseArchitecture() is { HasAuxiliaryHeads: true }),
        new("keep-weights", "Whether weights that come with the network, and its normalisation, are the start of the training (fine-tuning)",
            new SettingType.Flag(), s => s.KeepsWeights, (s, v) => s with { KeepsWeights = (bool)v })
        { Needs = "network=PATH", Applies = s => s.Network.Length > 0 && s.ChooseArchitecture() is null },
        new("whitening", "Whether the first convolution starts as the whitening of the images' patches, and stays so",
            new SettingType.Flag(), s => s.HasWhitening, (s, v) => s with { HasWhitening = (bool)v }),
        Whole("epochs", "Passes over the training images", 1, Million, s => (ulong)s.Epochs, (s, v) => s with { Epochs = (int)v }),
        Whole("batch-size", "Images per step; multiples of 16 use every SIMD lane", 1, Million, s => (ulong)s.BatchSize, (s, v) => s with { BatchSize = (int)v }),
        Whole("seed", "Decides initial weights, order, augmentation and dropout: same seed, same bits", 0, ulong.MaxValue, s => s.Seed, (s, v) => s with { Seed = v }),
        new("threads", "Threads to use; 0 means one per logical processor. The result does not depend on it",
            new SettingType.Whole(0, 1024), s => (ulong)s.Threads, (s, v) => s with { Threads = (int)(ulong)v })
        { ChangesResult = false },

        new("optimizer", "How the weights are changed",
            new SettingType.Choice(Optimizers), s => Optimizers[(int)s.Optimizer], (s, v) => s with { Optimizer = (OptimizerKind)Array.IndexOf(Optimizers, v) }),
        Real("momentum", "How much of the last direction is kept", new(0, 1, withMost: false), s => s.Momentum, (s, v) => s with { Momentum = v }, "optimizer=sgd or rmsprop", s => s.Optimizer is OptimizerKind.Sgd or OptimizerKind.RmsProp),
        new("nesterov", "Whether to look ahead along the momentum", new SettingType.Flag(), s => s.Nesterov, (s, v) => s with { Nesterov = (bool)v })
        { Needs = "optimizer=sgd", Applies = s => s.Optimizer == OptimizerKind.Sgd },
        Real("smoothing", "RMSProp's memory of the average squared gradient", new(0, 1, withMost: false), s => s.Smoothing, (s, v) => s with { Smoothing = v }, "optimizer=rmsprop", s => s.Optimizer == OptimizerKind.RmsProp),
        Real("beta1", "Memory of the average gradient", new(0, 1, withMost: false), s => s.Beta1, (s, v) => s with { Beta1 = v }, "optimizer=adam, adamw or lion", HasBetas),
        Real("beta2", "Memory of the average squared gradient", new(0, 1, withMost: false), s => s.Beta2, (s, v) => s with { Beta2 = v }, "optimizer=adam, adamw or lion", HasBetas),
        Real("epsilon", "Added to the root of the average squared gradient", new(0, 1, withLeast: false, withMost: false), s => s.Epsilon, (s, v) => s with { Epsilon = v },
            "optimizer=adam, adamw or rmsprop", s => s.Optimizer is OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.RmsProp),
        Real("weight-decay", "How strongly weights are pulled towards 0", new(0, 1, withMost: false), s => s.WeightDecay, (s, v) => s with { WeightDecay = v }),
        Real("l1", "A constant pull of weights towards exactly 0", new(0, 1, withMost: false), s => s.L1, (s, v) => s with { L1 = v }),
        Real("clip-norm", "Longest gradient of all weights together; 0 for no limit", new(0, Most), s => s.ClipNorm, (s, v) => s with { ClipNorm = v }),
        Real("clip-value", "Largest number of a gradient; 0 for no limit", new(0, Most), s => s.ClipValue, (s, v) => s with { ClipValue = v }),
        Whole("accumulate", "Batches whose gradients are averaged into one step", 1, 100_000, s => (ulong)s.Accumulate, (s, v) => s with { Accumulate = (int)v }),
        Real("average-decay", "Decay of the running average of the weights (EMA) that is validated and kept; 0 for none", new(0, 1, withMost: false), s => s.AverageDecay, (s, v) => s with { AverageDecay = v }),
        Whole("stop-patience", "Epochs without a lower validation loss before the training ends early; 0 for never", 0, Million, s => (ulong)s.StopPatience, (s, v) => s with { StopPatience = (int)v }),

        new("schedule", "How the learning rate changes over time",
            new SettingType.Choice(Schedules), s => Schedules[(int)s.Schedule], (s, v) => s with { Schedule = (ScheduleKind)Array.IndexOf(Schedules, v) }),
        Real("learning-rate", "The highest rate of one-cycle, the first rate of the other schedules", new(0, 1000, withLeast: false), s => s.LearningRate,
            (s, v) => s with { LearningRate = v }),
        Real("final-learning-rate", "The rate of the last step, or the lowest rate", new(0, 1000), s => s.FinalLearningRate, (s, v) => s with { FinalLearningRate = v },
            "schedule=cosine, linear, plateau or a cyclic one", s => s.Schedule is ScheduleKind.Cosine or ScheduleKind.Linear or ScheduleKind.Plateau || IsCyclic(s)),
        new("warm-up-steps", "Steps over which the rate rises from 0",
            new SettingType.Whole(0, Most), s => (ulong)s.WarmUpSteps, (s, v) => s with { WarmUpSteps = (long)(ulong)v })
        { Needs = "a schedule other than one-cycle and the cyclic ones", Applies = s => !IsOneCycle(s) && (!IsCyclic(s) || s.Schedule == ScheduleKind.CosineRestarts) },
        Real("warm-up-fraction", "Part of the training in which the rate rises", new(0, 1), s => s.WarmUpFraction, (s, v) => s with { WarmUpFraction = v },
            "schedule=one-cycle", IsOneCycle),
        Real("start-divisor", "The first rate is the highest divided by this", new(0, Most, withLeast: false), s => s.StartDivisor, (s, v) => s with { StartDivisor = v },
            "schedule=one-cycle", IsOneCycle),
        Real("end-divisor", "The last rate is the first divided by this", new(0, Most, withLeast: false), s => s.EndDivisor, (s, v) => s with { EndDivisor = v },
            "schedule=one-cycle", IsOneCycle),
        new("step-epochs", "Epochs between two falls of the rate",
            new SettingType.Whole(1, Million), s => (ulong)s.StepEpochs, (s, v) => s with { StepEpochs = (int)(ulong)v })
        { Needs = "schedule=step", Applies = IsStep },
        Real("step-factor", "What the rate is multiplied with at each fall", new(0, 1), s => s.StepFactor, (s, v) => s with { StepFactor = v },
            "schedule=step, exponential, cyclic-exponential or plateau", s => IsStep(s) || s.Schedule is ScheduleKind.Exponential or ScheduleKind.CyclicExponential or ScheduleKind.Plateau),
        new("cycle-steps", "Steps of half a cycle, or of the first cycle of cosine-restarts",
            new SettingType.Whole(1, Most), s => (ulong)s.CycleSteps, (s, v) => s with { CycleSteps = (long)(ulong)v })
        { Needs = "a cyclic schedule or cosine-restarts", Applies = IsCyclic },
        new("cycle-factor", "How many times longer each cycle is than the one before",
            new SettingType.Whole(1, 1000), s => (ulong)s.CycleFactor, (s, v) => s with { CycleFactor = (int)(ulong)v })
        { Needs = "schedule=cosine-restarts", Applies = s => s.Schedule == ScheduleKind.CosineRestarts },
        new("patience", "Epochs without improvement before the rate falls",
            new SettingType.Whole(0, Million), s => (ulong)s.Patience, (s, v) => s with { Patience = (int)(ulong)v })
        { Needs = "schedule=plateau", Applies = s => s.Schedule == ScheduleKind.Plateau },

        new("loss", "What is made small",
            new SettingType.Choice(Losses), s => Losses[(int)s.Loss], (s, v) => s with { Loss = (LossKind)Array.IndexOf(Losses, v) }),
        Real("focal-gamma", "How much the focal loss ignores what is already right; 0 for not at all", new(0, 100), s => s.FocalGamma, (s, v) => s with { FocalGamma = v },
            "loss=focal or binary-focal", s => s.Loss is LossKind.Focal or LossKind.BinaryFocal),
        new("class-weights", "How much the classes count: as much as they have images, or all the same",
            new SettingType.Choice(ClassWeightings), s => ClassWeightings[(int)s.ClassWeights], (s, v) => s with { ClassWeights = (ClassWeighting)Array.IndexOf(ClassWeightings, v) })
        { Needs = "loss=cross-entropy or focal", Applies = s => s.Loss is LossKind.CrossEntropy or LossKind.Focal },
        Real("label-smoothing", "Part of the target that is spread over all classes", new(0, 1, withMost: false), s => s.LabelSmoothing, (s, v) => s with { LabelSmoothing = v },
            "loss=cross-entropy or binary-cross-entropy", s => s.Loss is LossKind.CrossEntropy or LossKind.BinaryCrossEntropy),
        new("augmentation", "What is done with training images, in place of shift, rotation, zoom, shear and mirror",
            new SettingType.Description("a description such as crop 4, flip (the words: 'featuremap data augmentations'), or empty", text => Augmentation.Parse(text).ToString()), s => s.Augmentation, (s, v) => s with { Augmentation = (string)v }),
        Real("shift", "Greatest random shift of a training image, in pixels", new(0, 10_000), s => s.Shift, (s, v) => s with { Shift = v }, NoDescription, HasNoDescription),
        Real("rotation", "Greatest random turn either way, in degrees", new(0, 180), s => s.Rotation, (s, v) => s with { Rotation = v }, NoDescription, HasNoDescription),
        Real("zoom", "Greatest random change of size; 0.1 means 90 % to 110 %", new(0, 0.9), s => s.Zoom, (s, v) => s with { Zoom = v }, NoDescription, HasNoDescription),
        Real("shear", "Greatest random slant of vertical lines, in degrees", new(0, 60), s => s.Shear, (s, v) => s with { Shear = v }, NoDescription, HasNoDescription),
        Real("mirror", "Probability that left and right are exchanged", new(0, 1), s => s.Mirror, (s, v) => s with { Mirror = v }, NoDescription, HasNoDescription),
        new("mix", "How images and their labels are mixed with others of the batch",
            new SettingType.Description("a description such as mixup 0.2, cutmix or choose (mixup 0.2 | cutmix), or empty", text => LabelMix.Parse(text).ToString()), s => s.Mix, (s, v) => s with { Mix = (string)v }),
        new("normalization", "How pixels become numbers: mean 0 and deviation 1 over the data set, only divided by 255, or raw (0 to 255)",
            new SettingType.Choice(Normalizations), s => Normalizations[(int)s.Normalization], (s, v) => s with { Normalization = (NormalizationKind)Array.IndexOf(Normalizations, v) }),

        new("data", "The data set in place of the recipe's own: a name of 'featuremap data list', or the path of a folder or archive",
            new SettingType.Words("a name or a path", "the recipe's own"), s => s.Data, (s, v) => s with { Data = (string)v }),
        new("image-size", "Size that image files are scaled to, as 32 or HEIGHTxWIDTH",
            new SettingType.Size(), s => s.ImageSize ?? SettingType.Size.Keep, (s, v) => s with { ImageSize = (ImageSize)v == SettingType.Size.Keep ? null : (ImageSize)v })
        { Needs = ImageFiles, Applies = HasImageFiles },
        new("image-colours", "What becomes of the colours of image files",
            new SettingType.Choice(Colours), s => Colours[(int)s.ImageColours], (s, v) => s with { ImageColours = (ImageColours)Array.IndexOf(Colours, v) })
        { Needs = ImageFiles, Applies = HasImageFiles },
        new("unreadable", "What happens when an image file cannot be read: an error, or it is left out",
            new SettingType.Choice(Unreadables), s => Unreadables[(int)s.Unreadable], (s, v) => s with { Unreadable = (UnreadableImages)Array.IndexOf(Unreadables, v) })
        { Needs = ImageFiles, Applies = HasImageFiles },
        new("validation-split", "Part of each class kept apart for validation where the data have one part only",
            new SettingType.Real(0, 1, withLeast: false, withMost: false), s => s.ValidationSplit, (s, v) => s with { ValidationSplit = (double)v })
        { Needs = ImageFiles, Applies = HasImageFiles },
        new("split-seed", "Chooses the images that are kept apart; the seed of the training does not change them",
            new SettingType.Whole(0, ulong.MaxValue), s => s.SplitSeed, (s, v) => s with { SplitSeed = (ulong)v })
        { Needs = ImageFiles, Applies = HasImageFiles },
        Real("hold-out", "Part of the training images used for validation in place of the official set; 0 for the official set", new(0, 0.9), s => s.HoldOut, (s, v) => s with { HoldOut = v }),
        Whole("training-images", "How many training images are used, for quick trials; 0 for all", 0, Most, s => (ulong)s.TrainingImages, (s, v) => s with { TrainingImages = (int)v }),
        Whole("progressive", "Side in pixels of the small images that the training begins with (progressive resizing); 0 for images of one size", 0, ImageSize.Longest, s => (ulong)s.Progressive, (s, v) => s with { Progressive = (int)v }),
        Real("progressive-share", "Part of the epochs that is trained on small images", new(0, 1, withLeast: false, withMost: false), s => s.ProgressiveShare, (s, v) => s with { ProgressiveShare = v },
            "progressive=SIDE", s => s.Progressive > 0),
        Real("progressive-rate", "What the learning rate is multiplied with for the images of their own size", new(0, 1, withLeast: false), s => s.ProgressiveRate, (s, v) => s with { ProgressiveRate = v },
            "progressive=SIDE", s => s.Progressive > 0),
        new("checkpoint-seconds", "Seconds between two checkpoints inside an epoch",
            new SettingType.Real(0, 86_400), s => s.CheckpointSeconds, (s, v) => s with { CheckpointSeconds = (double)v })
        { ChangesResult = false },
        new("log-every-steps", "Steps between two step rows in log.jsonl",
            new SettingType.Whole(1, Million), s => (ulong)s.LogEverySteps, (s, v) => s with { LogEverySteps = (int)(ulong)v })
        { ChangesResult = false },
    ];

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

    private const int LongestPath = 4096;

    private static readonly string[] NetworkFiles = [".json", ".safetensors", ".onnx"];

    private const string ImageFiles = "data=PATH of image files";

    private static bool HasImageFiles(RecipeSettings settings) => settings.Data.Length > 0 && Datasets.IsPath(settings.Data);

    private static bool HasBetas(RecipeSettings settings) => settings.Optimizer is OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.Lion;

    private static bool IsOneCycle(RecipeSettings settings) => settings.Schedule == ScheduleKind.OneCycle;

    private static bool IsCyclic(RecipeSettings settings) =>
        settings.Schedule is ScheduleKind.Cyclic or ScheduleKind.Cyclic2 or ScheduleKind.CyclicExponential or ScheduleKind.CosineRestarts;

    private static bool IsStep(RecipeSettings settings) => settings.Schedule == ScheduleKind.Step;

    private const string NoDescription = "an empty augmentation";

    private static bool HasNoDescription(RecipeSettings settings) => settings.Augmentation.Length == 0;

    private static RecipeSetting Whole(
        string name, string description, ulong least, ulong most, Func<RecipeSettings, ulong> read, Func<RecipeSettings, ulong, RecipeSettings> write) =>
        new(name, description, new SettingType.Whole(least, most), s => read(s), (s, v) => write(s, (ulong)v));

    private static RecipeSetting Real(
        string name, string description, SettingType.Real type, Func<RecipeSettings, double> read, Func<RecipeSettings, double, RecipeSettings> write,
        string? needs = null, Func<RecipeSettings, bool>? applies = null) =>
        new(name, description, type, s => read(s), (s, v) => write(s, (double)v)) { Needs = needs, Applies = applies ?? (_ => true) };
}
