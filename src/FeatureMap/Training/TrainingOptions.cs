using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Everything that decides a training besides the network and the data. The defaults are a sound start for small networks.</summary>
public sealed partial record TrainingOptions : IHasOwnWords
{
    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Images per step. Multiples of 16 use every SIMD lane.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Decides initial weights, order, augmentation and dropout. Same seed, same bits.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads to use; 0 means one per logical processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// The ranks that train together, each a process of its own with the same network, data and options, so that each batch is cut over
    /// them; null for this process alone. The result does not depend on it, to the bit. Rank 0 writes and tells; of the others only
    /// <see cref="Cancellation"/> is heard. <c>FeatureMap.Mpi</c> connects them over MPI.
    /// </summary>
    public ICollective? Collective { get; init; }

    /// <summary>SIMD register width; the result does not depend on it.</summary>
    public LaneWidth LaneWidth { get; init; } = LaneWidth.Automatic;

    /// <summary>
    /// What computes: the processor, or a device that another package brings. Its numbers differ in the last digits, and a checkpoint goes
    /// from one to the other.
    /// </summary>
    public Networks.ComputeDevice Device { get; init; } = Networks.ComputeDevice.Processor;

    /// <summary>How the weights are changed.</summary>
    public Optimizer Optimizer { get; init; } = new Sgd(momentum: 0.9);

    /// <summary>The gradient of all weights together is scaled down to this length where it is longer; 0 for no limit.</summary>
    public double ClipGradientNorm { get; init; }

    /// <summary>Each number of the gradient is cut off at this size; 0 for no limit.</summary>
    public double ClipGradientValue { get; init; }

    /// <summary>A constant pull of weights towards exactly 0 (L1): this times the sign of the weight is added to the gradient.</summary>
    public double L1Decay { get; init; }

    /// <summary>Batches whose gradients are averaged into one step: the effect of a larger batch in the memory of a small one. Batch statistics stay those of the small one.</summary>
    public int AccumulatedBatches { get; init; } = 1;

    /// <summary>Validate and end with a running average of the weights; null for the weights themselves.</summary>
    public WeightAveraging? Averaging { get; init; }

    /// <summary>Stop when validation no longer improves; null to train all epochs.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Which images an epoch shows, and in which order.</summary>
    public Sampler Sampler { get; init; } = Sampler.Shuffle;

    /// <summary>The learning rate over time.</summary>
    public Schedule Schedule { get; init; } = new OneCycle(0.1);

    /// <summary>
    /// Weights to start from instead of fresh ones, for a network with the same parameters: to go on with a trained model, or with one from elsewhere
    /// (<c>OnnxFile.Load</c>). For a network that only shares layers with it see <see cref="Networks.Weights.TakeFrom"/>. They are copied.
    /// </summary>
    public Networks.Weights? InitialWeights { get; init; }

    /// <summary>
    /// Names of layers that stay as they start, to the bit: a backbone that is only read, or kernels that were measured (<see
    /// cref="PatchWhitening"/>). Their weights are not trained, and they compute as in evaluation: a batch norm uses its running
    /// statistics, which do not move, and a dropout is off. What comes before everything that is trained is not differentiated, so that
    /// steps are faster.
    /// </summary>
    public IReadOnlyCollection<string> FrozenLayers { get; init; } = [];

    /// <summary>
    /// What the learning rate is multiplied with in single layers: a pretrained body moves less than a new head. Where all factors are 1,
    /// no bit changes.
    /// </summary>
    public LayerRates LayerRates { get; init; } = LayerRates.Same;

    /// <summary>What is made small; where null softmax cross-entropy, or for boxes on a pyramid <see cref="PyramidLoss"/>.</summary>
    public Loss? Loss { get; init; }

    /// <summary>
    /// What is measured besides the loss. Where null: accuracy for scores of classes, <see cref="Training.Metric.PixelError"/> for label
    /// maps, <see cref="Training.Metric.Psnr"/> for pictures, <see cref="Training.Metric.MeanPrecision"/> for boxes on a pyramid,
    /// otherwise nothing.
    /// </summary>
    public Metric? Metric { get; init; }

    /// <summary>How each training image is changed each time it is shown.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>How images and their labels are mixed after the augmentation; null for not at all.</summary>
    public LabelMix? Mix { get; init; }

    /// <summary>How pixels become numbers; the training set's mean and deviation where null.</summary>
    public Normalization? Normalization { get; init; }

    /// <summary>Folder that receives log, checkpoints, model and report; none where null.</summary>
    public RunFolder? Folder { get; init; }

    /// <summary>Continue from the newest valid checkpoint of <see cref="Folder"/>, where there is one.</summary>
    public bool Resume { get; init; }

    /// <summary>A checkpoint is written after each epoch, and inside an epoch when this much time has passed since the last.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Steps between two step rows in the log.</summary>
    public int LogEverySteps { get; init; } = 50;

    /// <summary>Whether the run folder also receives events for TensorBoard.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>
    /// Whether what happens inside the network is kept too: after each epoch a row of the log about its layers (<see
    /// cref="LayersRecord"/>), and in the folder <c>history</c> what the network made of a few validation images (<see
    /// cref="RunHistory"/>). No number of the training depends on it.
    /// </summary>
    public bool History { get; init; } = true;

    /// <summary>Told after every step; at most ten times a second.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Called after every epoch.</summary>
    public Action<EpochRecord>? EpochEnded { get; init; }

    /// <summary>
    /// How the linter looks at the network before the first step; what this training decides, such as the loss, is told to it. Its errors
    /// refuse the training, because such a network cannot learn: a softmax before a loss that has its own, batch normalisation over one
    /// number. Leave a rule out by <c>new() { Ignored = ["double-softmax"] }</c>; null trains whatever it is. <see cref="Trainer.Lint"/>
    /// tells warnings too.
    /// </summary>
    public Analysis.LintOptions? Lint { get; init; } = new();

    /// <summary>
    /// Words of your own, by which <see cref="With"/> and <c>config.json</c> know classes of your own: an optimiser, a schedule, a sampler.
    /// </summary>
    public OwnWords Words { get; init; } = OwnWords.None;

    /// <summary>Told what the user should know, such as a damaged checkpoint that was passed over.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Stops the training after the current step; a checkpoint is written first.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The model that the network of this training is a part of; null for a network of its own.</summary>
    internal WholeModel? PartOf { get; init; }

    /// <summary>Checks that all numbers are in the ranges that <see cref="Settings"/> state.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    internal void Check()
    {
        foreach (var setting in Settings)
            setting.CheckNumber(this, "training option");
    }
}

/// <summary>Where a training is.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Loss">Mean loss of this epoch so far.</param>
/// <param name="Metric">What is measured besides the loss, on this epoch's training images so far; not a number where nothing is.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="ImagesPerSecond">Training images per second in this epoch.</param>
/// <param name="Remaining">Estimated time to the end of the training.</param>
public readonly record struct TrainingProgress(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, double Loss, double Metric, double LearningRate, double ImagesPerSecond, TimeSpan Remaining)
{
    /// <summary>Name and unit of <see cref="Metric"/>; null where nothing is measured.</summary>
    public MetricInfo? MetricInfo { get; init; }
}
