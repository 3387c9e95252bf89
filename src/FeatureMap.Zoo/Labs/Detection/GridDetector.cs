using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>A small detector and the classifier that its backbone may come from: the same layers under the same names, then another end.</summary>
internal static class GridDetector
{
    /// <summary>The backbone shrinks an image so many times along each side.</summary>
    public const int Stride = 8;

    /// <summary>Backbone and one score per class.</summary>
    public static Network Classifier(Shape image, int classes) => Network.Build(image, x => Backbone(x).Scope("classifier", x => x.GlobalMaxPool().Linear(classes)));

    /// <summary>Backbone and a column of numbers for each cell.</summary>
    public static Network Build(BoxGrid grid) => Network.Build(grid.Image, x => Backbone(x).Scope("detector", x => x
        .Conv(64, kernel: 3, padding: 1, bias: false).BatchNorm().Relu()
        .Conv(grid.Shape.Channels, kernel: 1)));

    /// <summary>Fresh weights of a detector with the backbone of a classifier.</summary>
    public static Weights WithBackbone(Network detector, Weights classifier, ulong seed)
    {
        var weights = Weights.Initialize(detector, seed);
        weights.TakeFrom(classifier, partially: true);
        return weights;
    }

    /// <summary>What a detector finds in each image.</summary>
    public static IReadOnlyList<IReadOnlyList<DetectedBox>> Find(Model model, BoxGrid grid, ImageSet set, int threads) =>
        [.. model.ComputeMany(set, threads).Select(output => DetectedBox.Suppress(grid.Decode(output, leastScore: 0.01)))];

    private static Feature Backbone(Feature x) => x.Scope("backbone", x =>
    {
        foreach (var channels in (int[])[16, 32, 64])
            x = x.Conv(channels, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2, ceilMode: true);
        return x.Conv(64, kernel: 3, padding: 1, bias: false).BatchNorm().Relu();
    });
}
