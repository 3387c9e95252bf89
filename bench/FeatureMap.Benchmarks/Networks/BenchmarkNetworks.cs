using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Benchmarks.Networks;

/// <summary>The networks that are timed. The first is the default recipe; A to D are other small digit classifiers; the others stress one kind of convolution each.</summary>
public static class BenchmarkNetworks
{
    private static readonly Shape Digit = Shape.Image(1, 28, 28), Photo = Shape.Image(3, 32, 32);

    public static IReadOnlyList<NetworkSpecification> All { get; } =
    [
        new("mnist-20k", "the recipe mnist-20k: conv16k3, maxpool2, 3 conv24k3, all valid, GAP, linear", Recipes.Get("mnist-20k").Build(Digit, 10)),
        Of("A", "conv16k3 valid, conv16k3, maxpool2, conv32k3, GAP, linear", Digit, x => Block(Block(Block(x, 16, padding: 0), 16).MaxPool(2), 32)),
        Of("B", "conv8k3 valid, conv16k3, maxpool2, conv16k3, conv32k3, GAP, linear", Digit, x => Block(Block(Block(Block(x, 8, padding: 0), 16).MaxPool(2), 16), 32)),
        Of("C", "conv16k3 valid, conv16k3, maxpool2, conv16k3, conv16k3, conv32k3, GAP, linear", Digit, x =>
            Block(Block(Block(Block(Block(x, 16, padding: 0), 16).MaxPool(2), 16), 16), 32)),
        Of("D", "conv16k3 valid, maxpool2, conv32k3, conv32k3, GAP, linear", Digit, x => Block(Block(Block(x, 16, padding: 0).MaxPool(2), 32), 32)),
        Of("wide", "3x32x32: 2 conv32, maxpool2, 2 conv64, maxpool2, 2 conv128, dropout 0.3, GAP, linear", Photo, x =>
        {
            x = Block(Block(x, 32), 32).MaxPool(2);
            x = Block(Block(x, 64), 64).MaxPool(2);
            return Block(Block(x, 128), 128).Dropout(0.3f);
        }),
        Of("depthwise", "3x32x32: conv32, depthwise + 1x1 pairs to 64, 128 (stride 2) and 128, GAP, linear", Photo, x =>
        {
            x = Block(Block(Block(x, 32), 32, groups: 32), 64, kernel: 1, padding: 0);
            x = Block(Block(x, 64, stride: 2, groups: 64), 128, kernel: 1, padding: 0);
            return Block(Block(x, 128, groups: 128), 128, kernel: 1, padding: 0);
        }),
        new("passthrough-13", "the recipe passthrough-13: 22 convolutions of 3x32x32, six of them 3x3 on one pixel", Recipes.Get("passthrough-13").Build(Photo, 10)),
        new("cifar10", "the recipe cifar10: a small residual network of 3x32x32", Recipes.Get("cifar10").Build(Photo, 10)),
        new("passthrough-best", "the recipe passthrough-best", Recipes.Get("passthrough-best").Build(Photo, 10)),
        Of("dilated", "conv16k3 with dilation 1, 2, 4, GAP, linear", Digit, x => Block(Block(Block(x, 16), 16, padding: 2, dilation: 2), 16, padding: 4, dilation: 4)),
    ];

    public static NetworkSpecification Find(string name) =>
        All.FirstOrDefault(network => network.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"No benchmark network is called '{name}'. Known: {string.Join(", ", All.Select(network => network.Name))}.", nameof(name));

    private static NetworkSpecification Of(string name, string description, Shape input, Func<Feature, Feature> body) =>
        new(name, description, Network.Build(input, x => body(x).GlobalAveragePool().Linear(10)));

    /// <summary>Convolution without bias, batch norm, ReLU.</summary>
    private static Feature Block(Feature x, int channels, int kernel = 3, int padding = 1, int stride = 1, int dilation = 1, int groups = 1) =>
        x.Conv(channels, kernel, stride, padding, dilation, groups, bias: false).BatchNorm().Relu();
}
