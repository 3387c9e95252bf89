using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>A first convolution that is measured instead of learned, and layers that stay as they are.</summary>
public sealed class PatchWhiteningTests
{
    private static readonly Shape Image = Shape.Image(3, 9, 8);

    [Fact]
    public void Behind_the_layer_the_directions_are_uncorrelated_and_vary_alike()
    {
        var images = Photographs(40);
        var normalization = Normalization.Of(images);
        var weights = PatchWhitening.Start(Build(kernels: 24), images, normalization, seed: 3);
        var kernels = weights["conv1.weight"].Values.ToArray();
        var answers = Answers(images, normalization, kernels, count: 24);

        // Both signs of every direction.
        for (var k = 0; k < 24; k += 2)
            Assert.Equal(kernels[(k * 12)..((k + 1) * 12)].Select(value => -value), kernels[((k + 1) * 12)..((k + 2) * 12)]);

        // E[a b] - E[a] E[b] of the directions k and l is 0 for k != l, and variance / (variance + 0.01) for k = l, which falls with k.
        var last = 1.0;
        for (var k = 0; k < 24; k += 2)
            for (var l = 0; l <= k; l += 2)
            {
                var (meanK, meanL) = (answers.Average(answer => answer[k]), answers.Average(answer => answer[l]));
                var covariance = answers.Average(answer => (answer[k] - meanK) * (answer[l] - meanL));
                if (k != l)
                {
                    Assert.Equal(0, covariance, 1e-4);
                    continue;
                }
                Assert.InRange(covariance, 0.01, last + 1e-6);
                last = covariance;
            }
        Assert.True(last < 0.95, "The smooth images should vary little along the last direction.");
        Assert.InRange(answers.Average(answer => answer[0] * answer[0]), 0.99, 1.01);
    }

    [Fact]
    public void Everything_else_is_as_drawn()
    {
        var network = Build(kernels: 27);
        var images = Photographs(10);
        var (start, drawn) = (PatchWhitening.Start(network, images, seed: 5), Weights.Initialize(network, 5));
        float[] set = start["conv1.weight"].Values.ToArray(), fresh = drawn["conv1.weight"].Values.ToArray();
        Assert.Equal(fresh[(24 * 12)..], set[(24 * 12)..]); // a patch has 12 numbers: 24 kernels, and 3 are left
        Assert.NotEqual(fresh[(23 * 12)..(24 * 12)], set[(23 * 12)..(24 * 12)]);
        Assert.Equal(drawn["linear1.weight"].Values.ToArray(), start["linear1.weight"].Values.ToArray());

        // Fewer kernels: the directions of the largest variance.
        var few = PatchWhitening.Start(Build(kernels: 3), images)["conv1.weight"].Values.ToArray();
        Assert.Equal(set[..(3 * 12)], few);
    }

    [Fact]
    public void Networks_and_images_that_cannot_be_whitened_are_explained()
    {
        var images = Photographs(2);
        Says("Whitening sets the convolution that reads the image, and here the image goes to 'averagePool1: AveragePool2d(2x2)'. Put the convolution first; pixels are normalised before the network.",
            Network.Build(Image, x => x.AveragePool(2).Conv(4, kernel: 2).GlobalAveragePool().Linear(2)));
        Says("Whitening sets kernels that see all channels of the image, and 'conv1: Conv2d(2x2, 6 channels, groups 3)' has 3 groups. Use groups: 1 there.",
            Network.Build(Image, x => x.Conv(6, kernel: 2, groups: 3).GlobalAveragePool().Linear(2)));
        Says("Whitening measures patches of 3x12x12 (the kernel of 'conv1'), and the images are 3x9x8 (channels x height x width). Give the images that the network is made for.",
            Network.Build(Shape.Image(3, 16, 16), x => x.Conv(6, kernel: 12).GlobalAveragePool().Linear(2)));
        Says("Whitening measures patches of 1x3x3 (the kernel of 'conv1'), and the images are 3x9x8 (channels x height x width). Give the images that the network is made for.",
            Network.Build(Shape.Image(1, 9, 8), x => x.Conv(6, kernel: 3).GlobalAveragePool().Linear(2)));

        void Says(string message, Network network) => Assert.Equal(message, Assert.Throws<ShapeException>(() => PatchWhitening.Start(network, images)).Message);
    }

    [Fact]
    public void Frozen_layers_stay_and_the_others_learn()
    {
        var options = new TrainingOptions { BatchSize = 30, Optimizer = new Sgd(0.9, weightDecay: 0.01), Schedule = new ConstantRate(0.1), AccumulatedBatches = 2, ClipGradientNorm = 1, L1Decay = 0.01, FrozenLayers = ["conv1", "batchNorm2"] };
        using var session = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), options);
        var before = session.Weights.Clone();
        for (var step = 0; step < 3; step++)
            session.Step();
        foreach (var (start, now) in before.Parameters.Zip(session.Weights.Parameters))
        {
            var isFrozen = start.Name == "conv1.weight" || start.Name.StartsWith("batchNorm2.", StringComparison.Ordinal);
            Assert.True(isFrozen == start.Values.ToArray().SequenceEqual(now.Values.ToArray()), start.Name);
        }

        // They have no optimiser state either, and a checkpoint restores the rest to the bit.
        var checkpoint = session.Capture();
        Assert.DoesNotContain(checkpoint.Tensors, tensor => tensor.Name.Contains("/conv1.", StringComparison.Ordinal));
        using var resumed = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), options);
        resumed.Restore(checkpoint);
        session.Step();
        resumed.Step();
        Assert.Equal(session.Weights.Sha256(), resumed.Weights.Sha256());
    }

    [Fact]
    public void A_layer_to_freeze_must_be_there()
    {
        var options = new TrainingOptions { FrozenLayers = ["conv1", "conv7"] };
        var message = Assert.Throws<UsageException>(() => new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), options)).Message;
        Assert.StartsWith("The network has no layer 'conv7' to freeze. Did you mean 'conv", message, StringComparison.Ordinal);
    }

    private static Network Build(int kernels) => Network.Build(Image, x => x.Conv(kernels, kernel: 2).Relu().GlobalAveragePool().Linear(2));

    /// <summary>Smooth colour images with some noise: neighbours are much alike, as in photographs.</summary>
    private static ImageSet Photographs(int count)
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var pixels = new byte[count * Image.Count];
        for (var image = 0; image < count; image++)
        {
            double level = random.NextDouble(), down = random.NextDouble() - 0.5, right = random.NextDouble() - 0.5;
            for (var i = 0; i < Image.Count; i++)
            {
                var (channel, row, column) = (i / Image.Area, i % Image.Area / Image.Width, i % Image.Width);
                var light = level + (down * row / 9) + (right * column / 8) + (0.1 * channel * level) + (0.05 * random.NextDouble());
                pixels[(image * Image.Count) + i] = (byte)Math.Clamp(255 * light, 0, 255);
            }
        }
        return new ImageSet("photographs", Image, pixels, new int[count], ["one", "two"]);
    }

    // The plain definition, in double precision: every kernel at every place inside every image.
    private static List<double[]> Answers(ImageSet images, Normalization normalization, float[] kernels, int count)
    {
        var answers = new List<double[]>();
        for (var image = 0; image < images.Count; image++)
            for (var row = 0; row + 1 < Image.Height; row++)
                for (var column = 0; column + 1 < Image.Width; column++)
                {
                    var answer = new double[count];
                    for (var i = 0; i < 12; i++)
                    {
                        var (channel, y, x) = (i / 4, row + (i % 4 / 2), column + (i % 2));
                        var pixel = images.Pixels(image)[(channel * Image.Area) + (y * Image.Width) + x];
                        var value = ((pixel / 255.0) - normalization.Mean[channel]) / normalization.Deviation[channel];
                        for (var k = 0; k < count; k++)
                            answer[k] += kernels[(k * 12) + i] * value;
                    }
                    answers.Add(answer);
                }
        return answers;
    }
}
