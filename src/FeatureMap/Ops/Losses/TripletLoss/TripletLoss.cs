using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Triplet loss: images of one class shall lie nearer to each other than to images of other classes, by a margin. For an anchor a, a positive p of its class and a
/// negative n of another, the loss is max(0, d(a, p) - d(a, n) + margin). The network's output is the embedding, a vector of any length; triplets are found inside the
/// batch (<see cref="Mining"/>), so batches need several images of several classes: train with a sampler that draws classes first
/// (<c>new ClassBatchSampler(imagesPerClass: 4)</c>). Images without a triplet cost 0. Reads the number of the class. In evaluation a batch without triplets costs 0, and
/// the loss depends on which images share a batch: judge embeddings by their neighbours instead.
/// Sources: Schroff, Kalenichenko and Philbin, "FaceNet", arXiv 1503.03832; Hermans, Beyer and Leibe, "In defense of the triplet loss", arXiv 1703.07737.
/// </summary>
/// <example><code>
/// new TrainingOptions { Loss = new TripletLoss(margin: 0.2f) { Mining = TripletMining.Hard }, Sampler = new ClassBatchSampler(4), BatchSize = 40 }
/// </code></example>
public sealed partial class TripletLoss : LossOp, IOpRoom
{
    private static readonly string[] MiningNames = ["all", "hard", "semi-hard"];

    /// <summary>The loss with a margin, in units of the distance: FaceNet's 0.2 belongs to squared distances of embeddings of length 1.</summary>
    /// <exception cref="UsageException">The margin is not in (0, 1000].</exception>
    public TripletLoss(float margin = 0.2f)
    {
        if (!(margin is > 0 and <= 1000))
            throw new UsageException($"The margin of a triplet loss must be above 0 and at most 1,000: received {margin}. It is how much "
                + "farther away a negative shall be than a positive; 0.2 is common. Without a margin all embeddings may become equal.");
        Margin = margin;
    }

    /// <summary>How much farther away than the positive the negative shall be. Not used with <see cref="SoftMargin"/>.</summary>
    public float Margin { get; }

    /// <summary>Which triplets of a batch count.</summary>
    public TripletMining Mining { get; init; }

    /// <summary>log(1 + exp(d(a, p) - d(a, n))) instead of the hinge: it never ends to pull (Hermans et al.).</summary>
    public bool SoftMargin { get; init; }

    /// <summary>Whether d is the squared Euclidean distance, as in FaceNet; otherwise the distance itself, as Hermans et al. advise. Its gradient at distance 0 is taken as 0.</summary>
    public bool IsSquared { get; init; } = true;

    /// <summary>With <see cref="TripletMining.All"/>: the mean is over all triplets, those that cost nothing included, so that the pull fades while the network learns.</summary>
    public bool AveragesOverAll { get; init; }

    /// <inheritdoc/>
    public override string Settings =>
        $"{MiningNames[(int)Mining]}, {(SoftMargin ? "soft margin" : $"margin {Margin}")}{(IsSquared ? "" : ", plain distance")}{(AveragesOverAll ? ", mean over all" : "")}";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (!Enum.IsDefined(Mining))
            throw new UsageException($"There is no way {(int)Mining} to choose triplets: TripletMining.All, Hard and SemiHard are known.");
        if (AveragesOverAll && Mining != TripletMining.All)
            throw new UsageException($"The mean over all triplets is a choice of TripletMining.All: received {Mining}, whose mean is over the triplets that it chooses. Leave AveragesOverAll out.");
        if (!inputs[0].IsVector)
            throw new ShapeException($"A triplet loss compares vectors: received {inputs[0]} (channels x height x width). End the network with GlobalAveragePool().Linear(dimensions) or Flatten().Linear(dimensions).");
        if (inputs[1] != Shape.Vector(1))
            throw new ShapeException($"A triplet loss compares the classes of images, so its target is the number of the class, a vector of 1: received {inputs[1]}. Pass LossScope.ClassIndex.");
        return Shape.Vector(1);
    }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("anchors", "the batch meets: every anchor computes its distances to all images and chooses by itself; then every image gathers the pulls of all pairs that it is part of");

    internal override bool ComparesImages => true;

    internal override bool ReadsClassIndex => true;

    internal override string? Objection(ReadOnlySpan<int> labels)
    {
        foreach (var anchor in labels)
        {
            var same = 0;
            foreach (var label in labels)
                if (label == anchor) same++;
            if (same >= 2 && same < labels.Length) return null;
        }
        var what = labels.Length == 1 ? "a single image" : labels.ContainsAnyExcept(labels[0]) ? $"{labels.Length:N0} images of {labels.Length:N0} classes" : $"{labels.Length:N0} images of one class";
        return $"a triplet loss needs two images of one class and one of another in the batch, and this batch has {what}. Draw classes first: Sampler = new ClassBatchSampler(imagesPerClass: 4), with a batch size of 4 x the classes of a batch.";
    }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new TripletLoss(settings.Real("margin", (TripletLoss op) => op.Margin, 1e-9, 1000))
        {
            Mining = (TripletMining)MiningNames.IndexOf(settings.Choice("mining", MiningNames, (TripletLoss op) =>
                MiningNames[(int)op.Mining])),
            SoftMargin = settings.Flag("softMargin", (TripletLoss op) => op.SoftMargin),
            IsSquared = settings.Flag("squared", (TripletLoss op) => op.IsSquared),
            AveragesOverAll = settings.Flag("meanOverAll", (TripletLoss op) => op.AveragesOverAll),
        };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("all", new TripletLoss(0.3f), 3, 20, 4),
        Case("all, plain distance", new TripletLoss(0.3f) { IsSquared = false }, 3, 19, 3),
        Case("all, mean over all", new TripletLoss(2.3f) { AveragesOverAll = true }, 4, 17, 3),
        Case("all, soft margin", new TripletLoss { SoftMargin = true, IsSquared = false }, 6, 18, 3),
        Case("hard", new TripletLoss(0.5f) { Mining = TripletMining.Hard }, 5, 34, 4),
        Case("hard, soft margin, plain distance", new TripletLoss { Mining = TripletMining.Hard, SoftMargin = true, IsSquared = false }, 7, 21, 3),
        Case("semi-hard", new TripletLoss(1) { Mining = TripletMining.SemiHard }, 5, 33, 4),
        Case("semi-hard, plain distance", new TripletLoss(0.5f) { Mining = TripletMining.SemiHard, IsSquared = false }, 2, 16, 5),
        Case("semi-hard, soft margin", new TripletLoss { Mining = TripletMining.SemiHard, SoftMargin = true }, 1, 9, 2),
        Case("one class: no triplets", new TripletLoss(), 3, 6, 1),
        Case("one image", new TripletLoss { Mining = TripletMining.Hard }, 3, 1, 4),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var mining = (TripletMining)random.NextInt(3);
        var op = new TripletLoss(0.3f + random.NextInt(3)) { Mining = mining, SoftMargin = random.NextInt(3) == 0, IsSquared = random.NextInt(2) == 0, AveragesOverAll = mining == TripletMining.All && random.NextInt(3) == 0 };
        return Case("random", op, 1 + random.NextInt(9), 1 + random.NextInt(24), 1 + random.NextInt(5));
    }

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new TripletLossKernel<TLanes>(this, site);

    // Where all triplets are looked at, one of them could stand on the kink of the hinge within rounding, and kernel and reference would count it differently. With
    // coordinates that are whole numbers no sum of distances and margin comes near it.
    private static OpCase Case(string name, TripletLoss op, int dimensions, int batch, int classes) =>
        new(name, op, [Shape.Vector(dimensions), Shape.Vector(1)], batch, CaseValues.Reals)
        {
            InputValues = [op.Mining == TripletMining.All && !op.SoftMargin ? InputValues.ClassIndex(4) : InputValues.Any, InputValues.ClassIndex(classes)],
        };
}
