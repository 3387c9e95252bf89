using FeatureMap.Networks;

namespace FeatureMap.Tests.Analysis;

/// <summary>The published stacks that receptive fields are known of, with tiny widths, as widths do not matter for them.</summary>
internal static class KnownNetworks
{
    public static Network Vgg16() => Network.Build(Shape.Image(1, 224, 224), x =>
    {
        int[] convolutions = [2, 2, 3, 3, 3];
        for (var block = 0; block < convolutions.Length; block++)
        {
            for (var i = 0; i < convolutions[block]; i++)
                x = x.Conv(2, kernel: 3, padding: 1).Relu();
            x = x.MaxPool(2, name: $"pool{block + 1}");
        }
        return x;
    });

    public static Network AlexNet() => Network.Build(Shape.Image(1, 224, 224), x => x
        .Conv(2, kernel: 11, stride: 4).Relu().MaxPool(3, stride: 2)
        .Conv(2, kernel: 5, padding: Padding.Same).Relu().MaxPool(3, stride: 2)
        .Conv(2, kernel: 3, padding: Padding.Same).Relu().Conv(2, kernel: 3, padding: Padding.Same).Relu().Conv(2, kernel: 3,
            padding: Padding.Same).Relu()
        .MaxPool(3, stride: 2, name: "pool5"));

    public static Network MobileNet() => Network.Build(Shape.Image(1, 224, 224), x =>
    {
        x = x.Conv(2, kernel: 3, stride: 2, padding: Padding.Same).BatchNorm().Relu();
        foreach (var stride in new[] { 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1 })
            x = x.Conv(2, kernel: 3, stride: stride, padding: Padding.Same, groups: 2).BatchNorm().Relu().Conv(2,
                kernel: 1).BatchNorm().Relu();
        return x;
    });

    /// <summary>Bottleneck blocks 3, 4, 6, 3; the stride of a stage sits in the 3x3 convolution of its first or, as in TF-Slim, of its last
    /// unit.</summary>
    public static Network ResNet50(bool strideInLastUnit, Padding padding) => Network.Build(Shape.Image(1, 224, 224), x =>
    {
        x = x.Conv(2, kernel: 7, stride: 2, padding: 3).MaxPool(3, stride: 2, padding: 1);
        int[] units = [3, 4, 6, 3];
        for (var stage = 0; stage < units.Length; stage++)
            for (var unit = 0; unit < units[stage]; unit++)
            {
                var isStrided = strideInLastUnit ? stage < 3 && unit == units[stage] - 1 : stage > 0 && unit == 0;
                var stride = isStrided ? 2 : 1;
                var skip = unit == 0 || isStrided ? x.Conv(2, kernel: 1, stride: stride) : x;
                x = x.Conv(2, kernel: 1).Relu().Conv(2, kernel: 3, stride: stride, padding: padding).Relu().Conv(2,
                    kernel: 1).Add(skip).Relu();
            }
        return x;
    });

    /// <summary>The course's first network.</summary>
    public static Network FirstSession() => Network.Build(Shape.Image(1, 28, 28), x => x
        .Conv(32, kernel: 3).Relu().Conv(10, kernel: 1).Relu().Conv(10, kernel: 26).Flatten());
}
