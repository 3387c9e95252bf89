using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

/// <summary>
/// The network of Assignment 3.2, after the pass-through layer of YOLO v2: 20 convolutions down to one pixel, and a skip that hands a map from half-way to the last of
/// them. The skip may be taken from layer 13, as given, or from layer 12, as asked for.
/// <code>
/// 1-5 -- pool -- 6-8 -- pool -- 9-11 -- 12 -+- 13 -+- pool -- 14-20 ------------------ concat -- 22 -- dense
///                                           \------+-- 21: 1x1, 64 -- space to depth --/
///                                     tap 12       tap 13
/// </code>
/// Layers have the names of the assignment, <c>conv_i</c> and <c>norm_i</c>; every convolution is followed by batch normalisation with the defaults of Keras and a leaky
/// ReLU. Sources: Assignment 3.2; Redmon and Farhadi, "YOLO9000", arXiv 1612.08242, section 2 ("fine-grained features").
/// </summary>
public static class PassThrough
{
    /// <summary>The layer whose output the skip takes in the network as it is given.</summary>
    public const int GivenTap = 13;

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; 3x32x32 in the assignment. Height and width are multiples of 32.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="tap">The layer whose output the skip takes: 13 as given, or 12.</param>
    /// <param name="width">Factor on the channels of every convolution, rounded down; 1 in the assignment.</param>
    /// <exception cref="UsageException">The tap is another layer, or the width is not above 0 and at most 10.</exception>
    /// <exception cref="ShapeException">The image is too small, or the map that the skip takes has an odd side.</exception>
    public static Network Build(Shape image, int classes, int tap = GivenTap, double width = 1)
    {
        if (tap is not (12 or 13))
            throw new UsageException($"The skip of the pass-through network is taken from layer 12 or 13, which see the same map before the last pooling: received {tap}.");
        if (!(width is > 0 and <= 10))
            throw new UsageException("The width of the pass-through network is a factor on its channels, above 0 and at most 10: "
                + $"received {width}. The assignment has 1.");
        return SizedNetwork.Build("The pass-through network", image, x =>
        {
            x = Unit(x, 1, 32, kernel: 3).MaxPool(2);
            x = Unit(x, 2, 64, kernel: 3).MaxPool(2);
            x = Units(x, first: 3, (128, 3), (64, 1), (128, 3)).MaxPool(2);
            x = Units(x, first: 6, (256, 3), (128, 1), (256, 3)).MaxPool(2);
            var twelve = Units(x, first: 9, (512, 3), (256, 1), (512, 3), (256, 1));
            var thirteen = Unit(twelve, 13, 512, kernel: 3);
            x = Units(thirteen.MaxPool(2), first: 14, (1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3), (1024, 3), (1024, 3));
            var skip = Unit(tap == 12 ? twelve : thirteen, 21, 64, kernel: 1).PixelUnshuffle(2, ChannelOrder.DepthColumnRow);
            return Unit(skip.Concat(x), 22, 1024, kernel: 3).Flatten().Linear(classes, initializer: Initializer.GlorotUniform, name: "dense");
        });

        Feature Units(Feature x, int first, params ReadOnlySpan<(int Channels, int Kernel)> layers)
        {
            foreach (var (channels, kernel) in layers)
                x = Unit(x, first++, channels, kernel);
            return x;
        }

        // Convolution without bias, normalisation and leaky ReLU: one layer of the assignment's count.
        Feature Unit(Feature x, int number, int channels, int kernel) => x
            .Conv(Math.Max(1, (int)(width * channels)), kernel, padding: Padding.Half(kernel), bias: false, initializer: Initializer.GlorotUniform, name: $"conv_{number}")
            .BatchNorm(epsilon: 1e-3f, momentum: 0.01f, name: $"norm_{number}")
            .LeakyRelu(0.1f, name: $"leaky_{number}");
    }
}
