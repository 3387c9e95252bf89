using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Tests.Interchange;

/// <summary>Small networks with branches and many settings.</summary>
internal static class SampleNetworks
{
    public static Network Branched() => Network.Build(Shape.Image(2, 12, 10), x =>
    {
        x = x.Conv(4, kernel: 3, padding: Padding.Same, bias: false, initializer: Initializer.Uniform(0.05f)).BatchNorm(epsilon: 1e-3f, momentum: 0.01f).Relu();
        var skip = x.Conv(6, kernel: 1, stride: 2, name: "skip");
        x = x.Then(new Conv2d(6, (3, 2)) { Stride = 2, Padding = new Padding(1, 0, 1, 1), Groups = 2 }).LeakyRelu(0.1f).Add(skip);
        return x.MaxPool(2, ceilMode: true).Concat(x.AveragePool(2, ceilMode: true, countsPadding: false)).Conv(5, kernel: 2, dilation: 2, name: "head").GlobalAveragePool();
    });

    /// <summary>Operators that move numbers, resize and normalise: those with sizes and axes as inputs.</summary>
    public static Network Rearranged() => Network.Build(Shape.Image(4, 8, 8), x =>
    {
        x = x.PixelShuffle(2).Pad(1, PadMode.Reflect).Crop(16, 16).Resize(10, 10).LayerNorm().Gelu().PRelu();
        var left = x.Then(new ChannelShuffle(1)).Then(new Slice { Rows = AxisSlice.Every(2), Columns = 1..9 });
        var right = x.Then(new Slice { Rows = 0..5, Columns = ..8 }).Then(new Transpose(Axis.Channels, Axis.Rows, Axis.Columns)).GroupNorm(1);
        return left.Concat(right).Then(new AdaptiveMaxPool2d(2, 3)).Then(new Reshape(new Shape(6, 2, 1))).Flatten().Linear(3).Softmax();
    });

    public static Network Plain() => Network.Build(Shape.Image(1, 6, 6), x => x.Conv(3, kernel: 3).BatchNorm().Relu().Conv(4, kernel: 4).Flatten());
}
