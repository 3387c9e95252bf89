using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Benchmarks.Networks;

/// <summary>
/// The networks that are timed: those of <see cref="Table"/>, at the batches that people use, and more that can be asked for by name. A to
/// D are small digit classifiers; wide, depthwise and dilated stress one kind of convolution each.
/// </summary>
public static class BenchmarkNetworks
{
    // At 64 pixels every network that was made for 224 or 256 still has pixels left behind its last stride.
    private const int SmallSide = 64;

    private static readonly Shape Digit = Shape.Image(1, 28, 28), Photo = Shape.Image(3, 32, 32);

    /// <summary>The comparison that is published.</summary>
    public static IReadOnlyList<string> Table { get; } =
    [
        "mnist-20k", "wide", "depthwise", "dilated", "cifar10", "passthrough-best", "preact-resnet-20", "densenet-bc-100", "resnet-18",
        "resnet-50", "mobilenet-v1", "squeezenet-1.1", "vgg-16", "u-net-256",
    ];

    public static IReadOnlyList<NetworkSpecification> All { get; } =
    [
        OfRecipe("mnist-20k", "conv16k3, maxpool2, 3 conv24k3, all valid, GAP, linear", Digit),
        Of("A", "conv16k3 valid, conv16k3, maxpool2, conv32k3, GAP, linear", Digit, x =>
            Block(Block(Block(x, 16, padding: 0), 16).MaxPool(2), 32)),
        Of("B", "conv8k3 valid, conv16k3, maxpool2, conv16k3, conv32k3, GAP, linear", Digit, x =>
            Block(Block(Block(Block(x, 8, padding: 0), 16).MaxPool(2), 16), 32)),
        Of("C", "conv16k3 valid, conv16k3, maxpool2, conv16k3, conv16k3, conv32k3, GAP, linear", Digit, x =>
            Block(Block(Block(Block(Block(x, 16, padding: 0), 16).MaxPool(2), 16), 16), 32)),
        Of("D", "conv16k3 valid, maxpool2, conv32k3, conv32k3, GAP, linear", Digit, x =>
            Block(Block(Block(x, 16, padding: 0).MaxPool(2), 32), 32)),
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
        Of("dilated", "conv16k3 with dilation 1, 2, 4, GAP, linear", Digit, x =>
            Block(Block(Block(x, 16), 16, padding: 2, dilation: 2), 16, padding: 4, dilation: 4)),
        OfRecipe("passthrough-13", "22 convolutions of 3x32x32, six of them 3x3 on one pixel", Photo),
        OfRecipe("passthrough-best", "the pass-through network improved", Photo),
        OfRecipe("cifar10", "a small residual network of 3x32x32", Photo),
        OfArchitecture("preact-resnet-20", 128),
        OfArchitecture("densenet-bc-100", 128),
        OfArchitecture("resnet-18", 16, 32),
        OfArchitecture("resnet-50", 16, 32),
        OfArchitecture("mobilenet-v1", 16, 32),
        OfArchitecture("squeezenet-1.1", 16, 32),
        OfArchitecture("vgg-16", 16, 32),
        new("u-net-256", "the architecture u-net on 1x256x256", Shape.Image(1, 256, 256), image => Architectures.Get("u-net").Build(image))
        {
            Batches = [4],
            SmallInput = Shape.Image(1, SmallSide, SmallSide),
        },
        Of("digits-36k", "2 conv16k3, maxpool2, 2 conv32k3, maxpool2, conv64k3, GAP, linear", Digit, x =>
            Block(Block(Block(Block(Block(x, 16), 16).MaxPool(2), 32), 32).MaxPool(2), 64)),
    ];

    /// <summary>Everything that the zoo has: architectures and networks of recipes, at the sizes that they were made for.</summary>
    public static IEnumerable<NetworkSpecification> Zoo =>
        Architectures.All.Select(architecture => OfArchitecture(architecture.Name, 16))
            .Concat(Recipes.All.Select(recipe => OfRecipe(recipe.Name, recipe.Description, Datasets.Info(recipe.Dataset).ImageShape)));

    /// <summary>The network of this name, among the timed ones first, then among those of the zoo.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static NetworkSpecification Find(string name) =>
        All.Concat(Zoo).FirstOrDefault(network => network.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"No network is called '{name}'. Known: {string.Join(", ", All.Concat(Zoo).Select(network => network.Name).Distinct())}.",
            nameof(name));

    private static NetworkSpecification Of(string name, string description, Shape input, Func<Feature, Feature> body) =>
        new(name, description, input, image => Network.Build(image, x => body(x).GlobalAveragePool().Linear(10)));

    private static NetworkSpecification OfRecipe(string name, string description, Shape input) =>
        new(name, $"the recipe {name}: {description}", input, image => Recipes.Get(name).Build(image, 10));

    private static NetworkSpecification OfArchitecture(string name, params int[] batches)
    {
        var architecture = Architectures.Get(name);
        var (image, isLarge) = (architecture.Image, architecture.Image.Height > 2 * SmallSide);
        return new(name, $"the architecture {name}: {architecture.Description}", image, shape => architecture.Build(shape))
        {
            Batches = batches,
            SmallInput = isLarge ? Shape.Image(image.Channels, SmallSide, SmallSide) : null,
        };
    }

    /// <summary>Convolution without bias, batch norm, ReLU.</summary>
    private static Feature Block(
        Feature x, int channels, int kernel = 3, int padding = 1, int stride = 1, int dilation = 1, int groups = 1) =>
        x.Conv(channels, kernel, stride, padding, dilation, groups, bias: false).BatchNorm().Relu();
}
