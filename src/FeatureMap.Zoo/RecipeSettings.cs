using FeatureMap.Data;
using FeatureMap.Ops;
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
}

/// <summary>How pixels become the numbers that the network reads.</summary>
public enum NormalizationKind
{
    /// <summary>Mean 0 and deviation 1 over the training images: <c>dataset</c>.</summary>
    Dataset,

    /// <summary>Divided by 255, nothing else: <c>none</c>.</summary>
    None,
}

/// <summary>
/// Everything about a training that can be changed by name (<c>--set key=value</c>) and that is kept in <c>config.json</c>: plain values, immutable.
/// <see cref="RecipeSetting.All"/> is the list of the keys with their types and ranges.
/// </summary>
public sealed record RecipeSettings
{
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

    /// <summary>The rate of the last step of a cosine schedule.</summary>
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

    /// <summary>What a step schedule multiplies the rate with.</summary>
    public double StepFactor { get; init; } = 0.1;

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

    /// <summary>How pixels become numbers.</summary>
    public NormalizationKind Normalization { get; init; }

    /// <summary>Part of the training images that is kept apart and used for validation in place of the official set; 0 for the official set.</summary>
    public double HoldOut { get; init; }

    /// <summary>How many of the training images are used; 0 for all.</summary>
    public int TrainingImages { get; init; }

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
    /// <exception cref="UsageException">Two values contradict each other.</exception>
    public TrainingOptions ToOptions() => new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        Seed = Seed,
        Threads = Threads,
        Optimizer = Optimizer switch
        {
            OptimizerKind.Adam => new Adam(Beta1, Beta2, Epsilon, WeightDecay),
            OptimizerKind.AdamW => new AdamW(Beta1, Beta2, Epsilon, WeightDecay),
            _ => new Sgd(Momentum, Nesterov, WeightDecay),
        },
        Schedule = Schedule switch
        {
            ScheduleKind.Cosine => new CosineRate(LearningRate, FinalLearningRate, WarmUpSteps),
            ScheduleKind.Step => new StepRate(LearningRate, StepEpochs, StepFactor, WarmUpSteps),
            ScheduleKind.Constant => new ConstantRate(LearningRate, WarmUpSteps),
            _ => new OneCycle(LearningRate, WarmUpFraction, StartDivisor, EndDivisor),
        },
        Loss = new SoftmaxCrossEntropy((float)LabelSmoothing),
        Augmentation = ChooseAugmentation(),
        CheckpointInterval = TimeSpan.FromSeconds(CheckpointSeconds),
        LogEverySteps = LogEverySteps,
    };

    /// <summary>What is done with training images.</summary>
    /// <exception cref="UsageException">The description cannot be read.</exception>
    public Data.Augmentation ChooseAugmentation()
    {
        if (Augmentation.Length > 0) return Data.Augmentation.Parse(Augmentation);
        return Shift == 0 && Rotation == 0 && Zoom == 0 && Shear == 0 && Mirror == 0 ? Data.Augmentation.None : new RandomAffine
        {
            ShiftPixels = (float)Shift,
            RotationDegrees = (float)Rotation,
            Zoom = (float)Zoom,
            ShearDegrees = (float)Shear,
            MirrorProbability = (float)Mirror,
        };
    }

    /// <summary>The part of a data set that these settings train and validate on.</summary>
    /// <exception cref="UsageException">The data set is too small for it.</exception>
    public SplitData Choose(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (HoldOut > 0) data = data.SplitTraining(HoldOut, Seed);
        return TrainingImages == 0 ? data : new SplitData(data.Name, data.Training.Take(TrainingImages), data.Validation, data.Source, data.Notice);
    }

    /// <summary>How pixels become numbers, for a network of this many channels; null where the data set is to be measured.</summary>
    public Data.Normalization? ChooseNormalization(int channels) => Normalization == NormalizationKind.None ? Data.Normalization.None(channels) : null;
}
