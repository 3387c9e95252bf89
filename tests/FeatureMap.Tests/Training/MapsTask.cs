using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Tests.Training;

/// <summary>Bright squares on a noisy ground, their masks, and a small network that finds them.</summary>
internal static class MapsTask
{
    public static SplitData Data(int training = 40, int validation = 20, int side = 16) => new("squares", Squares(training, side, 1), Squares(validation, side, 2), "drawn");

    public static ImageSet Squares(int count, int side, uint part)
    {
        byte[] pixels = new byte[count * side * side], labels = new byte[pixels.Length];
        for (var image = 0; image < count; image++)
        {
            var random = new RandomSequence(11, RandomPurpose.Testing, part, (uint)image);
            int size = 3 + random.NextInt(5), top = random.NextInt(side - size), left = random.NextInt(side - size);
            for (var i = 0; i < side * side; i++)
            {
                var inside = i / side >= top && i / side < top + size && i % side >= left && i % side < left + size;
                pixels[(image * side * side) + i] = (byte)((inside ? 130 : 30) + random.NextInt(90));
                labels[(image * side * side) + i] = (byte)(inside ? 1 : 0);
            }
        }
        return new ImageSet("squares", Shape.Image(1, side, side), pixels, TargetSet.LabelMaps(side, side, labels, ["ground", "square"]));
    }

    public static Network Network(int side = 16) => FeatureMap.Networks.Network.Build(Shape.Image(1, side, side), x => x
        .Conv(6, kernel: 3, padding: 1, bias: false).BatchNorm().Relu()
        .Conv(6, kernel: 3, padding: 1).Relu()
        .Conv(1, kernel: 3, padding: 1));
}
