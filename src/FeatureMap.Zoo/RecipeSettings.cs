using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Which optimiser a recipe uses.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum: <c>sgd</c>.</summary>
    Sgd,

    /// <summary>Adam: <c>adam</c>.</summary>
    Adam,

    /// <summary>Adam with weight decay apart from the gradient: <c>adamw</c>.</summary>
    AdamW,

    /// <summary>The gradient divided by its running size: <c>rmsprop</c>.</summary>
    RmsProp,

    /// <summary>Steps of one size along the sign of the momentum: <c>lion</c>.</summary>
    Lion,
}

/// <summary>How the learning rate of a recipe changes over time.</summary>
public enum ScheduleKind
{
    /// <summary>Up and down once: <c>one-cycle</c>.</summary>
    OneCycle,

    /// <summary>Down along half a cosine wave: <c>cosine</c>.</summary>
    Cosine,

    /// <summary>Down in steps: <c>step</c>.</summary>
    Step,

    /// <summary>The same always: <c>constant</c>.</summary>
    Constant,

    /// <summary>Down along a straight line: <c>linear</c>.</summary>
    Linear,

    /// <summary>Times a factor after every epoch: <c>exponential</c>.</summary>
    Exponential,

    /// <summary>Up and down in straight lines, again and again: <c>cyclic</c>.</summary>
    Cyclic,

    /// <summary>The same, each cycle half as high: <c>cyclic2</c>.</summary>
    Cyclic2,

    /// <summary>The same, the height times a factor at every step: <c>cyclic-exponential</c>.</summary>
    CyclicExponential,

    /// <summary>Half cosine waves, again and again: <c>cosine-restarts</c>.</summary>
    CosineRestarts,

    /// <summary>Down when validation stands still: <c>plateau</c>.</summary>
    Plateau,
}

/// <summary>What a recipe makes small.</summary>
public enum LossKind
{
    /// <summary><see cref="Loss.CrossEntropy"/>: <c>cross-entropy</c>.</summary>
    CrossEntropy,

    /// <summary><see cref="Loss.Focal"/>: <c>focal</c>.</summary>
    Focal,

    /// <summary><see cref="Loss.BinaryCrossEntropy"/>, each class a question of its own: <c>binary-cross-entropy</c>.</summary>
    BinaryCrossEntropy,

    /// <summary><see cref="Loss.BinaryFocal"/>: <c>binary-focal</c>.</summary>
    BinaryFocal,

    /// <summary><see cref="Loss.Hinge"/>: <c>hinge</c>.</summary>
    Hinge,

    /// <summary><see cref="Loss.Hinge"/> with squared terms: <c>squared-hinge</c>.</summary>
    SquaredHinge,

    /// <summary><see cref="Loss.Mse"/> of the scores against 1 at the class and 0 elsewhere: <c>mse</c>.</summary>
    Mse,

    /// <summary><see cref="Loss.L1"/> of the scores: <c>l1</c>.</summary>
    L1,

    /// <summary><see cref="Loss.Huber"/> of the scores: <c>huber</c>.</summary>
    Huber,
}

/// <summary>How much the classes count.</summary>
public enum ClassWeighting
{
    /// <summary>As much as they have images: <c>none</c>.</summary>
    None,

    /// <summary>The same, however many images they have; see <see cref="ClassWeights.Balanced"/>: <c>balanced</c>.</summary>
    Balanced,
}

/// <summary>How pixels become the numbers that the network reads.</summary>
public enum NormalizationKind
{
    /// <summary>Mean 0 and deviation 1 over the training images: <c>dataset</c>.</summary>
    Dataset,

    /// <summary>Divided by 255, nothing else: <c>none</c>.</summary>
    None,

    /// <summary>As they stand in the file, 0 to 255: <c>raw</c>.</summary>
    Raw,
}

/// <summary>
/// Everything about a training that can be changed by name (<c>--set key=value</c>) and that is kept in <c>config.json</c>: plain values, immutable.
/// <see cref="RecipeSetting.All"/> is the list of the keys with their types and ranges.
/// </summary>
public sealed record RecipeSettings
{
    /// <summary>
    /// A network in place of the recipe's own: the name of an <see cref="Zoo.Architecture"/>, or the path of a network.json, a model file, a run folder or an .onnx file; empty for the
    /// recipe's own.
    /// </summary>
    public string Network { get; init; } = "";

    /// <summary>For an .onnx file with several outputs: the name of the one that the network ends in; empty for the only one.</summary>
    public string NetworkOutput { get; init; } = "";

    /// <summary>Path of torchvision's weights for the architecture, as a safetensors file; empty for fresh weights.</summary>
    public string Weights { get; init; } = "";

    /// <summary>Whether the last layer starts anew in place of that of the weights.</summary>
    public bool HasFreshHead { get; init; }

    /// <summary>How much each auxiliary head of the architecture counts in the loss; 0 for none.</summary>
    public double AuxiliaryHeads { get; init; }

    /// <summary>Whether weights that come with the network are the start of the training.</summary>
    public bool KeepsWeights { get; init; } = true;

    /// <summary>Whether the first convolution starts as the whitening of the images' patches, and stays so; see <see cref="PatchWhitening"/>.</summary>
    public bool HasWhitening { get; init; }

    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Decides initial weights, order, augmentation and dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; 0 for one per logical processor.</summary>
    public int Threads { get; init; }

    /// <summary>How the weights are changed.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>How much of the last direction SGD keeps.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether SGD looks ahead along the momentum.</summary>
    public bool Nesterov { get; init; }

    /// <summary>RMSProp's memory of the average squared gradient.</summary>
    public double Smoothing { get; init; } = 0.99;

    /// <summary>Adam's memory of the average gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's memory of the average squared gradient.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>What Adam adds to the root.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>How strongly weights are pulled towards 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>How the learning rate changes.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>The learning rate: the highest of one-cycle, the first of the others.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>The gradient of all weights is scaled down to this length; 0 for no limit.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Each number of the gradient is cut off at this size; 0 for no limit.</summary>
    public double ClipValue { get; init; }

    /// <summary>A constant pull of weights towards exactly 0.</summary>
    public double L1 { get; init; }

    /// <summary>Batches whose gradients are averaged into one step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Decay of the running average of the weights that is validated and kept; 0 for none.</summary>
    public double AverageDecay { get; init; }

    /// <summary>Epochs without a lower validation loss before the training ends; 0 to train all epochs.</summary>
    public int StopPatience { get; init; }

    /// <summary>The rate of the last step of a cosine or linear schedule, or the lowest of a cyclic one.</summary>
    public double FinalLearningRate { get; init; }

    /// <summary>Steps over which cosine, step and constant schedules rise from 0.</summary>
    public long WarmUpSteps { get; init; }

    /// <summary>Part of the training in which one-cycle rises.</summary>
    public double WarmUpFraction { get; init; } = 0.3;

    /// <summary>One-cycle starts at the learning rate divided by this.</summary>
    public double StartDivisor { get; init; } = 25;

    /// <summary>One-cycle ends at its first rate divided by this.</summary>
    public double EndDivisor { get; init; } = 10_000;

    /// <summary>Epochs between two falls of a step schedule.</summary>
    public int StepEpochs { get; init; } = 10;

    /// <summary>Steps of half a cycle of cyclic schedules, or of the first cycle of cosine-restarts.</summary>
    public long CycleSteps { get; init; } = 1000;

    /// <summary>How many times longer each cycle of cosine-restarts is than the one before.</summary>
    public int CycleFactor { get; init; } = 1;

    /// <summary>Epochs without improvement that a plateau schedule allows.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>What a step, exponential, cyclic-exponential or plateau schedule multiplies with.</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>What is made small.</summary>
    public LossKind Loss { get; init; }

    /// <summary>How much the focal losses ignore what is already right.</summary>
    public double FocalGamma { get; init; } = 2;

    /// <summary>How much the classes count.</summary>
    public ClassWeighting ClassWeights { get; init; }

    /// <summary>Part of the target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>What is done with training images, as <see cref="Data.Augmentation.Parse"/> reads it; empty for the five settings below.</summary>
    public string Augmentation { get; init; } = "";

    /// <summary>Greatest random shift, in pixels.</summary>
    public double Shift { get; init; }

    /// <summary>Greatest random turn, in degrees.</summary>
    public double Rotation { get; init; }

    /// <summary>Greatest random change of size, as a part of 1.</summary>
    public double Zoom { get; init; }

    /// <summary>Greatest random slant, in degrees.</summary>
    public double Shear { get; init; }

    /// <summary>Probability that left and right are exchanged.</summary>
    public double Mirror { get; init; }

    /// <summary>How images and labels are mixed, such as <c>mixup 0.2</c>; empty for not at all.</summary>
    public string Mix { get; init; } = "";

    /// <summary>How pixels become numbers.</summary>
    public NormalizationKind Normalization { get; init; }

    /// <summary>Part of the training images that is kept apart and used for validation in place of the official set; 0 for the official set.</summary>
    public double HoldOut { get; init; }

    /// <summary>How many of the training images are used; 0 for all.</summary>
    public int TrainingImages { get; init; }

    /// <summary>The data set to use in place of the recipe's own: a name of <see cref="Datasets.All"/> or a path; empty for the recipe's own.</summary>
    public string Data { get; init; } = "";

    /// <summary>Size to which image files are scaled; null to keep it.</summary>
    public ImageSize? ImageSize { get; init; }

    /// <summary>What becomes of the colours of image files.</summary>
    public ImageColours ImageColours { get; init; }

    /// <summary>What happens when an image file cannot be read.</summary>
    public UnreadableImages Unreadable { get; init; }

    /// <summary>Part of each class kept apart for validation where the data have no validation part of their own.</summary>
    public double ValidationSplit { get; init; } = 0.2;

    /// <summary>Chooses the images that are kept apart.</summary>
    public ulong SplitSeed { get; init; }

    /// <summary>Side of the small images that the training begins with, in pixels; 0 for images of one size. See <see cref="ProgressiveTraining"/>.</summary>
    public int Progressive { get; init; }

    /// <summary>Part of the epochs that is trained on small images.</summary>
    public double ProgressiveShare { get; init; } = 0.75;

    /// <summary>What the learning rate is multiplied with for the images of their own size.</summary>
    public double ProgressiveRate { get; init; } = 0.5;

    /// <summary>Seconds between two checkpoints inside an epoch.</summary>
    public double CheckpointSeconds { get; init; } = 15;

    /// <summary>Steps between two step rows in the log.</summary>
    public int LogEverySteps { get; init; } = 50;

    /// <summary>The settings with one of them changed.</summary>
    /// <param name="key">A name of <see cref="RecipeSetting.All"/>, such as <c>learning-rate</c>.</param>
    /// <param name="value">The value as text, such as <c>5e-4</c>.</param>
    /// <exception cref="UsageException">There is no such setting (the nearest is suggested), or the value is not of its type or range.</exception>
    public RecipeSettings With(string key, string value) => RecipeSetting.Get(key).Apply(this, value);

    /// <summary>The training options that these settings stand for; folder, progress and the like are left to the caller.</summary>
    /// <param name="data">What is trained on; needed for <c>class-weights=balanced</c>, which counts its images, and for a <see cref="Normalization"/> other than that of the data set.</param>
    /// <exception cref="UsageException">Two values contradict each other, or the data are missing.</exception>
    public TrainingOptions ToOptions(SplitData? data = null) => new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        Seed = Seed,
        Threads = Threads,
        Optimizer = ChooseOptimizer(),
        Schedule = ChooseSchedule(),
        ClipGradientNorm = ClipNorm,
        ClipGradientValue = ClipValue,
        L1Decay = L1,
        AccumulatedBatches = Accumulate,
        Averaging = AverageDecay > 0 ? new WeightAveraging(AverageDecay) : null,
        EarlyStopping = StopPatience > 0 ? new EarlyStopping(StopPatience) : null,
        Loss = ChooseLoss(data),
        Augmentation = ChooseAugmentation(),
        Mix = Mix.Length > 0 ? LabelMix.Parse(Mix) : null,
        Normalization = data is null ? null : ChooseNormalization(data.ImageShape.Channels),
        CheckpointInterval = TimeSpan.FromSeconds(CheckpointSeconds),
        LogEverySteps = LogEverySteps,
    };

    /// <summary>The architecture that <see cref="Network"/> names; null for a path and for the recipe's own.</summary>
    public Architecture? ChooseArchitecture() => Network.Length == 0 ? null : Architectures.Find(Network);

    /// <summary>How the weights are changed.</summary>
    public Optimizer ChooseOptimizer() => Optimizer switch
    {
        OptimizerKind.Adam => new Adam(Beta1, Beta2, Epsilon, WeightDecay),
        OptimizerKind.AdamW => new AdamW(Beta1, Beta2, Epsilon, WeightDecay),
        OptimizerKind.RmsProp => new RmsProp(Smoothing, Epsilon, Momentum, weightDecay: WeightDecay),
        OptimizerKind.Lion => new Lion(Beta1, Beta2, WeightDecay),
        _ => new Sgd(Momentum, Nesterov, WeightDecay),
    };

    /// <summary>What is made small.</summary>
    /// <param name="data">What is trained on; needed for <c>class-weights=balanced</c>, which counts its images.</param>
    /// <exception cref="UsageException">The data are missing.</exception>
    public Loss ChooseLoss(SplitData? data = null) => Loss switch
    {
        LossKind.Focal => FeatureMap.Training.Loss.Focal(FocalGamma, ChooseClassWeights(data)),
        LossKind.BinaryCrossEntropy => FeatureMap.Training.Loss.BinaryCrossEntropy(labelSmoothing: (float)LabelSmoothing),
        LossKind.BinaryFocal => FeatureMap.Training.Loss.BinaryFocal(FocalGamma),
        LossKind.Hinge => FeatureMap.Training.Loss.Hinge(),
        LossKind.SquaredHinge => FeatureMap.Training.Loss.Hinge(isSquared: true),
        LossKind.Mse => FeatureMap.Training.Loss.Mse(),
        LossKind.L1 => FeatureMap.Training.Loss.L1(),
        LossKind.Huber => FeatureMap.Training.Loss.Huber(),
        _ => FeatureMap.Training.Loss.CrossEntropy((float)LabelSmoothing, ChooseClassWeights(data)),
    };

    private ClassWeights? ChooseClassWeights(SplitData? data) => ClassWeights == ClassWeighting.None ? null
        : FeatureMap.Training.ClassWeights.Balanced((data ?? throw new UsageException("class-weights=balanced counts the training images of each class: give the data, as in ToOptions(data).")).Training);

    /// <summary>What is done with training images.</summary>
    /// <exception cref="UsageException">The description cannot be read.</exception>
    public FeatureMap.Data.Augmentation ChooseAugmentation()
    {
        if (Augmentation.Length > 0) return FeatureMap.Data.Augmentation.Parse(Augmentation);
        return Shift == 0 && Rotation == 0 && Zoom == 0 && Shear == 0 && Mirror == 0 ? FeatureMap.Data.Augmentation.None : new RandomAffine
        {
            ShiftPixels = (float)Shift,
            RotationDegrees = (float)Rotation,
            Zoom = (float)Zoom,
            ShearDegrees = (float)Shear,
            MirrorProbability = (float)Mirror,
        };
    }

    internal Schedule ChooseSchedule() => Schedule switch
    {
        ScheduleKind.Cosine => new CosineRate(LearningRate, FinalLearningRate, WarmUpSteps),
        ScheduleKind.Step => new StepRate(LearningRate, StepEpochs, StepFactor, WarmUpSteps),
        ScheduleKind.Constant => new ConstantRate(LearningRate, WarmUpSteps),
        ScheduleKind.Linear => Warmed(new PolynomialRate(LearningRate, FinalLearningRate)),
        ScheduleKind.Exponential => Warmed(new ExponentialRate(LearningRate, StepFactor)),
        ScheduleKind.Cyclic => new CyclicRate(Lowest, LearningRate, CycleSteps),
        ScheduleKind.Cyclic2 => new CyclicRate(Lowest, LearningRate, CycleSteps, CyclicMode.Triangular2),
        ScheduleKind.CyclicExponential => new CyclicRate(Lowest, LearningRate, CycleSteps, CyclicMode.ExponentialRange, StepFactor),
        ScheduleKind.CosineRestarts => Warmed(new CosineRestarts(LearningRate, CycleSteps, CycleFactor, FinalLearningRate)),
        ScheduleKind.Plateau => Warmed(new PlateauRate(LearningRate, StepFactor, Patience, Lowest: FinalLearningRate)),
        _ => new OneCycle(LearningRate, WarmUpFraction, StartDivisor, EndDivisor),
    };

    // Smith's rule of thumb where nothing else is said: a quarter of the highest rate.
    private double Lowest => FinalLearningRate > 0 ? FinalLearningRate : LearningRate / 4;

    private Schedule Warmed(Schedule schedule) => WarmUpSteps > 0 ? new WarmUp(schedule, WarmUpSteps) : schedule;

    /// <summary>How image files become a data set.</summary>
    public ClassFolderOptions ToClassFolderOptions() => new()
    {
        Size = ImageSize,
        Colours = ImageColours,
        Unreadable = Unreadable,
        ValidationFraction = ValidationSplit,
        SplitSeed = SplitSeed,
    };

    /// <summary>The part of a data set that these settings train and validate on.</summary>
    /// <exception cref="UsageException">The data set is too small for it.</exception>
    public SplitData Choose(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (HoldOut > 0) data = data.SplitTraining(HoldOut, Seed);
        return data.TakeTraining(TrainingImages);
    }

    /// <summary>How pixels become numbers, for a network of this many channels; null where the data set is to be measured.</summary>
    public FeatureMap.Data.Normalization? ChooseNormalization(int channels) => Normalization switch
    {
        NormalizationKind.None => FeatureMap.Data.Normalization.None(channels),
        NormalizationKind.Raw => FeatureMap.Data.Normalization.Raw(channels),
        _ => null,
    };
}
