namespace FeatureMap.Benchmarks.Networks;

/// <summary>The networks that are timed. The first is the default recipe; A to D are other small digit classifiers; the others stress one kind of convolution each.</summary>
public static class BenchmarkNetworks
{
    public static IReadOnlyList<NetworkSpecification> All { get; } =
    [
        Digits("mnist-20k").Block(16, 3).MaxPool().Block(24, 3).Block(24, 3).Block(24, 3)
            .Classify("the recipe mnist-20k: conv16k3, maxpool2, 3 conv24k3, all valid, GAP, linear"),
        Digits("A").Block(16, 3).Block(16, 3, padding: 1).MaxPool().Block(32, 3, padding: 1)
            .Classify("conv16k3 valid, conv16k3, maxpool2, conv32k3, GAP, linear"),
        Digits("B").Block(8, 3).Block(16, 3, padding: 1).MaxPool().Block(16, 3, padding: 1).Block(32, 3, padding: 1)
            .Classify("conv8k3 valid, conv16k3, maxpool2, conv16k3, conv32k3, GAP, linear"),
        Digits("C").Block(16, 3).Block(16, 3, padding: 1).MaxPool().Block(16, 3, padding: 1).Block(16, 3, padding: 1)
            .Block(32, 3, padding: 1).Classify("conv16k3 valid, conv16k3, maxpool2, conv16k3, conv16k3, conv32k3, GAP, linear"),
        Digits("D").Block(16, 3).MaxPool().Block(32, 3, padding: 1).Block(32, 3, padding: 1)
            .Classify("conv16k3 valid, maxpool2, conv32k3, conv32k3, GAP, linear"),
        Photos("wide").Block(32, 3, padding: 1).Block(32, 3, padding: 1).MaxPool().Block(64, 3, padding: 1).Block(64, 3, padding: 1)
            .MaxPool().Block(128, 3, padding: 1).Block(128, 3, padding: 1).Dropout(0.3)
            .Classify("3x32x32: 2 conv32, maxpool2, 2 conv64, maxpool2, 2 conv128, dropout 0.3, GAP, linear"),
        Photos("depthwise").Block(32, 3, padding: 1).Block(32, 3, padding: 1, groups: 32).Block(64, 1)
            .Block(64, 3, padding: 1, stride: 2, groups: 64).Block(128, 1).Block(128, 3, padding: 1, groups: 128).Block(128, 1)
            .Classify("3x32x32: conv32, depthwise + 1x1 pairs to 64, 128 (stride 2) and 128, GAP, linear"),
        Digits("dilated").Block(16, 3, padding: 1).Block(16, 3, padding: 2, dilation: 2).Block(16, 3, padding: 4, dilation: 4)
            .Classify("conv16k3 with dilation 1, 2, 4, GAP, linear"),
    ];

    public static NetworkSpecification Find(string name) =>
        All.FirstOrDefault(network => network.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"No benchmark network is called '{name}'. Known: {string.Join(", ", All.Select(network => network.Name))}.", nameof(name));

    private static NetworkBuilder Digits(string name) => new(name, new Shape(1, 28, 28), 10);

    private static NetworkBuilder Photos(string name) => new(name, new Shape(3, 32, 32), 10);
}
