using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Tests.Networks;

/// <summary>Bars that lie, stand or lean, with noise: three classes that a small network learns in a second.</summary>
internal static class TinyTask
{
    public static readonly string[] ClassNames = ["lying", "standing", "leaning"];

    public static SplitData Data(int training = 300, int validation = 60) => new("bars", Set("bars-training", training, 1), Set("bars-validation", validation, 2), "made by the test");

    public static Network Network() => FeatureMap.Networks.Network.Build(Shape.Image(1, 9, 9), x => x
        .Conv(6, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2).Dropout(0.1f).Conv(8, kernel: 3).Relu().Flatten().Linear(3));

    private static ImageSet Set(string name, int count, uint seed)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        var pixels = new byte[count * 81];
        var labels = new int[count];
        for (var image = 0; image < count; image++)
        {
            labels[image] = random.NextInt(3);
            var at = 2 + random.NextInt(5);
            for (var i = 0; i < 81; i++)
            {
                var (y, x) = (i / 9, i % 9);
                var isBar = labels[image] switch { 0 => y == at, 1 => x == at, _ => x + y == at + 4 };
                pixels[(image * 81) + i] = (byte)((isBar ? 150 : 0) + random.NextInt(100));
            }
        }
        return new ImageSet(name, Shape.Image(1, 9, 9), pixels, labels, ClassNames);
    }
}
