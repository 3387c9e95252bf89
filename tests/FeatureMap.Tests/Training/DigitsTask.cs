using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Tests.Training;

/// <summary>A few of the embedded digits, and a network with the layers of the recipe mnist-20k (narrower, but wide enough for the Winograd path) and dropout.</summary>
internal static class DigitsTask
{
    private static readonly Lazy<SplitData> All = new(Datasets.Digits);

    /// <summary>90 images: batches of 40 give 40, 40 and 10, none of them whole shards.</summary>
    public static SplitData Data(int training = 90, int validation = 40) =>
        new("digits", All.Value.Training.Take(training), All.Value.Validation.Take(validation), All.Value.Source);

    public static Network Network() => FeatureMap.Networks.Network.Build(Shape.Image(1, 28, 28), x => x
        .Conv(12, kernel: 3, bias: false).BatchNorm().Relu()
        .MaxPool(2)
        .Conv(13, kernel: 3, bias: false).BatchNorm().Relu()
        .Conv(12, kernel: 3, bias: false).BatchNorm().Relu()
        .Dropout(0.2f)
        .GlobalAveragePool().Linear(10));
}
