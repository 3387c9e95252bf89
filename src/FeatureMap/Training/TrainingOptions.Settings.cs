using FeatureMap.Data;
using FeatureMap.Descriptions;

namespace FeatureMap.Training;

// The options as a document: what decides a training, by name.
public sealed partial record TrainingOptions
{
    private const int Million = 1_000_000;
    private const double Billion = 1e9;
    private static readonly ValueKind Limit = ValueKind.Real(0, Billion);

    private static readonly Vocabulary<Metric> Metrics = new(
        "metric", new Word<Metric,
            Metric>("accuracy", "the share of images whose highest score is that of their class", Metric.Accuracy, metric => metric,
            metric => metric == Metric.Accuracy ? metric : null));

    /// <summary>
    /// Everything that decides a training, by name, in the order of display and of <c>config.json</c>; and short ways to numbers in it,
    /// such as
    /// <c>learning-rate</c> (<see cref="Setting{T}.IsPart"/>).
    /// </summary>
    public static IReadOnlyList<Setting<TrainingOptions>> Settings { get; } =
    [
        Whole("epochs", "Passes over the training images", o => o.Epochs, (o, v) => o with { Epochs = v }, 1, Million),
        Whole("batch-size", "Images per step; multiples of 16 use every SIMD lane", o => o.BatchSize, (o, v) => o with { BatchSize = v }, 1,
            Million),
        Whole("seed", "Decides initial weights, order, augmentation and dropout: same seed, same bits", o => o.Seed,
            (o, v) => o with { Seed = v }, 0UL, ulong.MaxValue),
        Setting<TrainingOptions>.Whole(
            "threads", "Threads to use; 0 means one per logical processor. The result does not depend on it", o => o.Threads,
                (o, v) => o with { Threads = v }, 0, 1024).WithoutResult(),

        Optimizer.Known.Setting<TrainingOptions>("optimizer", "How the weights are changed", "sgd 0.9 nesterov", o => o.Optimizer,
            (o, v) => o with { Optimizer = v! }),
        OfOptimizer("momentum", "How much of the last direction is kept"),
        OfOptimizer("nesterov", "Whether to look ahead along the momentum"),
        OfOptimizer("smoothing", "RMSProp's memory of the average squared gradient"),
        OfOptimizer("beta1", "Memory of the average gradient"),
        OfOptimizer("beta2", "Memory of the average squared gradient"),
        OfOptimizer("epsilon", "Added to the root of the average squared gradient"),
        OfOptimizer("weight-decay", "How strongly weights are pulled towards 0"),
        Real("l1", "A constant pull of weights towards exactly 0", o => o.L1Decay, (o, v) => o with { L1Decay = v },
            ValueKind.PartBelowOne),
        Real("clip-norm", "Longest gradient of all weights together; 0 for no limit", o => o.ClipGradientNorm,
            (o, v) => o with { ClipGradientNorm = v }, Limit),
        Real("clip-value", "Largest number of a gradient; 0 for no limit", o => o.ClipGradientValue,
            (o, v) => o with { ClipGradientValue = v }, Limit),
        Whole("accumulate", "Batches whose gradients are averaged into one step", o => o.AccumulatedBatches,
            (o, v) => o with { AccumulatedBatches = v }, 1, 100_000),
        WeightAveraging.Known.Setting<TrainingOptions>(
            "averaging", "The running average of the weights (EMA) that is validated and kept", "ema 0.999", o => o.Averaging,
                (o, v) => o with { Averaging = v }, "none"),
        EarlyStopping.Known.Setting<TrainingOptions>(
            "early-stopping", "When the training ends before its last epoch", "patience 5", o => o.EarlyStopping,
                (o, v) => o with { EarlyStopping = v }, "none"),

        Schedule.Known.Setting<TrainingOptions>(
            "schedule", "How the learning rate changes over time; without a rate it is the one before", "one-cycle 0.1 warm-up=0.2",
                o => o.Schedule,
            (o, v) => o with { Schedule = v! }, basis: new ConstantRate(0.1)),
        OfSchedule("learning-rate", "The highest rate of one-cycle and cyclic, the first rate of the other schedules", "rate"),
        OfSchedule("final-learning-rate", "The rate of the last step, or the lowest rate", "end"),
        OfSchedule("warm-up-steps", "Steps over which the rate rises from 0"),
        OfSchedule("warm-up-fraction", "Part of the training in which the rate rises", "warm-up"),
        OfSchedule("start-divisor", "The first rate is the highest divided by this"),
        OfSchedule("end-divisor", "The last rate is the first divided by this"),
        OfSchedule("step-epochs", "Epochs between two falls of the rate", "epochs"),
        OfSchedule("step-factor", "What the rate is multiplied with at each fall", "factor"),
        OfSchedule("cycle-steps", "Steps of half a cycle, or of the first cycle of cosine-restarts", "steps"),
        OfSchedule("cycle-factor", "How many times longer each cycle is than the one before"),
        OfSchedule("patience", "Epochs without improvement before the rate falls"),

        Loss.Known.Setting<TrainingOptions>("loss", "What is made small", "cross-entropy smoothing=0.1", o => o.Loss ?? Loss.CrossEntropy(),
            (o, v) => o with { Loss = v })
            .Named(o => o.Loss?.Name),
        Loss.Known.Part<TrainingOptions>("label-smoothing", "Part of the target that is spread over all classes", "smoothing", "loss",
            o => o.Loss ?? Loss.CrossEntropy(), (o, v) => o with { Loss = v }),
        Loss.Known.Part<TrainingOptions>("focal-gamma", "How much the focal loss ignores what is already right; 0 for nothing", "gamma",
            "loss", o => o.Loss ?? Loss.CrossEntropy(), (o, v) => o with { Loss = v }),
        Metrics.Setting<TrainingOptions>("metric", "What is measured besides the loss", "accuracy", o => o.Metric,
            (o, v) => o with { Metric = v }, "usual").Named(o => o.Metric?.Info.Name),

        Sampler.Known.Setting<TrainingOptions>("sampler", "Which images an epoch shows, and in which order", "repeat 32", o => o.Sampler,
            (o, v) => o with { Sampler = v! }),
        AugmentationVocabulary.Known.Setting<TrainingOptions>(
            "augmentation", "What is done with training images", "crop 4, flip", o => o.Augmentation,
            (o, v) => o with { Augmentation = v ?? Augmentation.None }),
        OfAffine("shift", "Greatest random shift of a training image, in pixels"),
        OfAffine("rotation", "Greatest random turn either way, in degrees"),
        OfAffine("zoom", "Greatest random change of size; 0.1 means 90 % to 110 %"),
        OfAffine("shear", "Greatest random slant of vertical lines, in degrees"),
        OfAffine("mirror", "Probability that left and right are exchanged"),
        LabelMixVocabulary.Known.Setting<TrainingOptions>(
            "mix", "How images and their labels are mixed with others of the batch", "mixup 0.2 or choose (mixup 0.2 | cutmix)", o => o.Mix,
                (o, v) => o with { Mix = v }, "none"),
        Normalization.Known.Setting<TrainingOptions>(
            "normalization", "How pixels become numbers: mean 0 and deviation 1 over the data set, only divided by 255, raw (0 to 255), "
                + "or by values of your own",
            "values mean=0.5 deviation=0.25", o => o.Normalization, (o, v) => o with { Normalization = v }, "dataset"),
        new("frozen-layers", "Layers whose weights stay as they start, with commas between them",
            ValueKind.AnyText("names of layers", "none"),
            o => string.Join(',', o.FrozenLayers),
                (o, v) => o with { FrozenLayers = ((string)v).Split(',', StringSplitOptions.RemoveEmptyEntries) }),
        new("layer-rates", "What the learning rate is multiplied with in single layers: a name, or the beginning of names and *, and its factor",
            ValueKind.Described("none, or factors above 0 with commas between them, such as conv1=0.01,stage1/*=0.1",
                text => $"{LayerRates.Parse(text)}"),
            o => $"{o.LayerRates}", (o, v) => o with { LayerRates = LayerRates.Parse((string)v) }),
        new("initial-weights", "Weights to start from", ValueKind.Choice("fresh"), _ => "fresh", (o, _) => o with { InitialWeights = null })
        { OnlyInCode = o => o.InitialWeights is null ? null : "weights of a program" },
        Setting<TrainingOptions>.Real(
            "checkpoint-seconds", "Seconds between two checkpoints inside an epoch", o => o.CheckpointInterval.TotalSeconds,
            (o, v) => o with { CheckpointInterval = TimeSpan.FromSeconds(v) }, ValueKind.Real(0, 86_400)).WithoutResult(),
        Setting<TrainingOptions>.Whole(
            "log-every-steps", "Steps between two step rows in log.jsonl", o => o.LogEverySteps, (o, v) => o with { LogEverySteps = v }, 1,
                Million).WithoutResult(),
        Setting<TrainingOptions>.Flag(
            "history", "Whether gradients, updates and dead units of the layers, and what the network makes of sample images, are kept "
                + "for each epoch", o => o.History, (o, v) => o with { History = v }).WithoutResult(),
    ];

    /// <summary>The options with one of <see cref="Settings"/> changed.</summary>
    /// <param name="key">The name, such as <c>learning-rate</c>.</param>
    /// <param name="value">The value as text, such as <c>5e-4</c>.</param>
    /// <exception cref="UsageException">There is no such setting (the nearest is suggested), or the value is not of its type or
    /// range.</exception>
    public TrainingOptions With(string key, string value) => Setting<TrainingOptions>.Get(Settings, key).Apply(this, value);

    private static Setting<TrainingOptions> Whole<TNumber>(
        string name, string meaning, Func<TrainingOptions, TNumber> read, Func<TrainingOptions, TNumber, TrainingOptions> write,
            TNumber least, TNumber most)
        where TNumber : struct,
            System.Numerics.IBinaryInteger<TNumber> => Setting<TrainingOptions>.Whole(name, meaning, read, write, least, most);

    private static Setting<TrainingOptions> Real(
        string name, string meaning, Func<TrainingOptions, double> read, Func<TrainingOptions, double, TrainingOptions> write,
            ValueKind kind) =>
        Setting<TrainingOptions>.Real(name, meaning, read, write, kind);

    private static Setting<TrainingOptions> OfOptimizer(string name, string meaning) =>
        Optimizer.Known.Part<TrainingOptions>(name, meaning, name, "optimizer", o => o.Optimizer, (o, v) => o with { Optimizer = v });

    private static Setting<TrainingOptions> OfSchedule(string name, string meaning, string? argument = null) =>
        Schedule.Known.Part<TrainingOptions>(name, meaning, argument ?? name, "schedule", o => o.Schedule,
            (o, v) => o with { Schedule = v });

    private static Setting<TrainingOptions> OfAffine(string name, string meaning) =>
        AugmentationVocabulary.Known.Part<TrainingOptions>(name, meaning, name, "augmentation", o => o.Augmentation,
            (o, v) => o with { Augmentation = v });
}
