using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Recipes for photographs of 32x32 in ten classes.</summary>
internal static class Cifar
{
    public static Recipe PassThrough13 { get; } = new(
        "passthrough-13",
        "The pass-through network of Assignment 3.2 as the course gives it: the skip leaves after layer 13",
        "cifar10",
        "74 to 80 % validation accuracy, as the course logged; it overfits",
        (image, classes) => PassThrough.Build(image, classes, tap: 13),
        CourseOptions);

    public static Recipe PassThrough12 { get; } = new(
        "passthrough-12",
        "The pass-through network of Assignment 3.2 with the skip moved to layer 12",
        "cifar10",
        "74 to 80 % validation accuracy, as the course logged; it overfits",
        (image, classes) => PassThrough.Build(image, classes, tap: 12),
        CourseOptions);

    public static Recipe PassThroughBest { get; } = new(
        "passthrough-best",
        "The idea of the pass-through network with what its analysis and the literature suggest",
        "cifar10",
        "90 % validation accuracy in 30 epochs is aimed at; 88.4 % on a lossy JPEG copy, in less time than passthrough-13 and with no more multiply-adds",
        (image, classes) => BestPassThrough(image, classes, Gelu),
        FastOptions with { Epochs = 30, BatchSize = 128, Schedule = new OneCycle(0.2, 0.25), Loss = Loss.CrossEntropy(0.1f) })
    {
        HasWhitening = true,
    };

    public static Recipe Cifar10 { get; } = new(
        "cifar10",
        "The best accuracy in the shortest time on a processor: a small residual network and one cycle of the learning rate",
        "cifar10",
        "93 % validation accuracy within an hour on two virtual processors is aimed at; 90.0 % on a lossy JPEG copy",
        Residual,
        FastOptions with { Epochs = 26, BatchSize = 256, Schedule = new OneCycle(0.4, 0.25), Loss = Loss.CrossEntropy(0.15f) })
    {
        HasWhitening = true,
    };

    // As the course trains it: raw pixels, no augmentation, Adam at the defaults of Keras, the test set as validation.
    private static TrainingOptions CourseOptions => new()
    {
        Epochs = 30,
        BatchSize = 128,
        Optimizer = new Adam(epsilon: 1e-7),
        Schedule = new ConstantRate(0.001),
        Normalization = Normalization.Raw(1),
    };

    private static TrainingOptions FastOptions => new()
    {
        Optimizer = new Sgd(0.9, nesterov: true, weightDecay: 5e-4),
        Augmentation = Augmentation.Parse("crop 4 fill=mirror, alternating-flip, cutout 8"),
    };

    /// <summary>
    /// Three maps instead of five poolings down to one pixel, so that no kernel meets only padding; the work goes where pixels are; the skip hands the 8x8 map to the last
    /// layer as before; the mean of the last map feeds ten scores instead of 1,024 channels of one pixel.
    /// </summary>
    /// <param name="image">Shape of an image.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="activation">The activation throughout.</param>
    internal static Network BestPassThrough(Shape image, int classes, Func<Feature, Feature> activation) => Network.Build(image, x =>
    {
        x = Pooled(Whitening(x, activation), 24, activation);
        x = Unit(x, 64);
        x = x.Add(Unit(x, 64)).MaxPool(2);
        x = Unit(x, 128);
        x = x.Add(Unit(x, 128));
        var skip = Unit(x, 64, kernel: 1).PixelUnshuffle(2);
        x = Unit(x.MaxPool(2), 192);
        return Unit(skip.Concat(x), 128, kernel: 1).GlobalAveragePool().Linear(classes);

        Feature Unit(Feature x, int channels, int kernel = 3) => Cifar.Unit(x, channels, kernel, activation);
    });

    /// <summary>
    /// Wide where the maps are small, one residual layer behind each pooling. The largest value of a map can be several times that of a mean: it is scaled down, so that the first
    /// scores are not tens apart.
    /// </summary>
    private static Network Residual(Shape image, int classes) => Network.Build(image, x =>
    {
        x = Pooled(Whitening(x, Gelu), 64, Gelu);
        foreach (var wider in (int[])[192, 256])
            x = Pooled(x.Add(Unit(x, x.Shape.Channels, kernel: 3, Gelu)), wider, Gelu);
        return x.Add(Unit(x, x.Shape.Channels, kernel: 3, Gelu)).GlobalMaxPool().Multiply(0.125).Linear(classes);
    });

    // Smooth where ReLU has its corner: 83.3 against 82.7 % after 6 epochs of passthrough-best, judged by 10,000 of the training images.
    private static Feature Gelu(Feature x) => x.Gelu();

    /// <summary>For patches of 2x2 colour pixels: 12 directions, both signs. Measured and not trained (<see cref="RecipeSettings.HasWhitening"/>).</summary>
    private static Feature Whitening(Feature x, Func<Feature, Feature> activation) => activation(x.Conv(24, kernel: 2, padding: Padding.Same, bias: false, name: "whitening"));

    private static Feature Unit(Feature x, int channels, int kernel, Func<Feature, Feature> activation) => activation(x.Conv(channels, kernel, padding: kernel / 2, bias: false).BatchNorm());

    /// <summary>Pooled before it is normalised, which then has a quarter of the work.</summary>
    private static Feature Pooled(Feature x, int channels, Func<Feature, Feature> activation) => activation(x.Conv(channels, kernel: 3, padding: 1, bias: false).MaxPool(2).BatchNorm());
}
