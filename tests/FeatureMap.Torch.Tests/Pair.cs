using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;

namespace FeatureMap.Torch.Tests;

/// <summary>The same training on the processor and through libtorch.</summary>
internal static class Pair
{
    private static readonly Lazy<SplitData> DigitData = new(Datasets.Digits);

    /// <summary>libtorch on the processor.</summary>
    public static TorchDevice Device { get; } = TorchDevice.Open(TorchDevice.TorchProcessorName);

    public static SplitData Digits(int training = 90, int validation = 40) => new(
        "digits", DigitData.Value.Training.Take(training), DigitData.Value.Validation.Take(validation), DigitData.Value.Source);

    /// <summary>Pictures of soft spots, whose places say the class, so that there is something to learn.</summary>
    public static SplitData Spots(Shape shape, int classes, int images)
    {
        ImageSet Make(string name, int count, uint stream)
        {
            var random = new RandomSequence(11, RandomPurpose.Testing, stream);
            var pixels = new byte[count * shape.Count];
            var labels = new int[count];
            for (var image = 0; image < count; image++)
            {
                labels[image] = image % classes;
                var (row, column) = ((labels[image] * 3 % 7) / 7.0 * shape.Height, (labels[image] * 5 % 11) / 11.0 * shape.Width);
                for (var channel = 0; channel < shape.Channels; channel++)
                    for (var y = 0; y < shape.Height; y++)
                        for (var x = 0; x < shape.Width; x++)
                        {
                            var distance = Math.Pow((y - row) * 8 / shape.Height, 2) + Math.Pow((x - column) * 8 / shape.Width, 2);
                            pixels[(((((image * shape.Channels) + channel) * shape.Height) + y) * shape.Width) + x] =
                                (byte)Math.Clamp((150 * Math.Exp(-distance)) + random.NextInt(100), 0, 255);
                        }
            }
            return new ImageSet(name, shape, pixels, labels, Enumerable.Range(0, classes).Select(k => $"{k}"));
        }

        return new SplitData("spots", Make("spots", images, 1), Make("spots", Math.Min(images, 40), 2), "made here");
    }

    /// <summary>The losses of the first steps.</summary>
    public static double[] Losses(Network network, SplitData data, TrainingOptions options, int steps)
    {
        using var session = new TrainingSession(network, data, options);
        var losses = new double[steps];
        for (var step = 0; step < steps; step++)
        {
            session.Step();
            losses[step] = session.StepLoss;
        }
        return losses;
    }

    /// <summary>How far two rows of losses are apart: the greatest difference, over the size of the loss where that is above 1.</summary>
    public static double Difference(IEnumerable<double> ours, IEnumerable<double> theirs) =>
        ours.Zip(theirs, (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(a)))
            .Select(x => double.IsNaN(x) ? double.PositiveInfinity : x).Max();

    /// <summary>Trains on both.</summary>
    public static (double[] Ours, double[] Theirs) Both(Network network, SplitData data, TrainingOptions options, int steps) =>
        (Losses(network, data, options with { Threads = 1 }, steps),
            Losses(network, data, options with { Threads = 1, Device = Device }, steps));
}
