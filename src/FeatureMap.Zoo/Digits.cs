using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Recipes for gray images of 28x28 in ten classes.</summary>
internal static class Digits
{
    public static Recipe Mnist20k { get; } = new(
        "mnist-20k",
        "Handwritten digits with fewer than 20,000 parameters (Assignment 3.1)",
        "mnist",
        "at least 99.2 % validation accuracy with fewer than 20,000 parameters",
        Small,
        SmallOptions);

    public static Recipe Mnist10k { get; } = new(
        "mnist-10k",
        "Handwritten digits as well as mnist-20k with fewer than 10,000 parameters",
        "mnist",
        "99.5 % validation accuracy with fewer than 10,000 parameters; the mean of five seeds is 99.52 %",
        (image, classes) => Narrow(image, classes, 12, 16, 16, 16, 18),
        SmallOptions with { Epochs = 30, Optimizer = Descent(1e-4) });

    public static Recipe Mnist8k { get; } = new(
        "mnist-8k",
        "Handwritten digits with fewer than 8,000 parameters",
        "mnist",
        "99.4 % validation accuracy with fewer than 8,000 parameters; the mean of five seeds is 99.49 %",
        (image, classes) => Narrow(image, classes, 10, 14, 14, 14, 16),
        SmallOptions with { Epochs = 30, Optimizer = Descent(1e-4) });

    public static Recipe Mnist1k { get; } = new(
        "mnist-1k",
        "Handwritten digits with fewer than 1,000 parameters: depthwise separable convolutions on upright digits",
        "mnist",
        "99.0 % validation accuracy with fewer than 1,000 parameters; the mean of five seeds is 99.16 %",
        Tiny,
        SmallOptions with
        {
            Epochs = 60,
            Schedule = new OneCycle(0.4),
            Optimizer = Descent(1e-4),
            Augmentation = Augmentation.Parse("deskew, affine shift=0.5 rotation=3 zoom=0.04 shear=2")
        });

    public static Recipe MnistFast { get; } = new(
        "mnist-fast",
        "Handwritten digits in a few seconds: the network of mnist-20k and one short cycle",
        "mnist",
        "99 % validation accuracy within 15 seconds on two virtual processors",
        Small,
        SmallOptions with
        {
            Epochs = 5,
            Schedule = new OneCycle(0.3),
            Augmentation = Augmentation.Parse("affine shift=1 rotation=5 zoom=0.05 shear=2")
        });

    public static Recipe MnistSession1 { get; } = new(
        "mnist-session1",
        "Handwritten digits with the first network of the course, the starting point to improve on",
        "mnist",
        "98.29 % validation accuracy in the original, with 68,260 parameters",
        Session1,
        Session1Options);

    public static Recipe Fashion20k { get; } = new(
        "fashion-20k",
        "Articles of clothing with the network of mnist-20k, mirrored images included",
        "fashion-mnist",
        "more than 90 % validation accuracy with fewer than 20,000 parameters",
        Small,
        SmallOptions with { Augmentation = Augmentation.Parse("affine shift=1.5 zoom=0.08 shear=4 mirror=0.5") });

    public static Recipe FashionSession1 { get; } = new(
        "fashion-session1",
        "Articles of clothing with the first network of the course",
        "fashion-mnist",
        "the starting point for fashion-20k",
        Session1,
        Session1Options);

    private static TrainingOptions SmallOptions => new()
    {
        Epochs = 20,
        BatchSize = 128,
        Optimizer = Descent(5e-4),
        Schedule = new OneCycle(0.2),
        Augmentation = Augmentation.Parse("affine shift=1.5 rotation=8 zoom=0.08 shear=4"),
    };

    // As Keras trains it: Adam at its defaults, pixels divided by 255 and nothing else.
    private static TrainingOptions Session1Options => new()
    {
        Epochs = 10,
        BatchSize = 32,
        Optimizer = new Adam(epsilon: 1e-7),
        Schedule = new ConstantRate(0.001),
        Normalization = Normalization.None(1),
    };

    private static Sgd Descent(double weightDecay) => new(0.9, nesterov: true, weightDecay);

    private static Network Small(Shape image, int classes) => Network.Build(image, x => x
        .Conv(16, kernel: 3, bias: false).BatchNorm().Relu()
        .MaxPool(2)
        .Conv(24, kernel: 3, bias: false).BatchNorm().Relu()
        .Conv(24, kernel: 3, bias: false).BatchNorm().Relu()
        .Conv(24, kernel: 3, bias: false).BatchNorm().Relu()
        .GlobalAveragePool().Linear(classes));

    // Two layers before the pooling, where a parameter sees the most pixels, and three narrow ones behind it: a last layer that sees 18 pixels is worth more than a wider one that sees 14.
    private static Network Narrow(Shape image, int classes, params ReadOnlySpan<int> channels)
    {
        var layers = channels.ToArray();
        return Network.Build(image, x =>
        {
            for (var i = 0; i < layers.Length; i++)
                x = i == 2 ? Layer(x.MaxPool(2), layers[i]) : Layer(x, layers[i]);
            return x.GlobalAveragePool().Linear(classes);

            static Feature Layer(Feature x, int channels) => x.Conv(channels, kernel: 3, bias: false).BatchNorm().Relu();
        });
    }

    // Depthwise separable convolutions: 10 channels need 10 x 9 + 10 x 10 weights instead of 10 x 10 x 9. The strokes come upright (deskew), which costs no parameter; a leaky ReLU lets
    // every one of the few channels speak; mean and maximum of the last maps together say how much of a stroke there is and whether there is any.
    private static Network Tiny(Shape image, int classes) => Network.Build(image, x =>
    {
        x = x.Conv(6, kernel: 3, bias: false).BatchNorm().LeakyRelu(0.2f);
        x = Separable(x, 10).MaxPool(2);
        x = Separable(Separable(x, 10), 11).MaxPool(2);
        x = Separable(x, 10, padding: 1);
        return (x.GlobalAveragePool() + x.GlobalMaxPool()).Linear(classes);

        static Feature Separable(Feature x, int channels, int padding = 0) => x
            .Conv(x.Shape.Channels, kernel: 3, padding: padding, groups: x.Shape.Channels, bias: false)
            .Conv(channels, kernel: 1, bias: false).BatchNorm().LeakyRelu(0.2f);
    });

    private static Network Session1(Shape image, int classes) => Network.Build(image, x =>
    {
        x = x.Conv(32, kernel: 3, initializer: Initializer.GlorotUniform).Relu()
            .Conv(10, kernel: 1, initializer: Initializer.GlorotUniform).Relu();
        return x.Conv(classes, kernel: x.Shape.Height, initializer: Initializer.GlorotUniform).Flatten();
    });
}
