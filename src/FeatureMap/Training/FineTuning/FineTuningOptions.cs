using FeatureMap.Data;

namespace FeatureMap.Training;

/// <summary>
/// How a pretrained model is fitted to new classes: first the head alone, on features of the frozen body that are computed once; then all
/// layers, early ones at lower rates. The head learns for a few epochs first, so that the body begins to move when the head has something
/// to say (Kumar and others, arXiv 2202.10054), and not to its end: a head that knows all pictures by heart leaves the body nothing but
/// noise to learn from. The numbers were chosen on pictures that no figure is told of.
/// </summary>
public sealed record FineTuningOptions
{
    /// <summary>Epochs in which only the head learns, before all layers do. They cost next to nothing.</summary>
    public int HeadEpochs { get; init; } = 4;

    /// <summary>The learning rate of these epochs.</summary>
    public Schedule HeadSchedule { get; init; } = UsualForHead.Schedule;

    /// <summary>How the head is changed in these epochs.</summary>
    public Optimizer HeadOptimizer { get; init; } = UsualForHead.Optimizer;

    /// <summary>
    /// Whether only the head learns, for all epochs of <see cref="Training"/> and at its rate: seconds in place of minutes, and the body
    /// stays as it is, to the bit.
    /// </summary>
    public bool HeadOnly { get; init; }

    /// <summary>
    /// Name of the last layer of the body. Where null, what stands before the last layer that has weights, which is the head of
    /// <see cref="Models.Model.WithHead(IReadOnlyList{string}, ulong, Func{Networks.Feature, Networks.Feature}, string?)"/>.
    /// </summary>
    public string? BodyEnd { get; init; }

    /// <summary>Factor of the learning rate in the first half of the body; the head has 1.</summary>
    public double EarlyRate { get; init; } = 0.1;

    /// <summary>Factor of the learning rate in the second half of the body.</summary>
    public double LateRate { get; init; } = 0.3;

    /// <summary>
    /// Whether layers of the body with running statistics, as batch norms are, learn and count along while all layers do. Usually not:
    /// they stay as they are, weights and statistics, and compute as in evaluation. A few hundred pictures make poor statistics, and with
    /// those of each batch the features would no longer be the ones that the head has learned from.
    /// </summary>
    public bool MovesStatistics { get; init; }

    /// <summary>Where features of bodies are kept; null for <c>features</c> in the user's cache folder, empty for nowhere.</summary>
    public string? FeatureFolder { get; init; }

    /// <summary>
    /// Bytes that the kept features of all bodies may take together, 2 GiB; when new ones are kept, those that were not used for the
    /// longest time go. They are computed again when they are needed.
    /// </summary>
    public long MostFeatureBytes { get; init; } = 2L << 30;

    /// <summary>
    /// Everything else; epochs and schedule are those of all layers, or of the head with <see cref="HeadOnly"/>. Where it has
    /// <see cref="TrainingOptions.LayerRates"/>, they take the place of the two factors. Weights and normalisation are the model's.
    /// </summary>
    public TrainingOptions Training { get; init; } = Usual;

    /// <summary>
    /// SGD with momentum, six epochs, and pictures flipped from left to right. Not Adam, which makes steps of one size however small the
    /// gradients are: most weights of a pretrained body have small ones, and are moved by noise then.
    /// </summary>
    public static TrainingOptions Usual { get; } = new()
    {
        Epochs = 6,
        BatchSize = 32,
        Optimizer = new Sgd(0.9, nesterov: true, 5e-4),
        Schedule = new OneCycle(4e-3, 0.3, StartDivisor: 5),
        Augmentation = Augmentation.Parse("flip"),
    };

    /// <summary>The same for the head alone: it is small, and learns from features that do not change, so weights are pulled towards 0 more strongly.</summary>
    public static TrainingOptions UsualForHead { get; } = Usual with
    {
        Epochs = 20,
        Schedule = new OneCycle(4e-3),
        Optimizer = new AdamW(0.9, 0.99, 1e-5, 0.9),
        Augmentation = Augmentation.None,
    };

    internal string? KeptFeatures => FeatureFolder is { Length: 0 } ? null : FeatureFolder ?? Path.Combine(Datasets.CacheFolder,
        "features");
}
