using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>A way to train an embedding: what stands behind it, which loss, and how its vectors are compared.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Remark">What it asks of the embedding, in a sentence.</param>
/// <param name="Distance">How far two of its embeddings are apart.</param>
/// <param name="Head">What stands behind the embedding, for a number of classes.</param>
/// <param name="Loss">The loss, for a number of steps.</param>
internal sealed record MetricMethod(string Name, string Remark, EmbeddingDistance Distance, Func<Feature, int, Feature> Head, Func<long, Loss> Loss)
{
    /// <summary>The layer whose output is compared.</summary>
    public const string Embedding = "embedding";

    /// <summary>Images of a class in each batch: the triplet loss finds its triplets among them, and all methods see the same batches.</summary>
    public const int ImagesPerClass = 8;

    public static IReadOnlyList<MetricMethod> All { get; } =
    [
        new("softmax", "Only asks that the classes can be told apart; the baseline.", EmbeddingDistance.Cosine,
            (x, classes) => x.Linear(classes), _ => new SoftmaxCrossEntropy()),
        new("centre loss", "Softmax, and each image is drawn to the centre of its class.", EmbeddingDistance.Euclidean,
            (x, classes) => x.Linear(classes), _ => new SoftmaxCrossEntropy() + Training.Loss.On(Embedding, new CenterLoss(0.03f))),
        new("A-Softmax", "The angle to the right class counts four times: classes become narrow cones.", EmbeddingDistance.Cosine,
            (x, classes) => x.AngularLinear(classes), steps => AngularLoss.SphereFace(4, LedIn(steps))),
        new("CosFace", "The cosine to the right class counts less, by 0.2.", EmbeddingDistance.Cosine,
            (x, classes) => x.CosineLinear(classes), _ => AngularLoss.CosFace(0.2f)),
        new("ArcFace", "The angle to the right class counts 0.3 radians more.", EmbeddingDistance.Cosine,
            (x, classes) => x.CosineLinear(classes), _ => AngularLoss.ArcFace(0.3f)),
        // The hardest triplets of a batch are outliers, and a network that follows them from the start puts everything into one point.
        new("triplet", "No classifier at all: images of one class shall be nearer than those of others, by a margin of 1.", EmbeddingDistance.Euclidean,
            (x, _) => x, _ => new TripletLoss(1) { IsSquared = false, AveragesOverAll = true }),
    ];

    /// <summary>A small network that ends in the embedding and what the method puts behind it.</summary>
    public Network Build(Shape image, int classes, int dimensions) => Network.Build(image, x => Head(x
        .Conv(16, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(32, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(32, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Flatten().Linear(dimensions, name: Embedding), classes));

    // With the whole margin from its first step A-Softmax rarely learns: the plain score fades out over the first half of the training.
    private static MarginAnnealing LedIn(long steps) => new(Base: 1000, Gamma: 2f * 199 / Math.Max(1, steps), Power: 1, Least: 5);
}
